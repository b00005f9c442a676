"""Answers of the follow-up page that a paper or a cut hangs on: none and nobody asked, the eyes, GOLD, HbA1c, the ratio."""

from datetime import date

import pytest
from django.urls import reverse

from patients.models import Encounter, Patient
from patients.programmes import Programme
from tests.web.followups.test_visit_page import BOTH, filled, page, post, text
from tests.world import World


@pytest.fixture
def patient(world: World) -> Patient:
    return world.patient("李佩兰", *BOTH)


def test_none_is_kept_as_an_answer_and_stands_beside_the_next_visit(world: World, patient: Patient) -> None:
    client = world.browser("doctor")
    typed = {"systolic": "130", "diastolic": "80", "symptoms": ["none"], "adverse_reaction": ["none"]}
    assert post(client, patient, **typed, reaction_severity="mild").status_code == 302
    visit = Encounter.objects.get(patient=patient)
    assert (visit.symptoms, visit.adverse_reaction) == ([], [])
    assert visit.findings == {"answered_none": ["symptoms", "adverse_reaction"]}
    shown = " ".join(text(client.get(page(patient))).split())
    for row, said in (("symptoms", "无"), ("adverse_reaction", "无"), ("new_complication", "无")):
        assert said in shown.split(f'data-row="{row}"')[1].split("yl-f-p")[1]


def test_nobody_asked_is_told_apart_from_none(world: World, patient: Patient) -> None:
    client = world.browser("doctor")
    assert post(client, patient, systolic="130", diastolic="80").status_code == 302
    assert Encounter.objects.get(patient=patient).findings == {}
    earlier = text(client.get(page(patient))).split('data-row="symptoms"')[1].split("yl-f-p")[1]
    assert "–" in earlier
    assert "无" not in earlier


def test_the_eyes_are_asked_as_each_national_form_asks(world: World, patient: Patient) -> None:
    shown = text(world.browser("doctor").get(page(patient)))
    assert ("眼花耳鸣" in shown, "视力模糊" in shown) == (True, True)
    alone = text(world.browser("doctor").get(page(world.patient("王国强", Programme.HYPERTENSION))))
    assert 'value="blurred_vision"' in alone
    assert 'value="blurred_sight"' not in alone
    sugar = text(world.browser("doctor").get(page(world.patient("王秀英", Programme.DIABETES))))
    assert 'value="blurred_sight"' in sugar
    assert 'value="blurred_vision"' not in sugar


def test_grade_and_group_of_a_copd_follow_what_is_typed_and_stand_with_the_saved_visit(world: World) -> None:
    patient = world.patient("王国强", Programme.COPD)
    client = world.browser("doctor")
    url = reverse("workbench:visit-decision", args=[patient.pk])
    typed = {"systolic": "130", "diastolic": "80", "fev1_fvc": "0.65", "fev1_percent": "49", "cat": "12"}
    shown = text(client.post(url, filled(patient, **typed)))
    assert "GOLD 3 级" in shown
    assert "组</span>" not in shown
    typed |= {"exacerbations_year": "1", "hospital_stays_year": "0"}
    assert "GOLD B 组" in text(client.post(url, filled(patient, **typed)))
    saved = text(client.get(post(client, patient, **typed)["Location"]))
    assert "GOLD 分级：3 级" in saved
    assert "GOLD B 组" in saved


def test_the_yearly_check_of_the_elderly_asks_for_hba1c(world: World) -> None:
    patient = world.patient("王淑芬", Programme.ELDERLY, born=date(1950, 1, 1))
    shown = text(world.browser("doctor").get(page(patient)))
    assert shown.count('name="hba1c"') == 1
    assert shown.count('name="hba1c_on"') == 1


def test_a_ratio_of_the_lungs_is_kept_with_three_decimals_and_a_percentage_is_asked_about(
    world: World,
) -> None:
    patient = world.patient("王国强", Programme.COPD)
    client = world.browser("doctor")
    assert 'data-percent="3"' in text(client.get(page(patient)))
    refused = post(client, patient, systolic="130", diastolic="80", fev1_fvc="69.6")
    assert refused.status_code == 422
    assert "像是 69.6 %，即 0.696" in text(refused)
    assert post(client, patient, systolic="130", diastolic="80", fev1_fvc="0.696").status_code == 302
    assert "0.696" in text(client.get(page(patient)))
