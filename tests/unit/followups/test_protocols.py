"""The decision tables as data, and as a table that a doctor can check."""

import json
import re
import subprocess
import sys
from dataclasses import fields
from datetime import date
from itertools import product
from pathlib import Path

import pytest
from django.utils.translation import gettext

from followups import models
from followups.protocols import assessment, terms
from followups.protocols.assessment import Case, Decision, Person, Reason, Visit, assess
from followups.protocols.catalogue import protocols
from followups.protocols.conditions import Scene, evaluate
from followups.protocols.definition import DEFAULTS, Certainty, Protocol, Settings, names_read
from followups.protocols.home import above_home_line
from followups.protocols.months import add_months, age_on
from followups.protocols.wording import DERIVED, describe, english, label, sentence
from followups.visit_form.fields import further_readings, main_readings
from patients.models.encounter import DangerSign, Method
from patients.readings import READINGS, VISIT_READINGS

PROTOCOLS = pytest.mark.parametrize("protocol", protocols().values(), ids=lambda protocol: protocol.programme)


@PROTOCOLS
def test_every_condition_survives_json(protocol: Protocol) -> None:
    for rule in protocol.rules:
        assert json.loads(json.dumps(rule.when)) == rule.when


@PROTOCOLS
def test_every_rule_is_its_own_and_cites_a_known_source(protocol: Protocol) -> None:
    rules = [*protocol.rules, protocol.otherwise, *protocol.hints]
    assert len({rule.id for rule in rules}) == len(rules)
    for rule in rules:
        assert rule.source in terms.SOURCES
        assert len(rule.id) <= models.Assessment._meta.get_field("rule").max_length
        assert set(names_read(rule.when)) <= {*READINGS, *DERIVED}


# Facts 1.1 and 1.2: what is seen rather than measured. A reading stands for 180/110, 16.7, 3.9 and 39 °C, a tick for
# pregnancy and lactation.
EMERGENCY = {
    "意识": "consciousness_change", "行为改变": "consciousness_change", "剧烈头痛": "severe_headache_dizziness",
    "头晕": "severe_headache_dizziness", "恶心": "nausea_vomiting", "呕吐": "nausea_vomiting",
    "视力模糊": "blurred_vision_eye_pain", "眼痛": "blurred_vision_eye_pain", "心悸": "palpitation_chest_tightness",
    "胸闷": "palpitation_chest_tightness", "喘憋不能平卧": "cannot_lie_flat", "心前区疼痛": "precordial_pain",
    "烂苹果样丙酮味": "acetone_breath", "出汗": "sweating", "食欲减退": "thirst_polyuria_abdominal_pain",
    "多饮": "thirst_polyuria_abdominal_pain", "多尿": "thirst_polyuria_abdominal_pain",
    "腹痛": "thirst_polyuria_abdominal_pain", "深大呼吸": "deep_breathing_flushed_skin",
    "皮肤潮红": "deep_breathing_flushed_skin", "持续性心动过速": "sustained_tachycardia",
    "视力突然骤降": "sudden_vision_loss", "不能在本机构处理": "cannot_be_handled_here",
}  # fmt: skip


@pytest.mark.parametrize(("words", "sign"), EMERGENCY.items())
def test_every_emergency_word_of_the_national_rules_can_be_read_beside_a_sign(words: str, sign: str) -> None:
    assert words in gettext(terms.DANGER_SIGNS[sign])
    assert words in str(DangerSign(sign).label)


GRID = {
    "age": (64, 65),
    "systolic": (129, 130, 139, 140, 149, 150),
    "diastolic": (79, 80, 89, 90),
    "fasting_glucose": (6.9, 7.0),
    "cat": (9, 10),
    "exacerbations_since_last": (0, 1),
    "ldl": (1.79, 1.8, 2.59, 2.6),
    "acr": (29, 30),
}


