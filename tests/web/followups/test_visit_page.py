"""The follow-up page: form, live decision, saving, and what a saved visit led to."""

import re
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from followups.models import Appointment
from followups.plans.care_plans import Target, sign
from patients.models import Encounter, MedicationStatement, Patient, Task
from patients.programmes import Programme
from tests.db.followups.recording import save
from tests.world import World

BOTH = (Programme.HYPERTENSION, Programme.DIABETES)


@pytest.fixture
def patient(world: World) -> Patient:
    return world.patient("李佩兰", *BOTH)


def page(patient: Patient) -> str:
    return reverse("workbench:visit", args=[patient.pk])


def filled(patient: Patient, **given: Any) -> dict[str, Any]:
    """What a browser sends: the hidden fields, today, clinic, and what a test adds."""
    count = Encounter.objects.filter(patient=patient).count()
    start = {
        "visit": str(uuid4()),
        "visit_count": count,
        "on": timezone.localdate().isoformat(),
        "method": "clinic",
    }
    return {**start, **given}


def post(client: Client, patient: Patient, **given: Any) -> Any:
    return client.post(page(patient), filled(patient, **given))


def text(answer: Any) -> str:
    return answer.content.decode()


def test_the_form_asks_for_both_diseases_with_three_earlier_values(world: World, patient: Patient) -> None:
    today = timezone.localdate()
    for days, systolic in ((90, 146), (60, 138), (30, 142)):
        save(world, patient, (today - timedelta(days=days)).isoformat(), systolic=systolic, diastolic=84)
    shown = text(world.browser("doctor").get(page(patient)))
    assert "空腹血糖" in shown
    assert all(value in shown for value in ("146/84", "138/84", "142/84"))
    assert 'data-hard="50,300"' in shown


def test_the_decision_names_class_reason_source_date_and_hospital_before_saving(
    world: World, patient: Patient
) -> None:
    today = timezone.localdate()
    save(
        world,
        patient,
        (today - timedelta(days=14)).isoformat(),
        systolic=152,
        diastolic=88,
        fasting_glucose=6.4,
    )
    before = Encounter.objects.count()
    url = reverse("workbench:visit-decision", args=[patient.pk])
    typed = filled(patient, systolic="156", diastolic="86", fasting_glucose="6.1")
    shown = text(world.browser("doctor").post(url, typed))
    assert "2 控制不满意" in shown
    assert "1 控制满意" in shown
    assert "国家基本公共卫生服务规范" in shown
    assert "巴南区人民医院" in shown
    assert "心血管内科" in shown
    assert (today + timedelta(days=14)).strftime("%m-%d") in shown
    assert Encounter.objects.count() == before


def test_the_own_plan_is_remarked_on_and_does_not_change_the_class(world: World, patient: Patient) -> None:
    sign(patient, diagnosis="", treatment="", advice="", goals=[Target("systolic", high=130)], review_on=None,
         by=world.specialist, for_organization=world.secondary, basis_id=None, at=timezone.now())  # fmt: skip
    url = reverse("workbench:visit-decision", args=[patient.pk])
    shown = text(world.browser("doctor").post(url, filled(patient, systolic="138", diastolic="80")))
    assert "1 控制满意" in shown
    assert "&lt;130" in shown


