"""The later programmes through the archive: what was measured beside the form's row decides and is looked back at."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from followups.entry.visit import VisitInput
from followups.models import Appointment, Assessment
from followups.visits.amending import amend
from patients.models import Encounter, Observation, Patient, Task
from patients.models.encounter import ObservationSource
from patients.programmes import Programme
from tests.db.followups.recording import save
from tests.db.followups.versions_at_hand import begun
from tests.world import World

WELL = {"cat": 6, "exacerbations_since_last": 0}
ILL = {"cat": 18, "exacerbations_since_last": 1}


@pytest.fixture
def breathless(world: World) -> Patient:
    return world.patient("李佩兰", Programme.COPD)


def ago(days: int) -> str:
    return (timezone.localdate() - timedelta(days=days)).isoformat()


def due_on(patient: Patient) -> date:
    return Appointment.objects.booked().get(patient=patient).due_on


def of(visit: Encounter, programme: str) -> tuple[str, str]:
    row = Assessment.objects.get(encounter=visit, programme=programme)
    return row.klass, row.action


def test_scores_decide_and_book_the_next_visit(world: World, breathless: Patient) -> None:
    outcome = save(world, breathless, "2026-01-10", **WELL)
    assert of(outcome.encounter, "copd") == ("controlled", "routine")
    assert due_on(breathless) == date(2026, 4, 10)


def test_the_second_failure_in_a_row_is_seen_in_scores_of_the_archive(
    world: World, breathless: Patient
) -> None:
    save(world, breathless, "2026-01-10", **ILL)
    outcome = save(world, breathless, "2026-01-24", **ILL)
    assert of(outcome.encounter, "copd") == ("uncontrolled", "refer")
    task = Task.objects.open().get(patient=breathless)
    assert task.programme == "copd"
    assert task.reasons[0]["params"]["before_cat"] == "18"


def test_a_laboratory_value_beside_a_visit_is_no_reading_of_it(world: World) -> None:
    patient = world.patient("王秀英", Programme.CHD)
    first = save(world, patient, "2026-01-10", systolic=120, diastolic=70)
    Observation.objects.create(
        patient=patient, organization=world.centre, encounter=first.encounter, code="ldl", value=3,
        at=datetime(2026, 1, 10, tzinfo=UTC), source=ObservationSource.LABORATORY,
    )  # fmt: skip
    outcome = save(world, patient, "2026-04-10", systolic=150, diastolic=80)
    assert of(outcome.encounter, "chd") == ("uncontrolled", "adjust")


def test_the_elderly_come_back_in_a_year_unless_another_programme_asks_earlier(world: World) -> None:
    alone = world.patient("陈桂芳", Programme.ELDERLY)
    save(world, alone, "2026-01-10", systolic=150, diastolic=80)
    assert due_on(alone) == date(2027, 1, 10)
    both = world.patient("何素珍", Programme.ELDERLY, Programme.HYPERTENSION)
    save(world, both, "2026-01-10", systolic=130, diastolic=80)
    assert due_on(both) == date(2026, 4, 10)


def test_an_amended_score_moves_class_and_date(world: World, breathless: Patient) -> None:
    visit = save(world, breathless, "2026-01-10", **WELL).encounter
    visit.refresh_from_db()
    amend(
        visit,
        VisitInput(observations=ILL),
        on=visit.on,
        method="clinic",
        by=world.doctor,
        recorded_at=datetime(2026, 1, 11, tzinfo=UTC),
        version=visit.version,
    )
    assert of(visit, "copd") == ("uncontrolled", "adjust")
    assert due_on(breathless) == date(2026, 1, 24)


PLAIN = {"systolic": 120, "diastolic": 70}


def test_an_answer_of_the_form_refers_and_its_correction_takes_the_advice_back(world: World) -> None:
    patient = world.patient("王秀英", Programme.CHD)
    visit = save(world, patient, "2026-01-10", **PLAIN, findings={"angina": "rest"}).encounter
    assert of(visit, "chd") == ("controlled", "refer")
    task = Task.objects.open().get(patient=patient)
    assert [reason["params"] for reason in task.reasons] == [{"criteria": ["angina=rest"]}]
    visit.refresh_from_db()
    corrected = VisitInput(observations=PLAIN, findings={"angina": "exertion"})
    at = datetime(2026, 1, 11, tzinfo=UTC)
    amend(
        visit, corrected, on=visit.on, method="clinic", by=world.doctor, recorded_at=at, version=visit.version
    )
    assert of(visit, "chd") == ("controlled", "routine")
    assert not Task.objects.open().filter(patient=patient).exists()


def test_a_tia_is_new_once(world: World) -> None:
    patient = world.patient("王秀英", Programme.STROKE)
    told = {"findings": {"uncontrolled_risks": ["tia"]}}
    first = save(world, patient, "2026-01-10", **PLAIN, **told)
    again = save(world, patient, "2026-01-24", **PLAIN, **told)
    assert of(first.encounter, "stroke") == ("controlled", "refer")
    assert of(again.encounter, "stroke") == ("controlled", "routine")


def test_the_last_ratio_of_the_archive_is_told_at_the_next_visit_or_decides_its_line(world: World) -> None:
    patient = world.patient("王秀英", Programme.CKD)
    save(world, patient, ago(180), **PLAIN, acr=80)
    told = save(world, patient, ago(90), systolic=135, diastolic=75)
    assert of(told.encounter, "ckd") == ("controlled", "routine")
    (hint,) = told.decision.programmes["ckd"].hints
    assert (hint.rule, hint.params["known_acr"]) == ("ckd-2024.known-ratio", "80.0")
    begun(world.doctor, days_ago=30, ckd_acr_lasts=True)
    decided = save(world, patient, ago(3), systolic=135, diastolic=75)
    assert of(decided.encounter, "ckd") == ("uncontrolled", "refer")
    row = Assessment.objects.get(encounter=decided.encounter)
    assert row.reasons[0]["params"]["known_acr"] == "80.0"


def test_creatinine_tells_the_filtration(world: World) -> None:
    patient = world.patient("王秀英", Programme.CKD)
    outcome = save(world, patient, "2026-01-10", **PLAIN, creatinine=400)
    (hint,) = outcome.decision.programmes["ckd"].hints
    assert float(hint.params["egfr"]) < 15
    assert hint.params["formula"] == "2009"


def test_all_eight_programmes_take_the_statements_of_one(world: World, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    patient = world.patient("周玉珍", *Programme)
    good = {"systolic": 120, "diastolic": 70, "fasting_glucose": 6, "ldl": 1.5, "acr": 10, **WELL}
    with django_assert_max_num_queries(14):
        outcome = save(world, patient, "2026-01-10", **good)
    rows = Assessment.objects.filter(encounter=outcome.encounter).values_list("klass", flat=True)
    assert list(rows) == ["controlled"] * 8