@PROTOCOLS
def test_no_reading_is_both_controlled_and_not(protocol: Protocol) -> None:
    names = [name for name in GRID if name in protocol.reads]
    for values in product(*(GRID[name] for name in names)):
        scene = Scene(date(2026, 1, 24), {**dict(zip(names, values, strict=True)), "ldl_target": 2.6})
        held = {rule.klass for rule in protocol.rules if evaluate(rule.when, scene).holds}
        assert len(held) == 1, scene


@PROTOCOLS
def test_the_visit_form_asks_for_whatever_a_rule_looks_at(protocol: Protocol) -> None:
    asked = (*protocol.asks, *protocol.asks_further)
    assert len(set(asked)) == len(asked)
    derived = {"egfr": "creatinine", "known_acr": "acr"}
    measured = {derived.get(name, name) for name in protocol.reads} - {"age"}
    assert measured <= set(asked) <= set(VISIT_READINGS)
    form = (*main_readings([protocol.programme]), *further_readings([protocol.programme]))
    assert set(asked) <= set(form)


def test_the_questions_of_all_programmes_are_one_list_without_repeats() -> None:
    asked = (*main_readings(terms.PROGRAMMES), *further_readings(terms.PROGRAMMES))
    assert len(set(asked)) == len(asked)
    assert asked[:3] == ("systolic", "diastolic", "fasting_glucose")
    assert {name for protocol in protocols().values() for name in protocol.asks} <= set(asked)


@PROTOCOLS
def test_a_doctor_reads_the_table_in_english_and_in_chinese(protocol: Protocol) -> None:
    plain, chinese = describe(protocol), describe(protocol, gettext)
    assert [row.rule for row in plain] == [row.rule for row in chinese]
    for ours, theirs in zip(plain, chinese, strict=True):
        assert ours.condition != theirs.condition
        assert ours.source != theirs.source
        assert (ours.klass, ours.action) != (theirs.klass, theirs.action)


def test_the_table_shows_the_line_of_each_age() -> None:
    rows = {row.rule: row for row in describe(protocols()["hypertension"])}
    assert rows["htn-2017.controlled-65"].condition == (
        "Age ≥65 and Systolic pressure <150 and Diastolic pressure <90"
    )
    assert rows["htn-2017.uncontrolled"].condition == (
        "Age <65 and (Systolic pressure ≥140 or Diastolic pressure ≥90)"
    )
    assert rows["htn-2017.emergency"].condition.startswith(
        "(any danger sign of: change of consciousness or behaviour; "
    )
    assert rows["htn-2017.emergency"].klass == "as the readings say, but never controlled"
    assert rows["htn-2017.controlled"].source == (
        "National Basic Public Health Service Specification, 3rd edition (2017) · "
        "Hypertension: content of service, (3) graded intervention"
    )


def test_a_setting_changes_the_table_and_says_why_it_is_one() -> None:
    strict = protocols(Settings(age_relaxed=60))["hypertension"]
    assert any("Age ≥60" in row.condition for row in describe(strict))
    assert strict != protocols()["hypertension"]


def test_every_setting_says_why_it_is_one_and_how_sure_it_is() -> None:
    for field in fields(DEFAULTS):
        assert gettext(field.metadata["why"]) != field.metadata["why"], field.name
        assert field.metadata["certainty"] in Certainty
        assert isinstance(field.default, int | float)