def test_saving_shows_the_next_date_and_the_referral_already_filled_in(
    world: World, patient: Patient
) -> None:
    today = timezone.localdate()
    save(
        world,
        patient,
        (today - timedelta(days=14)).isoformat(),
        systolic=152,
        diastolic=88,
        fasting_glucose=6.4,
    )
    client = world.browser("doctor")
    answer = post(client, patient, systolic="156", diastolic="86", fasting_glucose="6.1", symptoms=["none"])
    assert answer.status_code == 302
    shown = text(client.get(answer["Location"]))
    task = Task.objects.open().get(patient=patient)
    assert str(task.pk) in shown
    assert (today + timedelta(days=14)).isoformat() in shown
    assert Appointment.objects.booked().get(patient=patient).due_on == today + timedelta(days=14)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"systolic": "301", "diastolic": "80"}, "50–300"),
        ({"systolic": "80", "diastolic": "130"}, "130/80"),
        ({"systolic": "120", "diastolic": "120"}, "低于"),
        ({"fasting_glucose": "126"}, "mg/dL"),
        ({"fasting_glucose": "abc"}, "数字"),
        (
            {"on": (date.today() + timedelta(days=2)).isoformat(), "systolic": "130", "diastolic": "80"},
            "未来",
        ),
        ({"systolic": "130", "diastolic": "80", "symptoms": ["none", "thirst"]}, "不能同时"),
        ({"systolic": "130", "diastolic": "80", "adverse_reaction": ["none", "diabetes"]}, "不能同时"),
        ({"systolic": "130", "diastolic": "80", "cigarettes_per_day": "900"}, "200"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field_in_chinese_and_nothing_typed_is_lost(
    world: World, patient: Patient, given: dict[str, Any], words: str
) -> None:
    answer = post(world.browser("doctor"), patient, **given, note="复诊，家属陪同")
    assert answer.status_code == 422
    assert words in text(answer)
    assert "复诊，家属陪同" in text(answer)
    assert not Encounter.objects.filter(patient=patient).exists()


def test_an_unusual_value_is_saved_only_after_it_was_confirmed_at_its_field(
    world: World, patient: Patient
) -> None:
    client = world.browser("doctor")
    typed = {"systolic": "130", "diastolic": "80", "heart_rate": "104"}
    asked = post(client, patient, **typed)
    assert asked.status_code == 422
    assert 'value="heart_rate:104"' in text(asked)
    assert post(client, patient, **typed, confirmed=["heart_rate:105"]).status_code == 422
    assert post(client, patient, **typed, confirmed=["heart_rate:104"]).status_code == 302


def test_the_same_form_sent_twice_is_one_visit(world: World, patient: Patient) -> None:
    client, typed = world.browser("doctor"), filled(patient, systolic="130", diastolic="80")
    first, second = client.post(page(patient), typed), client.post(page(patient), typed)
    assert first["Location"] == second["Location"]
    assert Encounter.objects.filter(patient=patient).count() == 1


def test_the_second_of_two_doctors_is_told_what_the_first_recorded_and_loses_nothing(
    world: World, patient: Patient
) -> None:
    mine = filled(patient, systolic="150", diastolic="84", note="我的记录")
    post(world.browser("colleague"), patient, systolic="142", diastolic="82")
    client = world.browser("doctor")
    answer = client.post(page(patient), mine)
    assert answer.status_code == 409
    assert all(words in text(answer) for words in ("142/82", "colleague", "我的记录", 'value="150"'))
    assert Encounter.objects.filter(patient=patient).count() == 1
    again = {**mine, "visit": str(uuid4()), "visit_count": 1}
    assert client.post(page(patient), again).status_code == 302


def test_medicines_are_added_stopped_and_given_in_another_dose(world: World, patient: Patient) -> None:
    for name, dosage in (("苯磺酸氨氯地平片", "5 mg 每日1次"), ("盐酸二甲双胍缓释片", "0.5 g 每日2次")):
        MedicationStatement.objects.create(
            patient=patient, organization=world.centre, name=name, dosage=dosage, started_on=date(2025, 1, 1)
        )
    client = world.browser("doctor")
    shown = text(client.get(page(patient)))
    order = sorted(("苯磺酸氨氯地平片", "盐酸二甲双胍缓释片"), key=shown.index)
    dose, stop = order.index("盐酸二甲双胍缓释片"), order.index("苯磺酸氨氯地平片")
    answer = post(
        client, patient, systolic="130", diastolic="80",
        **{f"med_{dose}_change": "dose", f"med_{dose}_dosage": "1.0 g 每日2次", f"med_{stop}_change": "stop",
           "new_0_name": "缬沙坦胶囊", "new_0_dosage": "80 mg 每日1次"},
    )  # fmt: skip
    assert answer.status_code == 302
    active = MedicationStatement.objects.filter(patient=patient, status="active")
    assert dict(active.values_list("name", "dosage")) == {
        "盐酸二甲双胍缓释片": "1.0 g 每日2次", "缬沙坦胶囊": "80 mg 每日1次",
    }  # fmt: skip
    assert MedicationStatement.objects.filter(patient=patient, status="stopped").count() == 2


def test_an_outsider_finds_nothing_at_any_of_the_addresses(world: World, patient: Patient) -> None:
    saved = save(world, patient, "2026-01-10", systolic=130, diastolic=80).encounter
    decision = reverse("workbench:visit-decision", args=[patient.pk])
    outcome = reverse("workbench:visit-saved", args=[patient.pk, saved.pk])
    for part in ("outsider", "specialist", "alliance_admin"):
        client = world.browser(part)
        assert client.get(page(patient)).status_code == 404
        assert post(client, patient, systolic="130", diastolic="80").status_code == 404
        assert client.post(decision, filled(patient)).status_code == 404
        assert client.get(outcome).status_code == 404
    assert world.browser("doctor").get(outcome).status_code == 200


def test_opening_deciding_and_saving_keep_their_statement_budgets(world: World, patient: Patient) -> None:
    """Sign-in and scope take at most 4 by session and are part of the numbers here."""
    save(world, patient, (timezone.localdate() - timedelta(days=14)).isoformat(), systolic=152, diastolic=88)
    client = world.browser("doctor")
    typed = filled(patient, systolic="156", diastolic="86", fasting_glucose="6.1")
    for method, url, data, most in (
        ("get", page(patient), None, 15),
        ("post", reverse("workbench:visit-decision", args=[patient.pk]), typed, 12),
        ("post", page(patient), typed, 4 + 2 + 14),
    ):
        with CaptureQueriesContext(connection) as captured:
            getattr(client, method)(url, data)
        told = [
            q["sql"] for q in captured.captured_queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))
        ]
        assert len(told) <= most, f"{method} {url}: {len(told)}\n" + "\n".join(sql[:160] for sql in told)


