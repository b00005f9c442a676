"""Referrals read agreements: who comes first, how fast an answer is due, how many places a day."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from alliances import agreements
from alliances.agreements import Line, Terms
from alliances.models import Agreement, Department, Organization
from alliances.paper_fields import period_of
from patients.models import Contract, Patient
from patients.models.task import Urgency
from patients.programmes import Programme
from referrals import handovers
from referrals.handovers import Refused
from referrals.models import ServiceRequest, State
from referrals.states import SlotKind
from referrals.targets import targets_for
from referrals.terms import terms_of
from tests.at_once import at_once
from tests.db.referrals.conftest import FRIDAY, later, letter, make_patient
from tests.world import World, at

TODAY = FRIDAY.date()
MONDAY = at("2026-11-23T09:00")
TERMS = Terms(
    phone="023-00661000-8101", answer_emergency_minutes=15, answer_urgent_hours=4, answer_routine_days=1
)


def agree(world: World, *lines: Line, target: Organization | None = None, terms: Terms = TERMS) -> Agreement:
    period = period_of(date(2026, 1, 1), date(2026, 12, 31))
    return agreements.make(
        world.centre, target or world.secondary, period, terms, lines, by=world.centre_admin
    )


def accepted(world: World, **changes: Any) -> ServiceRequest:
    request = handovers.send(make_patient(world), letter(world, **changes), by=world.doctor, at=FRIDAY)
    handovers.accept(request.pk, by=world.specialist, at=later(1))
    return request


def schedule(world: World, request: ServiceRequest, slot: datetime, kind: SlotKind = SlotKind.CLINIC) -> Any:
    return handovers.schedule(request.pk, slot, "3 诊室", by=world.specialist, at=later(2), kind=kind)


# ---- who comes first


def test_among_equals_the_department_of_an_agreement_comes_first(world: World, patient: Patient) -> None:
    Contract.objects.filter(patient=patient).delete()
    other = Organization.objects.create(code="zzz", name="另一区医院", tier="secondary")
    heart = Department.objects.create(
        organization=other, code="a", name="心内科", programmes=["hypertension"]
    )
    assert targets_for(patient, programme="hypertension", on=TODAY).default == world.cardiology
    agree(world, Line(heart.pk), target=other)
    assert targets_for(patient, programme="hypertension", on=TODAY).default == heart
    assert targets_for(patient, programme="hypertension", on=date(2027, 1, 1)).default == world.cardiology


def test_the_contracts_hospital_stays_the_default(world: World, patient: Patient) -> None:
    other = Organization.objects.create(code="aaa", name="另一区医院", tier="secondary")
    heart = Department.objects.create(
        organization=other, code="a", name="心内科", programmes=["hypertension"]
    )
    agree(world, Line(heart.pk), target=other)
    found = targets_for(patient, programme="hypertension", on=TODAY)
    assert (found.default, found.departments[1]) == (world.cardiology, heart)


def test_a_line_says_which_diseases_its_department_takes(world: World, patient: Patient) -> None:
    agree(world, Line(world.cardiology.pk, ["chd"]), Line(world.endocrinology.pk, ["hypertension"], 2, 0))
    found = targets_for(patient, programme="hypertension", on=TODAY)
    assert found.default == world.endocrinology
    (named,) = terms_of(found, programme="hypertension", on=TODAY)
    assert (named.department, named.left.clinic, named.left.beds) == (world.endocrinology, 2, 0)
    assert named.agreement.phone == TERMS.phone


# ---- how fast


@pytest.mark.parametrize(
    ("urgency", "due"),
    [
        (Urgency.EMERGENCY, "2026-11-20T10:15"),
        (Urgency.URGENT, "2026-11-20T14:00"),
        (Urgency.ROUTINE, "2026-11-23T10:00"),  # one working day from Friday at ten
    ],
)
def test_an_answer_is_due_when_the_agreement_says(
    world: World, patient: Patient, urgency: Urgency, due: str
) -> None:
    agree(world)
    sent = handovers.send(patient, letter(world, urgency=urgency), by=world.doctor, at=FRIDAY)
    assert sent.due_at == at(due)


def test_what_the_agreement_leaves_open_is_as_usual(world: World, patient: Patient) -> None:
    agree(world, terms=Terms(phone="1", answer_urgent_hours=4))
    sent = handovers.send(patient, letter(world), by=world.doctor, at=FRIDAY)
    assert sent.due_at == at("2026-11-24T10:00")


def test_what_is_passed_on_has_the_clock_of_its_new_hospital(world: World, sent: ServiceRequest) -> None:
    agree(world, target=world.tertiary)
    onward = handovers.redirect(
        sent.pk, world.tertiary_cardiology, "需造影", by=world.specialist, at=at("2026-11-20T11:00")
    )
    assert onward.due_at == at("2026-11-23T11:00")


def test_a_question_stops_the_agreed_clock_and_the_answer_goes_on_with_what_was_left(
    world: World, patient: Patient
) -> None:
    agree(world)
    sent = handovers.send(patient, letter(world, urgency=Urgency.URGENT), by=world.doctor, at=FRIDAY)
    handovers.ask(sent.pk, "?", by=world.specialist, at=later(1))
    handovers.answer(sent.pk, "!", by=world.doctor, at=later(5))
    sent.refresh_from_db()
    assert sent.due_at == later(8)


# ---- how many


def test_a_full_day_is_refused_with_the_next_free_working_day(world: World) -> None:
    agree(world, Line(world.cardiology.pk, [], 1, None))
    friday = at("2026-11-27T09:00")
    schedule(world, accepted(world), friday)
    with pytest.raises(Refused, match=r"2026-11-27.*2026-11-30") as refused:
        schedule(world, accepted(world), friday + timedelta(hours=2))
    assert refused.value.code == "slot"
    schedule(world, accepted(world), at("2026-11-30T09:00"))
    with pytest.raises(Refused, match="2026-12-01"):
        schedule(world, accepted(world), friday)


def test_clinic_and_bed_are_counted_apart_and_what_is_not_limited_is_not_counted(world: World) -> None:
    agree(world, Line(world.cardiology.pk, [], 1, None))
    schedule(world, accepted(world), MONDAY)
    for _patient in range(2):
        schedule(world, accepted(world), MONDAY, SlotKind.BED)


def test_accepting_with_a_time_takes_a_place_too_and_a_refusal_leaves_everything_as_it_was(
    world: World,
) -> None:
    agree(world, Line(world.cardiology.pk, [], 1, 0))
    schedule(world, accepted(world), MONDAY)
    request = handovers.send(make_patient(world), letter(world), by=world.doctor, at=FRIDAY)
    with pytest.raises(Refused, match="2026-11-24"):
        handovers.accept(request.pk, by=world.specialist, at=later(1), slot=MONDAY)
    request.refresh_from_db()
    assert request.state == State.SUBMITTED
    with pytest.raises(Refused, match="近期均无"):
        handovers.accept(request.pk, by=world.specialist, at=later(1), slot=MONDAY, kind=SlotKind.BED)


def test_a_place_is_given_back_by_a_cancellation_and_by_who_did_not_come(world: World) -> None:
    agree(world, Line(world.cardiology.pk, [], 1, None))
    first = accepted(world)
    schedule(world, first, MONDAY)
    handovers.ask_to_cancel(first.pk, "外出", by=world.doctor, at=later(3))
    with pytest.raises(Refused):
        schedule(world, accepted(world), MONDAY)
    handovers.agree(first.pk, by=world.specialist, at=later(4))
    second = accepted(world)
    schedule(world, second, MONDAY)
    handovers.miss(second.pk, by=world.specialist, at=MONDAY + timedelta(hours=1))
    assert schedule(world, accepted(world), MONDAY + timedelta(hours=3))


def test_moving_an_appointment_within_its_day_needs_no_second_place(world: World) -> None:
    agree(world, Line(world.cardiology.pk, [], 1, None))
    request = accepted(world)
    schedule(world, request, MONDAY)
    handovers.miss(request.pk, by=world.specialist, at=MONDAY + timedelta(hours=1))
    handovers.schedule(
        request.pk, MONDAY + timedelta(hours=4), "", by=world.specialist, at=MONDAY + timedelta(hours=2)
    )


def test_an_emergency_gets_a_place_on_a_full_day(world: World) -> None:
    agree(world, Line(world.cardiology.pk, [], 0, 0))
    assert schedule(world, accepted(world, urgency=Urgency.EMERGENCY), MONDAY)


def test_requests_of_another_centre_take_none_of_these_places(world: World) -> None:
    agree(world, Line(world.cardiology.pk, [], 1, None))
    schedule(world, accepted(world), MONDAY)
    elsewhere = make_patient(world, organization=world.other_centre)
    request = handovers.send(elsewhere, letter(world), by=world.outsider, at=FRIDAY)
    handovers.accept(request.pk, by=world.specialist, at=later(1), slot=MONDAY)
    request.refresh_from_db()
    assert (request.state, request.agreement_line) == (State.SCHEDULED, None)


def test_what_is_left_today_is_told_in_the_letter(world: World, patient: Patient) -> None:
    agree(world, Line(world.cardiology.pk, [], 2, 1))
    schedule(world, accepted(world), MONDAY)
    found = targets_for(patient, programme=Programme.HYPERTENSION, on=MONDAY.date())
    (named,) = terms_of(found, programme=Programme.HYPERTENSION, on=MONDAY.date())
    assert (named.left.clinic, named.left.beds) == (1, 1)
    assert named.is_full is False


def test_the_last_place_is_given_once(committed_world: World) -> None:
    """Two desks take the last place of a day at the same moment, over two connections."""
    world = committed_world
    agree(world, Line(world.cardiology.pk, [], 1, None))
    for round_ in range(3):
        day = MONDAY + timedelta(days=round_)
        first, second = accepted(world), accepted(world)
        results = at_once(
            lambda one=first, on=day: schedule(world, one, on),
            lambda one=second, on=day: handovers.schedule(
                one.pk, on + timedelta(hours=1), "", by=world.second_specialist, at=later(2)
            ),
        )
        told = [result for result in results if isinstance(result, Refused)]
        assert len(told) == 1, results
        assert f"{day:%Y-%m-%d}" in str(told[0])
        assert (
            ServiceRequest.objects.filter(state=State.SCHEDULED, scheduled_for__date=day.date()).count() == 1
        )


def test_a_place_that_is_waited_for_is_seen_taken(committed_world: World) -> None:
    """Not luck: who comes second waits for the line and then counts what the first one wrote."""
    world = committed_world
    agree(world, Line(world.cardiology.pk, [], 2, None))
    requests = [accepted(world) for _each in range(4)]
    results = at_once(*[lambda one=one: schedule(world, one, MONDAY) for one in requests])
    assert sum(isinstance(result, Refused) for result in results) == 2, results


def test_a_department_that_leaves_the_agreement_leaves_its_appointments_standing(world: World) -> None:
    made = agree(world, Line(world.cardiology.pk, [], 1, None))
    request = accepted(world)
    schedule(world, request, MONDAY)
    agreements.change(made, made.period, TERMS, [], on=TODAY, by=world.centre_admin)
    request.refresh_from_db()
    assert (request.state, request.agreement_line) == (State.SCHEDULED, None)
