"""A saved visit and everything it leaves."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from followups import visits
from followups.entry.visit import MedicationChange, VisitInput, VisitRefused
from followups.models import Appointment, Assessment
from journal.models import AuditEvent, Communication
from patients.models import Encounter, Enrolment, MedicationStatement, Patient, Task
from patients.models.encounter import EntrySource
from patients.programmes import Programme
from tests.db.followups.recording import save
from tests.world import World

BOTH = (Programme.HYPERTENSION, Programme.DIABETES)
BUDGET = 14


@pytest.fixture
def patient(world: World) -> Patient:
    return world.patient("李佩兰", *BOTH)


def due(patient: Patient) -> Appointment:
    return Appointment.objects.booked().get(patient=patient)


def waiting(patient: Patient) -> set[str]:
    rows = Communication.objects.waiting().filter(patient_id=patient.pk, kind="reminder")
    return {content["about"]["due"]["due_on"] for content in rows.values_list("content", flat=True)}


def test_a_visit_for_two_diseases_leaves_everything_the_next_step_needs(
    world: World, patient: Patient
) -> None:
    outcome = save(
        world, patient, "2026-01-10", systolic=152, diastolic=88, fasting_glucose=6.4, hba1c=Decimal("7.1")
    )
    assert outcome.status == "created"
    assert outcome.encounter.programmes == ["hypertension", "diabetes"]
    assert (outcome.encounter.organization, outcome.encounter.care_team) == (world.centre, world.team)
    rows = {row.programme: row for row in Assessment.objects.filter(encounter=outcome.encounter)}
    assert (rows["hypertension"].klass, rows["hypertension"].action) == ("uncontrolled", "adjust")
    assert (rows["diabetes"].klass, rows["diabetes"].action) == ("controlled", "routine")
    assert outcome.fulfilled.reason == "first"
    assert (due(patient).due_on, due(patient).reason) == (date(2026, 1, 24), "adjust")
    assert waiting(patient) == {"2026-01-24"}
    line = AuditEvent.objects.get(action="visit.record", patient_id=patient.pk)
    assert line.agent_id == str(world.doctor.pk)
    patient.refresh_from_db()
    assert (patient.last_visit_on, patient.last_systolic) == (date(2026, 1, 10), 152)
    assert outcome.encounter.further_observations.get().value == Decimal("7.1")


def test_the_second_uncontrolled_visit_in_a_row_advises_a_referral(world: World, patient: Patient) -> None:
    save(world, patient, "2026-01-10", systolic=152, diastolic=88, fasting_glucose=6.4)
    outcome = save(world, patient, "2026-01-24", systolic=151, diastolic=86, fasting_glucose=6.1)
    task = Task.objects.open().get(patient=patient)
    assert task == outcome.advice
    assert (task.kind, task.programme, task.urgency) == ("referral_advised", "hypertension", "routine")
    assert (task.basis_kind, task.basis_id) == ("encounter", str(outcome.encounter.pk))
    assert (task.care_team, task.role) == (world.team, "general_practitioner")
    assert task.reasons[0]["params"]["before_on"] == "2026-01-10"


def test_an_open_advice_is_brought_up_to_the_newest_visit_and_ends_when_the_disease_is_controlled(
    world: World, patient: Patient
) -> None:
    for day in ("2026-01-10", "2026-01-24"):
        save(world, patient, day, systolic=152, diastolic=88)
    first = Task.objects.open().get(patient=patient)
    emergency = save(world, patient, "2026-02-07", systolic=186, diastolic=100)
    assert Task.objects.filter(patient=patient).count() == 1
    assert (emergency.advice.pk, emergency.advice.urgency) == (first.pk, "emergency")
    phone = save(world, patient, "2026-02-10", method="phone")
    assert phone.withdrawn is None
    better = save(world, patient, "2026-02-21", systolic=130, diastolic=80)
    first.refresh_from_db()
    assert better.withdrawn == first
    assert (first.status, first.outcome) == ("cancelled", "controlled_since")


def test_a_visit_before_the_due_day_fulfils_it_and_its_reminder_does_not_leave(
    world: World, patient: Patient
) -> None:
    save(world, patient, "2026-01-10", systolic=130, diastolic=80, fasting_glucose=6.0)
    assert waiting(patient) == {"2026-04-10"}
    outcome = save(world, patient, "2026-02-10", systolic=150, diastolic=80, fasting_glucose=6.0)
    assert outcome.fulfilled.fulfilled_on == date(2026, 2, 10)
    assert waiting(patient) == {"2026-02-24"}


def test_a_follow_up_booked_after_the_day_of_a_late_entry_is_only_brought_forward(
    world: World, patient: Patient
) -> None:
    save(world, patient, "2026-01-10", systolic=130, diastolic=80, fasting_glucose=6.0)
    Appointment.objects.booked().filter(patient=patient).update(
        booked_on=date(2026, 3, 1), due_on=date(2026, 3, 8)
    )
    outcome = save(world, patient, "2026-02-25", systolic=150, diastolic=80, fasting_glucose=6.0)
    assert outcome.fulfilled is None
    assert due(patient).due_on == date(2026, 3, 8)
    outcome = save(world, patient, "2026-02-26", systolic=150, diastolic=80, fasting_glucose=6.0)
    assert outcome.advice is not None
    assert due(patient).due_on == date(2026, 3, 8)


def test_a_visit_entered_late_is_judged_by_what_came_before_it_and_moves_nothing(
    world: World, patient: Patient
) -> None:
    save(world, patient, "2026-01-10", systolic=152, diastolic=88, fasting_glucose=6.0)
    save(world, patient, "2026-03-10", systolic=130, diastolic=80, fasting_glucose=6.0)
    standing = due(patient)
    late = save(
        world,
        patient,
        "2026-02-10",
        systolic=155,
        diastolic=80,
        recorded_at=datetime(2026, 3, 12, tzinfo=UTC),
    )
    assert late.latest is False
    assert late.decision.programmes["hypertension"].action == "refer"
    assert not Task.objects.filter(patient=patient).exists()
    assert due(patient).due_on == standing.due_on
    patient.refresh_from_db()
    assert (patient.last_visit_on, patient.last_systolic) == (date(2026, 3, 10), 130)


def test_the_same_id_again_is_identical_and_with_other_content_a_conflict(
    world: World, patient: Patient
) -> None:
    key = uuid4()
    first = save(world, patient, "2026-01-10", id=key, systolic=152, diastolic=88, hba1c=Decimal("7.10"))
    again = save(world, patient, "2026-01-10", id=key, systolic=152, diastolic=88, hba1c=Decimal("7.1"))
    other = save(world, patient, "2026-01-10", id=key, systolic=151, diastolic=88, hba1c=Decimal("7.1"))
    assert [first.status, again.status, other.status] == ["created", "identical", "conflict"]
    assert other.encounter.systolic == 152
    assert Encounter.objects.filter(patient=patient).count() == 1


def test_an_id_of_another_persons_visit_is_a_conflict_that_tells_nothing(
    world: World, patient: Patient
) -> None:
    key = uuid4()
    neighbour = world.patient("王建国", Programme.HYPERTENSION)
    save(world, neighbour, "2026-01-10", id=key, systolic=152, diastolic=88)
    outcome = save(world, patient, "2026-01-11", id=key, systolic=130, diastolic=80)
    assert (outcome.status, outcome.encounter) == ("conflict", None)
    assert not Encounter.objects.filter(patient=patient).exists()


def test_many_visits_take_as_many_statements_as_one_and_a_bad_one_keeps_nobody_out(world: World) -> None:
    people = [world.patient(name, *BOTH) for name in ("王国", "李军", "赵华", "钱平", "孙安")]
    moment = datetime(2026, 3, 1, tzinfo=UTC)

    def entries(day: date) -> list[visits.Entry]:
        good = VisitInput({"systolic": 152, "diastolic": 88, "fasting_glucose": Decimal("7.4")})
        bad = VisitInput({"systolic": 400, "diastolic": 88})
        content = [good, good, bad, good, good]
        return [visits.Entry(p.pk, c, day, "home", moment) for p, c in zip(people, content, strict=True)]

    later = [*entries(date(2026, 1, 10)), *entries(date(2026, 1, 24))]
    with CaptureQueriesContext(
        connection,
    ) as captured:
        outcomes = visits.record_all(later, by=world.api_client, source=EntrySource.API)
    assert len(counted(captured)) <= BUDGET
    refused = [outcome for outcome in outcomes if isinstance(outcome, VisitRefused)]
    assert [fault.field for each in refused for fault in each.faults] == ["observations.systolic"] * 2
    assert Task.objects.open().count() == 4
    assert Appointment.objects.booked().filter(due_on=date(2026, 2, 7)).count() == 4
    assert Encounter.objects.filter(practitioner_name="区域平台").count() == 8


def counted(captured: CaptureQueriesContext) -> list[str]:
    """Statements but for those that open, mark and end transactions."""
    frame = ("BEGIN", "SAVEPOINT", "RELEASE", "COMMIT", "ROLLBACK")
    return [q["sql"] for q in captured.captured_queries if not q["sql"].upper().startswith(frame)]


def test_the_fullest_visit_keeps_the_statement_budget(world: World, patient: Patient) -> None:
    old = MedicationStatement.objects.create(
        patient=patient,
        organization=world.centre,
        name="氨氯地平",
        dosage="5 mg",
        started_on=date(2025, 1, 1),
    )
    save(world, patient, "2026-01-10", systolic=152, diastolic=88, fasting_glucose=7.4)
    reading = VisitInput(
        observations={"systolic": 155, "diastolic": 88, "heart_rate": 80, "temperature": Decimal("36.5"),
                      "weight": 62, "waist": 86, "fasting_glucose": Decimal("7.8"), "hba1c": Decimal("7.9")},
        medications=(MedicationChange("氨氯地平", "10 mg", old.pk), MedicationChange("缬沙坦", "80 mg")),
    )  # fmt: skip
    with CaptureQueriesContext(connection) as captured:
        visits.record(patient.pk, reading, on=date(2026, 1, 24), method="clinic", by=world.doctor, id=uuid4(),
                      source=EntrySource.FORM, recorded_at=datetime(2026, 1, 24, tzinfo=UTC), visit_count=1)  # fmt: skip
    assert len(counted(captured)) <= BUDGET, "\n".join(counted(captured))
    old.refresh_from_db()
    assert (old.status, old.ended_on) == ("stopped", date(2026, 1, 24))


def test_two_visits_that_begin_the_same_medicine_do_not_fail_each_other(
    world: World, patient: Patient
) -> None:
    reading = VisitInput(
        {"systolic": 152, "diastolic": 88}, medications=(MedicationChange("氨氯地平", "5 mg"),)
    )
    entries = [
        visits.Entry(patient.pk, reading, date(2026, 1, n), "clinic", datetime(2026, 1, n, tzinfo=UTC))
        for n in (10, 24)
    ]
    first, second = visits.record_all(entries, by=world.doctor, source=EntrySource.API)
    assert isinstance(second, VisitRefused)
    assert second.faults[0].code == "taken"
    assert not isinstance(first, VisitRefused)
    assert MedicationStatement.objects.filter(patient=patient, name="氨氯地平").count() == 1


def test_deciding_writes_nothing_and_says_what_saving_says(world: World, patient: Patient) -> None:
    save(world, patient, "2026-01-10", systolic=152, diastolic=88)
    reading = VisitInput({"systolic": 155, "diastolic": 88})
    with CaptureQueriesContext(connection) as captured:
        told = visits.decide(patient, reading, on=date(2026, 1, 24), method="clinic", today=date(2026, 1, 24))
    assert len(captured) == 1
    assert told == save(world, patient, "2026-01-24", systolic=155, diastolic=88).decision


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"systolic": 49, "diastolic": 30}, "observations.systolic", "out_of_range"),
        ({"systolic": 80, "diastolic": 130}, "observations.diastolic", "diastolic_not_below_systolic"),
        ({"systolic": 120, "diastolic": 120}, "observations.diastolic", "diastolic_not_below_systolic"),
        ({"fasting_glucose": 126}, "observations.fasting_glucose", "other_unit"),
        ({"danger_signs": ("fainting",)}, "danger_signs", "unknown"),
        ({"salt": "sweet"}, "salt", "unknown"),
        ({"cigarettes_per_day": 201}, "cigarettes_per_day", "out_of_range"),
        ({"method": "letter"}, "method", "unknown"),
        ({"recorded_at": datetime(2026, 1, 8, tzinfo=UTC)}, "on", "future"),
        ({"medications": (MedicationChange(),)}, "medications[0].name", "missing"),
    ],
)
def test_what_cannot_be_is_refused_with_the_path_of_its_field(
    world: World, patient: Patient, given: dict[str, object], field: str, code: str
) -> None:
    with pytest.raises(VisitRefused) as refused:
        save(world, patient, "2026-01-10", **given)
    assert [(fault.field, fault.code) for fault in refused.value.faults] == [(field, code)]
    assert not Encounter.objects.filter(patient=patient).exists()


def test_a_day_without_management_is_refused_and_names_since_when(world: World, patient: Patient) -> None:
    with pytest.raises(VisitRefused) as refused:
        save(world, patient, "2023-12-31", systolic=130, diastolic=80)
    assert refused.value.faults[0].field == "on"
    assert refused.value.faults[0].params == {"day": "2024-01-01"}
    stranger = world.patient("周无病")
    with pytest.raises(VisitRefused) as refused:
        save(world, stranger, "2026-01-10", systolic=130, diastolic=80)
    assert refused.value.faults[0].code == "not_managed"


def test_a_visit_between_two_enrolments_is_judged_for_the_one_that_ran(
    world: World, patient: Patient
) -> None:
    later = Enrolment.objects.get(patient=patient, programme="diabetes")
    later.period = type(later.period)(date(2026, 1, 1), None)
    later.save()
    outcome = save(world, patient, "2025-12-01", systolic=130, diastolic=80)
    assert list(outcome.decision.programmes) == ["hypertension"]


def test_a_page_opened_before_another_visit_was_recorded_is_a_conflict(
    world: World, patient: Patient
) -> None:
    theirs = save(world, patient, "2026-01-10", systolic=150, diastolic=80, visit_count=0, by=world.colleague)
    mine = save(world, patient, "2026-01-10", systolic=130, diastolic=80, visit_count=0)
    assert (mine.status, mine.encounter) == ("conflict", theirs.encounter)
    assert due(patient).due_on - date(2026, 1, 10) == timedelta(days=14)


def test_a_page_that_counts_more_visits_than_there_are_is_out_of_date(world: World, patient: Patient) -> None:
    outcome = save(world, patient, "2026-01-10", systolic=152, diastolic=88, visit_count=7)
    assert (outcome.status, outcome.encounter) == ("conflict", None)