def test_of_two_pressures_the_mean_decides_and_both_are_kept(world: World, patient: Patient) -> None:
    client = world.browser("doctor")
    typed = {"systolic": "152", "diastolic": "88", "systolic_2": "144", "diastolic_2": "87"}
    decision = reverse("workbench:visit-decision", args=[patient.pk])
    assert "均值 148/88" in text(client.post(decision, filled(patient, **typed)))
    assert post(client, patient, **typed).status_code == 302
    visit = Encounter.objects.get(patient=patient)
    assert (visit.systolic, visit.diastolic) == (148, 88)
    assert visit.findings == {"pressures": [[152, 88], [144, 87]]}


def test_two_far_apart_ask_for_a_third_and_its_mean_with_the_second_decides(
    world: World, patient: Patient
) -> None:
    client = world.browser("doctor")
    typed = {"systolic": "162", "diastolic": "88", "systolic_2": "146", "diastolic_2": "86"}
    decision = reverse("workbench:visit-decision", args=[patient.pk])
    assert "请测第三次" in text(client.post(decision, filled(patient, **typed)))
    typed |= {"systolic_3": "144", "diastolic_3": "85"}
    assert post(client, patient, **typed).status_code == 302
    assert Encounter.objects.get(patient=patient).systolic == 145


def test_a_second_pressure_that_cannot_be_is_refused_at_its_field(world: World, patient: Patient) -> None:
    typed = {"systolic": "152", "diastolic": "88", "systolic_2": "84", "diastolic_2": "146"}
    answer = post(world.browser("doctor"), patient, **typed)
    assert answer.status_code == 422
    assert "应为两组或三组" in text(answer)


def test_every_form_of_the_diseases_is_asked_once_and_kept(world: World) -> None:
    six = (
        Programme.HYPERTENSION,
        Programme.DIABETES,
        Programme.COPD,
        Programme.STROKE,
        Programme.CHD,
        Programme.CKD,
    )
    patient = world.patient("李佩兰", *six)
    client = world.browser("doctor")
    shown = text(client.get(page(patient)))
    once = (
        "copd_signs",
        "inhaler",
        "mrs",
        "angina",
        "bleeding",
        "medicine_groups",
        "symptoms",
        "urine_protein",
    )
    assert all(shown.count(f'data-row="{name}"') == 1 for name in once)
    given = {
        "systolic": "130", "diastolic": "80", "symptoms": ["cough", "other"], "symptom_other": "口干",
        "copd_signs": ["rales", "cyanosis"], "exacerbations_year": "1", "hospital_stays_year": "0",
        "inhaler": "skilled", "home_oxygen": "no", "ventilation": "no", "vaccines": ["flu"], "copd_level": "stable_low",
        "mrs": "2", "stroke_kind": "ischaemic", "stroke_on": "2024-05-02", "limb_recovery": "partial",
        "rehabilitation": "home", "uncontrolled_risks": ["smoking"], "medicine_groups": ["platelets"],
        "angina": "none", "bleeding": "none", "urine_protein": "1", "insulin_kind": "甘精胰岛素", "insulin_dose": "10 U qn",
        "rest_minutes": "5", "arm": "left", "posture": "sitting", "arm_circumference": "33.5", "cuff": "large",
        "fasting_hours": "9", "device": "automatic", "weight_target": "60", "salt_target": "light", "fev1": "1.62",
    }  # fmt: skip
    assert post(client, patient, **given).status_code == 302
    visit = Encounter.objects.get(patient=patient)
    apart = {"systolic", "diastolic", "symptoms", "fev1"}
    numbers = {"exacerbations_year": 1, "hospital_stays_year": 0, "rest_minutes": 5, "arm_circumference": 33.5,
               "fasting_hours": 9, "weight_target": 60.0, "copd_signs": ["cyanosis", "rales"]}  # fmt: skip
    assert visit.findings == {name: value for name, value in given.items() if name not in apart} | numbers
    again = text(client.get(page(patient)))
    assert all(words in again for words in ("紫绀+1", "部分恢复", "劳力时"))


