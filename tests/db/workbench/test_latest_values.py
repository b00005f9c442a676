"""The values at the head of a resident's page: those that the person's diseases ask for, against their own lines."""

from datetime import timedelta

import pytest
from django.utils import timezone

from followups import visits
from followups.entry.visit import VisitInput
from followups.versions import timetable_since
from patients.models import Observation, Patient
from patients.models.encounter import ObservationSource
from patients.programmes import Programme
from tests.db.followups.recording import save
from tests.db.followups.versions_at_hand import begun
from tests.world import World
from workbench.latest_values import stats
from workbench.record import Record, record_of

LIPIDS = {"total_cholesterol": 4.1, "triglycerides": 1.2, "hdl": 1.3, "ldl": 2.1}


def shown(world: World, *programmes: Programme, days_ago: int = 0, **readings: float) -> list[dict[str, str]]:
    patient = world.patient("杨素", *programmes)
    today = timezone.localdate()
    visits.record(
        patient, VisitInput(observations={"systolic": 128, "diastolic": 76, **readings}), on=today - timedelta(days=days_ago),
        method="clinic", by=world.doctor, source="form", recorded_at=timezone.now(),
    )  # fmt: skip
    return shown_of(patient)


def day(ago: int) -> str:
    return (timezone.localdate() - timedelta(days=ago)).isoformat()


def whole(patient: Patient) -> Record:
    today = timezone.localdate()
    rows = Patient.objects.annotate(settings_text=timetable_since(today))
    return record_of(rows.get(pk=patient.pk), on=today)


def shown_of(patient: Patient) -> list[dict[str, str]]:
    return stats(whole(patient), on=timezone.localdate())


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


@pytest.mark.parametrize(("lasts", "line"), [(True, "130/80"), (False, "140/90")])
def test_a_ratio_of_an_earlier_visit_draws_the_line_that_decides(
    world: World, *, lasts: bool, line: str
) -> None:
    begun(world.doctor, days_ago=300, ckd_acr_lasts=lasts)
    patient = world.patient("王秀英", Programme.CKD)
    save(world, patient, day(180), systolic=125, diastolic=75, acr=80)
    save(world, patient, day(3), systolic=135, diastolic=75)
    for number in range(45):
        Observation.objects.create(
            patient=patient, organization=world.centre, code="weight", value=60, source=ObservationSource.DEVICE,
            at=timezone.now() - timedelta(hours=number),
        )  # fmt: skip
    pressure = next(tile for tile in shown_of(patient) if tile["value"] == "135/75")
    assert pressure["note"].endswith(line)


@pytest.mark.parametrize(("by_risk", "line"), [(True, "<1.80"), (False, "<2.60")])
def test_the_target_by_risk_is_the_line_that_is_shown(world: World, *, by_risk: bool, line: str) -> None:
    begun(world.doctor, days_ago=300, ldl_by_risk=by_risk)
    patient = world.patient("杨素", Programme.DYSLIPIDAEMIA, Programme.CHD)
    (lipids,) = [
        one for one in whole(patient).programmes if one.enrolment.programme == Programme.DYSLIPIDAEMIA
    ]
    assert line in " ".join(lipids.lines)
