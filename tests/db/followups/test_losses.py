"""Attempts, lost to follow-up by a person's word, found again; and the lead who is told of what is overdue."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from followups import reminders
from followups.calendar import contacts, escalation, losses
from followups.models import Appointment, ContactAttempt, FollowUpLoss
from journal.models import AuditEvent, Communication
from patients import enrolment
from patients.models import Enrolment
from patients.models.condition import EndReason
from patients.responsibilities import assign
from performance import rollup
from performance.models import IndicatorValue
from tests.at_once import at_once
from tests.db.followups.planned import due, tried, tried_in_vain
from tests.db.followups.recording import save
from tests.world import World, at

TODAY = date(2026, 11, 23)
NOW = at("2026-11-23T10:00")


@pytest.fixture
def late(world: World) -> Appointment:
    return due(world, "李佩兰", TODAY - timedelta(days=40))


def lose(world: World, row: Appointment, seen: int = 3) -> FollowUpLoss:
    return losses.confirm(row.patient_id, seen=seen, by=world.doctor, on=TODAY, at=NOW)


def test_an_attempt_says_when_to_call_again_until_the_next_one(world: World, late: Appointment) -> None:
    tried(world, late.patient, TODAY, call_again_on=TODAY + timedelta(days=3))
    late.refresh_from_db()
    assert late.call_again_on == TODAY + timedelta(days=3)
    tried(world, late.patient, TODAY, "reached")
    late.refresh_from_db()
    assert late.call_again_on is None
    assert AuditEvent.objects.filter(action="contact.attempt", patient_id=late.patient_id).count() == 2


def test_attempts_that_cannot_be_are_refused(world: World, late: Appointment) -> None:
    wrong = [
        {"on": TODAY + timedelta(days=1)},
        {"on": TODAY - timedelta(days=60)},
        {"on": TODAY, "call_again_on": TODAY},
        {"on": TODAY, "call_again_on": TODAY + timedelta(days=200)},
    ]
    for about in wrong:
        with pytest.raises(contacts.Refused):
            contacts.record(
                late.patient_id, method="phone", result="no_answer", today=TODAY, by=world.doctor, **about
            )
    enrolment.died(late.patient, on=TODAY, by=world.doctor)
    with pytest.raises(contacts.Refused):
        tried(world, late.patient, TODAY)


def test_an_attempt_is_never_changed(world: World, late: Appointment) -> None:
    row = tried(world, late.patient, TODAY)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        ContactAttempt.objects.filter(pk=row.pk).update(result="reached")


def test_the_rule_counts_days_in_vain_since_somebody_was_spoken_to(world: World, late: Appointment) -> None:
    patient = late.patient
    for days in (30, 28):
        tried(world, patient, TODAY - timedelta(days=days))
    tried(world, patient, TODAY - timedelta(days=20), "reached")
    for days in (14, 14, 7):
        tried(world, patient, TODAY - timedelta(days=days))
    tries = losses.tries_of(contacts.attempts_of(patient.pk), late)
    assert (tries.days, tries.reach, tries.enough) == (2, 7, False)
    with pytest.raises(losses.NotLost, match="2"):
        lose(world, late)
    tried(world, patient, TODAY)
    tries = losses.tries_of(contacts.attempts_of(patient.pk), late)
    assert (tries.days, tries.reach, tries.enough) == (3, 14, True)


def test_a_lost_resident_stays_managed_with_nothing_due_and_no_reminder(
    world: World, late: Appointment
) -> None:
    reminders.post([late])
    tried_in_vain(world, late.patient, until=TODAY)
    loss = lose(world, late)
    late.refresh_from_db()
    assert (late.status, loss.due_on, loss.attempts) == ("cancelled", late.due_on, 3)
    assert Enrolment.objects.filter(patient=late.patient, period__contains=TODAY).exists()
    assert (
        not Communication.objects.waiting().filter(key=reminders.key(late.patient_id, late.due_on)).exists()
    )
    with pytest.raises(losses.NotLost):
        lose(world, late)


def test_who_confirms_has_seen_the_attempts_that_count(world: World, late: Appointment) -> None:
    tried_in_vain(world, late.patient, until=TODAY)
    with pytest.raises(losses.NotLost):
        lose(world, late, seen=2)
    ahead = due(world, "未到期", TODAY)
    tried_in_vain(world, ahead.patient, until=TODAY)
    with pytest.raises(losses.NotLost):
        lose(world, ahead)


def test_after_very_many_attempts_all_that_count_are_seen_and_confirmed(
    world: World, late: Appointment
) -> None:
    for days in [*(day for day in range(27, -1, -1) for _time in range(2))]:
        tried(world, late.patient, TODAY - timedelta(days=days))
    assert len(contacts.attempts_of(late.patient_id)) == 50
    seen = losses.tries_of(contacts.attempts_for(late), late).counted
    assert len(seen) == 56
    assert lose(world, late, seen=len(seen)).attempts == 56


def test_found_again_the_follow_up_goes_on(world: World, late: Appointment) -> None:
    tried_in_vain(world, late.patient, until=TODAY)
    lose(world, late)
    later = TODAY + timedelta(days=10)
    for wrong in (later - timedelta(days=1), later + timedelta(days=60)):
        with pytest.raises(losses.NotLost):
            losses.found(late.patient_id, due_on=wrong, by=world.nurse, on=later)
    booked = losses.found(late.patient_id, due_on=later + timedelta(days=3), by=world.nurse, on=later)
    assert (booked.reason, booked.status, booked.due_on) == ("found", "booked", later + timedelta(days=3))
    loss = FollowUpLoss.objects.get()
    assert (loss.ended_on, loss.end_reason) == (later, "found")
    with pytest.raises(losses.NotLost):
        losses.found(late.patient_id, due_on=later, by=world.nurse, on=later)


@pytest.mark.parametrize(("on", "found"), [("2026-11-25", True), ("2026-11-20", False)])
def test_a_visit_finds_a_lost_resident_unless_it_is_of_the_time_before(
    world: World, late: Appointment, on: str, found: bool
) -> None:
    tried_in_vain(world, late.patient, until=TODAY)
    lose(world, late)
    save(world, late.patient, on, systolic=130, diastolic=80, recorded_at=at("2026-11-26T10:00"))
    assert Appointment.objects.booked().filter(patient=late.patient).exists() is found
    assert FollowUpLoss.objects.open().exists() is not found


def test_a_loss_ends_with_management_and_follows_a_move(world: World, late: Appointment) -> None:
    tried_in_vain(world, late.patient, until=TODAY)
    loss = lose(world, late)
    assign(
        late.patient, organization=world.other_centre, care_team=world.other_team, on=TODAY, by=world.doctor
    )
    loss.refresh_from_db()
    assert (loss.organization, loss.care_team) == (world.other_centre, world.other_team)
    enrolment.end(
        Enrolment.objects.get(patient=late.patient), on=TODAY, reason=EndReason.MOVED, by=world.doctor
    )
    loss.refresh_from_db()
    assert loss.end_reason == "unmanaged"


def test_a_death_ends_the_loss(world: World, late: Appointment) -> None:
    tried_in_vain(world, late.patient, until=TODAY)
    lose(world, late)
    enrolment.died(late.patient, on=TODAY, by=world.doctor)
    assert FollowUpLoss.objects.get().end_reason == "died"


def test_lost_counts_as_not_on_target_until_found(world: World, late: Appointment) -> None:
    save(world, late.patient, "2026-01-10", systolic=130, diastolic=80)
    row = Appointment.objects.booked().get(patient=late.patient)

    def controlled(on: date) -> tuple[int, int]:
        rollup.full(on=on)
        value = IndicatorValue.objects.get(indicator="htn-controlled", month=on.replace(day=1))
        return value.numerator, value.denominator

    assert controlled(TODAY) == (1, 1)
    tried_in_vain(world, late.patient, until=TODAY)
    lose(world, row)
    assert controlled(TODAY) == (0, 1)
    losses.found(late.patient_id, due_on=date(2026, 12, 9), by=world.doctor, on=date(2026, 12, 1))
    assert controlled(date(2026, 12, 2)) == (1, 1)


def test_the_refresh_hears_of_a_loss(world: World, late: Appointment) -> None:
    """The month in which somebody was lost is counted anew, even when the follow-up was due in the year before."""
    save(world, late.patient, "2026-01-10", systolic=130, diastolic=80)
    row = Appointment.objects.booked().get(patient=late.patient)
    Appointment.objects.filter(pk=row.pk).update(due_on=date(2025, 12, 1), booked_on=date(2025, 11, 1))
    rollup.full(on=TODAY)
    tried_in_vain(world, late.patient, until=TODAY)
    row.refresh_from_db()
    lose(world, row)
    from performance.dirty import KINDS

    assert "follow-up-loss" in KINDS


def test_the_lead_is_told_once_of_what_is_overdue_for_too_long(world: World) -> None:
    long, short = due(world, "甲", TODAY - timedelta(days=15)), due(world, "乙", TODAY - timedelta(days=14))
    assert escalation.escalate(on=TODAY, at=NOW) == 1
    assert escalation.escalate(on=TODAY, at=NOW) == 0
    long.refresh_from_db()
    short.refresh_from_db()
    assert (long.escalated_on, short.escalated_on) == (TODAY, None)
    (message,) = Communication.objects.filter(kind=escalation.KIND)
    assert (message.recipient_kind, message.recipient_id) == ("user", str(world.team_lead.pk))
    assert message.content["path"] == f"/calendar/{world.team.pk}/?escalated=1"
    assert message.patient_id is None


def test_a_team_without_a_lead_is_told_itself(world: World) -> None:
    row = due(world, "甲", TODAY - timedelta(days=20), care_team=world.second_team)
    escalation.escalate(on=TODAY, at=NOW)
    (message,) = Communication.objects.filter(kind=escalation.KIND)
    assert (message.recipient_kind, message.recipient_id) == ("team", str(row.care_team_id))


def test_two_confirm_at_the_same_moment_and_one_is_told(committed_world: World) -> None:
    world = committed_world
    row = due(world, "李佩兰", TODAY - timedelta(days=40))
    tried_in_vain(world, row.patient, until=TODAY)
    results = at_once(*[lambda: lose(world, row) for _ in range(2)])
    assert sorted(type(result).__name__ for result in results) == ["FollowUpLoss", "NotLost"], results


def test_the_database_refuses_two_open_losses_and_an_end_without_a_reason(
    world: World, late: Appointment
) -> None:
    tried_in_vain(world, late.patient, until=TODAY)
    lose(world, late)
    values = {"patient": late.patient, "organization": world.centre, "lost_on": TODAY, "due_on": TODAY, "attempts": 3,
              "confirmed_by": world.doctor, "confirmed_at": NOW}  # fmt: skip
    for more in ({}, {"ended_on": TODAY}, {"ended_on": TODAY, "end_reason": "whim"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            FollowUpLoss.objects.create(**values, **more)