def test_what_is_asked_with_some_answers_only_is_not_kept_with_others(world: World, patient: Patient) -> None:
    typed = {
        "systolic": "130", "diastolic": "80", "symptom_other": "口干", "adherence_reason": "cost",
        "medication_adherence": "regular", "foot_pulse": "normal", "foot_pulse_side": "left",
        "reaction_severity": "mild",
    }  # fmt: skip
    assert post(world.browser("doctor"), patient, **typed).status_code == 302
    assert Encounter.objects.get(patient=patient).findings == {}


def test_the_form_asks_what_the_further_programmes_need_and_names_both_target_sets(world: World) -> None:
    patient = world.patient("王秀英", Programme.COPD, Programme.CKD, Programme.DYSLIPIDAEMIA)
    shown = text(world.browser("doctor").get(page(patient)))
    for name in ("cat", "exacerbations_since_last", "spo2", "mmrc", "respiratory_rate", "ldl", "triglycerides", "acr",
                 "creatinine", "potassium"):  # fmt: skip
        assert shown.count(f'name="{name}"') == 1, name
    assert "考核线 &lt;140/90" in shown
    assert "临床目标 &lt;140/90" in shown
    assert "考核线 &lt;10" in shown


def test_a_typed_ratio_chooses_the_line_and_a_hint_is_told_without_deciding(world: World) -> None:
    patient = world.patient("王秀英", Programme.CKD)
    typed = filled(
        patient, systolic="132", diastolic="76", acr="80", potassium="5.8", confirmed="potassium:5.8"
    )
    shown = text(world.browser("doctor").post(reverse("workbench:visit-decision", args=[patient.pk]), typed))
    assert "132/76，不在考核线 &lt;130/80 内" in shown
    assert "≥130" in shown
    assert "血钾 5.8" in shown
    assert "调整治疗" in shown


def test_the_yearly_distance_of_the_elderly_is_explained(world: World) -> None:
    patient = world.patient("王秀英", Programme.ELDERLY)
    typed = filled(patient, systolic="130", diastolic="76")
    shown = text(world.browser("doctor").post(reverse("workbench:visit-decision", args=[patient.pk]), typed))
    assert "12 个月：该病种的常规随访间隔" in shown


def test_creatinine_says_its_filtration_and_a_low_one_what_to_do(world: World) -> None:
    patient = world.patient("王秀英", Programme.CKD, born=date(1963, 1, 1), sex="female")
    client = world.browser("doctor")
    url = reverse("workbench:visit-decision", args=[patient.pk])
    shown = text(client.post(url, filled(patient, systolic="132", diastolic="76", creatinine="400")))
    assert re.search(r"eGFR \d+\.\d（CKD-EPI 2009），G5 期", shown)
    assert "CKD-EPI 2009 公式，界值 30）：查找原因" in shown
    plain = text(client.post(url, filled(patient, systolic="132", diastolic="76", creatinine="60")))
    assert "G5 期" not in plain
    assert "界值 30" not in plain


def test_what_is_answered_decides_as_it_is_ticked(world: World) -> None:
    patient = world.patient("王秀英", Programme.CHD)
    client = world.browser("doctor")
    url = reverse("workbench:visit-decision", args=[patient.pk])
    at_rest = text(client.post(url, filled(patient, systolic="132", diastolic="76", angina="rest")))
    assert "心绞痛：静息时。建议立即上转。" in at_rest
    effort = text(client.post(url, filled(patient, systolic="132", diastolic="76", angina="exertion")))
    assert "建议立即上转" not in effort