def test_a_programme_without_a_protocol_is_told_and_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    some = {name: protocol for name, protocol in protocols().items() if name not in ("copd", "ckd")}
    monkeypatch.setattr(assessment, "protocols", lambda _settings: some)
    person = Person(date(1958, 3, 2), ("copd", "hypertension"))
    on = date(2026, 1, 24)
    decision = assess(Case(person, Visit(on, {"systolic": 130, "diastolic": 80})))
    outcome = decision.programmes["copd"]
    assert (outcome.klass, outcome.action, outcome.missing) == (terms.Klass.NOT_ASSESSED, None, ("protocol",))
    assert (decision.action, decision.next_due_on) == (terms.Action.ROUTINE, date(2026, 4, 24))
    alone = assess(Case(Person(None, ("copd", "ckd")), Visit(on)))
    assert (alone.action, alone.next_due_on) == (terms.Action.ROUTINE, date(2026, 4, 24))
    sign = assess(Case(Person(None, ("ckd",)), Visit(on, danger_signs=frozenset({"sweating"}))))
    assert (sign.programmes["ckd"].missing, sign.red_flags) == (("protocol",), ("sweating",))
    assert (sign.action, sign.next_due_on) == (terms.Action.EMERGENCY, date(2026, 2, 7))
    assert sign.referral.urgency == "emergency"


def test_what_a_guideline_asks_and_no_rule_acts_on_is_told_in_both_languages() -> None:
    visit = Visit(date(2026, 1, 24), {"cat": 5, "exacerbations_since_last": 0, "spo2": 88})
    outcome = assess(Case(Person(None, ("copd",)), visit)).programmes["copd"]
    assert (outcome.klass, outcome.action) == (terms.Klass.CONTROLLED, terms.Action.ROUTINE)
    (hint,) = outcome.hints
    assert sentence(hint) == "Oxygen saturation <90. Weigh an urgent referral."
    assert sentence(hint, gettext) == "血氧饱和度 <90。请考虑紧急转诊。"
    acting = Settings(copd_breathing_urgent=True)
    assert assess(Case(Person(None, ("copd",)), visit), acting).action is terms.Action.EMERGENCY


@PROTOCOLS
def test_every_sentence_can_be_filled_in_in_both_languages(protocol: Protocol) -> None:
    for rule in (*protocol.rules, protocol.otherwise, *protocol.hints):
        chinese = gettext(rule.text)
        assert chinese != rule.text
        assert sorted(PARAMS.findall(rule.text)) == sorted(PARAMS.findall(chinese)), rule.id


PARAMS = re.compile(r"%\((\w+)\)s")


def test_the_words_are_those_of_the_tables() -> None:
    for ours, theirs in (
        (terms.CLASS_LABELS, models.Klass),
        (terms.ACTION_LABELS, models.Action),
        (terms.DANGER_SIGNS, DangerSign),
    ):
        assert {str(word): gettext(text) for word, text in ours.items()} == dict(theirs.choices)
    assert list(terms.ACTION_LABELS) == list(models.Action.values)
    assert set(terms.METHODS) == set(Method.values)


def decision_of(**observations: float) -> Decision:
    person = Person(date(1958, 3, 2), ("hypertension", "diabetes"))
    return assess(Case(person, Visit(date(2026, 1, 24), observations)))


def test_the_reason_is_a_sentence_in_both_languages() -> None:
    outcome = decision_of(systolic=148, diastolic=86).programmes["hypertension"]
    reason = outcome.reasons[0]
    assert sentence(reason) == "148/86 is within the assessment line <150/90 for age 65 and over."
    assert sentence(reason, gettext) == "148/86，在 65 岁及以上考核线 <150/90 内。"
    assert (outcome.text, outcome.params["systolic"], outcome.source) == (reason.text, "148", "BPHS17")


def test_red_flags_are_words_in_both_languages() -> None:
    decision = decision_of(systolic=182, diastolic=86, random_glucose=3.9)
    assert decision.red_flags == ("systolic>=180", "random_glucose<=3.9")
    assert [label(code) for code in decision.red_flags] == ["Systolic pressure ≥180", "Random glucose ≤3.9"]
    assert "收缩压 ≥180" in sentence(decision.referral.reasons[0], gettext)
    assert [label(code, gettext) for code in ("precordial_pain", "pregnant")] == ["心前区疼痛", "妊娠期"]


