"""The values at the head of a resident's page: those that the person's diseases ask for, against their own lines."""

from datetime import date, timedelta

from django.utils import timezone

from followups import visits
from followups.entry.visit import VisitInput
from patients.models import Observation, Patient
from patients.programmes import Programme
from tests.db.followups.recording import save
from tests.world import World
from workbench.latest_values import stats
from workbench.record import record_of

LIPIDS = {"total_cholesterol": 4.1, "triglycerides": 1.2, "hdl": 1.3, "ldl": 2.1}


def shown(world: World, *programmes: Programme, days_ago: int = 0, **readings: float) -> list[dict[str, str]]:
    patient = world.patient("杨素", *programmes)
    today = timezone.localdate()
    visits.record(
        patient, VisitInput(observations={"systolic": 128, "diastolic": 76, **readings}), on=today - timedelta(days=days_ago),
        method="clinic", by=world.doctor, source="form", recorded_at=timezone.now(),
    )  # fmt: skip
    return shown_of(patient)


def shown_of(patient: Patient) -> list[dict[str, str]]:
    today = timezone.localdate()
    return stats(record_of(Patient.objects.get(pk=patient.pk), on=today), on=today)


def test_what_decides_stands_before_what_was_measured_beside_it(world: World) -> None:
    """After a stroke the LDL, not whichever lipid comes first; seven values do not fit."""
    found = shown(world, Programme.STROKE, fasting_glucose=5.2, weight=60, **LIPIDS)
    assert len(found) == 6
    assert [one["value"] for one in found[3:4]] == ["2.10"]


def test_a_value_stands_against_the_line_of_the_persons_own_disease(world: World) -> None:
    (ldl,) = [one for one in shown(world, Programme.CHD, ldl=2.1) if one["value"] == "2.10"]
    assert (ldl["tone"], "1.8" in ldl["note"]) == ("amber", True)
    (ldl,) = [one for one in shown(world, Programme.DYSLIPIDAEMIA, ldl=2.1) if one["value"] == "2.10"]
    assert (ldl["tone"], "2.6" in ldl["note"]) == ("green", True)


def test_of_two_diseases_the_lower_line_holds(world: World) -> None:
    found = shown(world, Programme.DYSLIPIDAEMIA, Programme.CHD, ldl=2.1)
    (ldl,) = [one for one in found if one["value"] == "2.10"]
    assert (ldl["tone"], "1.8" in ldl["note"]) == ("amber", True)


def test_many_symptoms_are_not_called_usual(world: World) -> None:
    (cat,) = [
        one
        for one in shown(world, Programme.COPD, cat=16, exacerbations_since_last=0)
        if one["value"] == "16"
    ]
    assert (cat["tone"], "10" in cat["note"]) == ("amber", True)


def test_a_pressure_taken_at_home_stands_against_the_home_line(world: World) -> None:
    patient = world.patient("张秀英", Programme.HYPERTENSION)
    Observation.objects.create(
        patient=patient, organization=patient.organization, code="systolic", value=137, at=timezone.now(), source="home"
    )  # fmt: skip
    (home,) = shown_of(patient)
    assert (home["tone"], "135" in home["note"]) == ("amber", True)


def test_the_pressure_of_somebody_old_after_a_stroke_has_the_strokes_line(world: World) -> None:
    """Hypertension alone is judged by 150/90 at that age."""
    (pressure, *_) = shown(world, Programme.HYPERTENSION, Programme.STROKE)
    assert "140/90" in pressure["note"]
    patient = world.patient("张秀英", Programme.HYPERTENSION)
    visits.record(
        patient, VisitInput(observations={"systolic": 142, "diastolic": 76}), on=timezone.localdate(), method="clinic",
        by=world.doctor, source="form", recorded_at=timezone.now(),
    )  # fmt: skip
    (pressure, *_) = shown_of(patient)
    assert ("150/90" in pressure["note"], pressure["tone"]) == (True, "green")


def test_a_ratio_of_an_earlier_visit_draws_the_stricter_line_for_the_pressure(world: World) -> None:
    patient = world.patient("王秀英", Programme.CKD)
    save(world, patient, "2026-01-10", systolic=125, diastolic=75, acr=80)
    save(world, patient, "2026-04-10", systolic=135, diastolic=75)
    on = date(2026, 4, 11)
    tiles = stats(record_of(Patient.objects.get(pk=patient.pk), on=on), on=on)
    pressure = next(tile for tile in tiles if tile["value"] == "135/75")
    assert pressure["note"] == "未低于 130/80"
    assert pressure["tone"] == "amber"
