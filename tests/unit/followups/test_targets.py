"""The clinical targets as data, and beside the assessment lines in words."""

import json
from datetime import date

import pytest
from django.utils.translation import gettext

from followups.line_words import beside, in_words
from followups.lines import assessment_lines, both_lines, measures_of
from followups.protocols import terms
from followups.protocols.assessment import Case, Visit, assess
from followups.protocols.evidence import Person
from followups.protocols.targets import TARGETS, clinical_targets, strictest
from patients.readings import VISIT_READINGS

ON = date(2026, 6, 15)
EVERYTHING = Person(date(1950, 6, 15), terms.PROGRAMMES, "male")


def test_every_target_is_data_with_a_bound_and_a_known_source() -> None:
    for target in TARGETS:
        assert target.programme in terms.PROGRAMMES
        assert target.reading in VISIT_READINGS
        assert target.low is not None or target.high is not None
        assert target.source in terms.SOURCES
        assert json.loads(json.dumps(target.when)) == target.when
        assert gettext(target.section) != target.section


def test_a_person_has_at_most_one_target_a_reading_in_one_programme_and_age_but_the_stricter_ones() -> None:
    for age in (39, 64, 65, 79, 80, 95):
        person = Person(date(ON.year - age, 6, 15), terms.PROGRAMMES, "female")
        for programme in terms.PROGRAMMES:
            mine = [target for target in clinical_targets(person, on=ON) if target.programme == programme]
            for reading, target in strictest(mine).items():
                highs = [each.high for each in mine if each.reading == reading and each.high is not None]
                assert target.high == min(highs, default=None)


def test_the_clinical_target_never_decides_a_class() -> None:
    """138/86 misses the guideline's 130/80 and meets the assessment line."""
    person = Person(date(1960, 6, 15), ("hypertension",))
    decision = assess(Case(person, Visit(ON, {"systolic": 138, "diastolic": 86})))
    assert strictest(clinical_targets(person, on=ON))["systolic"].high == 130
    assert decision.programmes["hypertension"].klass is terms.Klass.CONTROLLED


def test_the_line_of_a_programme_is_read_from_its_rules() -> None:
    assert assessment_lines("ckd", age=None) == {"systolic": 140, "diastolic": 90}
    assert assessment_lines("ckd", age=None, known={"acr": 30}) == {"systolic": 130, "diastolic": 80}
    assert assessment_lines("dyslipidaemia", age=50, known={"ldl_target": 1.8}) == {"ldl": 1.8}
    assert assessment_lines("elderly", age=70) == {}
    assert assessment_lines("gout", age=70) == {}
    assert measures_of("chd") == {"systolic", "diastolic", "ldl"}
    assert "acr" not in measures_of("ckd")


@pytest.mark.parametrize("known", [{}, {"acr": 30}])
def test_a_reading_below_all_its_lines_is_controlled_in_every_programme(known: dict[str, float]) -> None:
    """The lines that a page shows are the ones that decide."""
    lines = both_lines(EVERYTHING, on=ON, known=known)
    limits = {name: float(line.assessment.below) for name, line in lines.items() if line.assessment}
    good = {name: limit - (1 if limit == 1 else 0.1) for name, limit in limits.items()} | known
    outcomes = assess(Case(EVERYTHING, Visit(ON, good))).programmes
    assert {outcome.klass for outcome in outcomes.values()} == {terms.Klass.CONTROLLED}
    for name, limit in limits.items():
        bad = assess(Case(EVERYTHING, Visit(ON, {**good, name: limit})))
        assert terms.Klass.UNCONTROLLED in {outcome.klass for outcome in bad.programmes.values()}, name


def test_both_are_named_beside_a_question() -> None:
    lines = both_lines(Person(date(1955, 6, 15), ("hypertension", "diabetes")), on=ON)
    told = [(each.name, each.bound) for each in beside(("systolic", "diastolic"), lines)]
    assert told == [("考核线", "<150/90"), ("临床目标", "<130/80")]
    told = [(each.name, each.bound) for each in beside(("fasting_glucose",), lines)]
    assert told == [("考核线", "<7.0"), ("临床目标", "4.4–7.0")]
    assert beside(("waist",), lines) == []


def test_targets_in_words_join_the_two_pressures() -> None:
    spans = {"systolic": (None, 140), "diastolic": (None, 90), "ldl": (None, 1.8), "spo2": (90, None)}
    assert in_words(spans) == ["<140/90 mmHg", "低密度脂蛋白胆固醇 <1.80 mmol/L", "血氧饱和度 ≥90 %"]