def test_reasons_can_be_kept_as_json() -> None:
    for outcome in decision_of(systolic=182.5, diastolic=86, fasting_glucose=7.25).programmes.values():
        for reason in outcome.reasons:
            kept = json.loads(json.dumps({"text": reason.text, "params": dict(reason.params)}))
            assert sentence(Reason("", None, kept["text"], kept["params"]), english) == sentence(reason)


def test_what_is_missing_is_told_beside_a_class_too() -> None:
    visit = Visit(date(2026, 1, 24), {"systolic": 130}, adverse_reaction=frozenset({"hypertension"}))
    outcome = assess(Case(Person(date(1958, 3, 2), ("hypertension",)), visit)).programmes["hypertension"]
    assert (outcome.klass, outcome.missing) == (terms.Klass.ADVERSE_REACTION, ("diastolic",))


@pytest.mark.parametrize(
    ("systolic", "diastolic", "high"), [(134, 84, False), (135, 80, True), (120, 85, True)]
)
def test_home_readings_have_their_own_line(systolic: int, diastolic: int, high: bool) -> None:
    scene = Scene(date(2026, 1, 24), {"systolic": systolic, "diastolic": diastolic})
    assert evaluate(above_home_line(DEFAULTS), scene).holds is high


@pytest.mark.parametrize(
    ("on", "months", "then"),
    [
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2026, 12, 31), 1, date(2027, 1, 31)),
        (date(2024, 2, 29), -12, date(2023, 2, 28)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
    ],
)
def test_months_are_clipped_to_their_end(on: date, months: int, then: date) -> None:
    assert add_months(on, months) == then


def test_age_is_full_years_on_the_day() -> None:
    assert age_on(date(1961, 6, 15), date(2026, 6, 14)) == 64
    assert age_on(date(1961, 6, 15), date(2026, 6, 15)) == 65
    assert age_on(date(1960, 2, 29), date(2025, 2, 28)) == 64
    assert age_on(date(1960, 2, 29), date(2025, 3, 1)) == 65


def test_the_rules_are_pure_and_load_no_table() -> None:
    code = (
        "from django.conf import settings; settings.configure()\n"
        "import sys, followups.protocols.cases, followups.protocols.wording\n"
        "print([name for name in sys.modules if name.endswith('.models') and not name.startswith('django')])"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "[]"


def test_an_answer_of_the_form_is_told_with_its_question_in_both_languages() -> None:
    found = {"angina": "rest", "uncontrolled_risks": ["smoking", "tia"]}
    visit = Visit(date(2026, 1, 24), {"systolic": 120, "diastolic": 70}, findings=found)
    outcome = assess(Case(Person(None, ("chd",)), visit)).programmes["chd"]
    told = next(reason for reason in outcome.reasons if reason.rule == "chd-2022.signs")
    assert sentence(told) == "Angina: at rest, Risks not under control: TIA. Refer up at once."
    assert sentence(told, gettext) == "心绞痛：静息时、未控制的危险因素：短暂性脑缺血发作。建议立即上转。"
    rows = {
        row.rule: row.condition for row in describe(protocols(Settings(copd_breathing_urgent=True))["copd"])
    }
    assert rows["copd-2024.emergency"].endswith(
        "Signs: cyanosis or swollen legs, at no earlier visit within 12 months"
    )


def test_a_low_filtration_is_told_with_its_formula() -> None:
    person = Person(date(1963, 6, 15), ("ckd",), "male")
    visit = Visit(date(2026, 6, 15), {"systolic": 120, "diastolic": 70, "creatinine": 400})
    (hint,) = assess(Case(person, visit)).programmes["ckd"].hints
    assert "eGFR 12.9 by CKD-EPI 2009 (limit 30)" in sentence(hint)
    (newer,) = assess(Case(person, visit), Settings(egfr_2021=True)).programmes["ckd"].hints
    assert "eGFR 13.8 by CKD-EPI 2021" in sentence(newer)
