"""The table of states: every event, from every state, by every side and role, is allowed or refused as written."""

from datetime import timedelta
from itertools import product

import pytest

from alliances.models import Role
from patients.models.task import Urgency
from referrals.states import (
    ANSWER_CLOCK,
    ENDED,
    TABLE,
    Event,
    Need,
    Side,
    State,
    StepRefused,
    allowed,
    find,
    moves,
)
from tests.world import at

GP, LEAD, DESK, SPECIALIST = (
    Role.GENERAL_PRACTITIONER,
    Role.TEAM_LEAD,
    Role.REFERRAL_DESK,
    Role.SPECIALIST,
)
SENDER, RECEIVER = Side.SENDER, Side.RECEIVER

# Written down a second time, by hand, from the design: event → states, side and roles that may do it (routine).
BY_HAND: dict[Event, tuple[set[State], Side, set[Role]]] = {
    Event.SUBMIT: ({State.DRAFT}, SENDER, {GP, LEAD}),
    Event.ASK: ({State.SUBMITTED}, RECEIVER, {DESK, SPECIALIST}),
    Event.ANSWER: ({State.INFO_REQUESTED}, SENDER, {GP, LEAD}),
    Event.ACCEPT: ({State.SUBMITTED}, RECEIVER, {DESK, SPECIALIST}),
    Event.DECLINE: ({State.SUBMITTED}, RECEIVER, {DESK, SPECIALIST}),
    Event.REDIRECT: ({State.SUBMITTED}, RECEIVER, {DESK, SPECIALIST}),
    Event.SCHEDULE: ({State.ACCEPTED, State.NO_SHOW}, RECEIVER, {DESK, SPECIALIST}),
    Event.ARRIVE: ({State.ACCEPTED, State.SCHEDULED}, RECEIVER, {DESK, SPECIALIST}),
    Event.MISS: ({State.SCHEDULED}, RECEIVER, {DESK, SPECIALIST}),
    Event.ADMIT: ({State.ATTENDED}, RECEIVER, {DESK, SPECIALIST}),
    Event.RETURN: ({State.ATTENDED, State.IN_TREATMENT}, RECEIVER, {SPECIALIST}),
    Event.CONFIRM: ({State.RETURNED}, SENDER, {GP, LEAD}),
    Event.ASK_TO_CANCEL: ({State.ACCEPTED, State.SCHEDULED, State.NO_SHOW}, SENDER, {GP, LEAD}),
    Event.CANCEL: ({State.DRAFT, State.SUBMITTED}, SENDER, {GP, LEAD}),
    Event.AGREE: ({State.CANCELLATION_REQUESTED}, RECEIVER, {DESK, SPECIALIST}),
    Event.REFUSE: ({State.CANCELLATION_REQUESTED}, RECEIVER, {DESK, SPECIALIST}),
}
BY_PEOPLE = tuple(BY_HAND)
ROLES = (GP, LEAD, DESK, SPECIALIST, Role.NURSE, Role.ORGANIZATION_ADMIN, Role.OPERATOR)


def may(event: Event, state: State, side: Side, role: Role, urgency: Urgency = Urgency.ROUTINE) -> bool:
    try:
        find(event, state=state, side=side, roles={role}, urgency=urgency, given=set(Need))
    except StepRefused:
        return False
    return True


@pytest.mark.parametrize("event", BY_PEOPLE)
def test_every_state_side_and_role_is_allowed_or_refused_as_designed(event: Event) -> None:
    states, side_of, roles_of = BY_HAND[event]
    for state, side, role in product(State, (SENDER, RECEIVER), ROLES):
        expected = state in states and side is side_of and role in roles_of
        assert may(event, state, side, role) is expected, (event, state, side, role)


def test_closing_without_a_return_is_the_specialists_once_the_patient_is_there() -> None:
    for state, role in product(State, ROLES):
        before = state in (State.NO_SHOW, State.INFO_REQUESTED) and role in (DESK, SPECIALIST)
        there = state in (State.ATTENDED, State.IN_TREATMENT) and role is SPECIALIST
        assert may(Event.CLOSE, state, RECEIVER, role) is (before or there), (state, role)
        assert not may(Event.CLOSE, state, SENDER, role)


def test_only_an_emergency_may_arrive_before_it_was_answered() -> None:
    assert may(Event.ARRIVE, State.SUBMITTED, RECEIVER, SPECIALIST, Urgency.EMERGENCY)
    assert not may(Event.ARRIVE, State.SUBMITTED, RECEIVER, SPECIALIST, Urgency.URGENT)


def test_only_a_routine_request_expires_and_only_by_the_clock() -> None:
    assert find(Event.EXPIRE, state=State.SUBMITTED, side=Side.CLOCK, roles=(), urgency=Urgency.ROUTINE)
    for urgency in (Urgency.URGENT, Urgency.EMERGENCY):
        with pytest.raises(StepRefused):
            find(Event.EXPIRE, state=State.SUBMITTED, side=Side.CLOCK, roles=(), urgency=urgency)


def test_nothing_leads_out_of_an_end() -> None:
    assert not {source for source, _to in moves()} & set(ENDED)


def test_every_state_that_is_not_an_end_can_be_left_and_every_state_reached() -> None:
    assert {source for source, _to in moves()} == set(State) - set(ENDED)
    assert {to for _source, to in moves()} | {State.DRAFT} == set(State)


def test_every_event_has_a_row() -> None:
    assert {row.event for row in TABLE} == set(Event)


def test_a_missing_need_is_named() -> None:
    with pytest.raises(StepRefused) as refused:
        find(
            Event.DECLINE,
            state=State.SUBMITTED,
            side=RECEIVER,
            roles={DESK},
            urgency=Urgency.ROUTINE,
            given={Need.CODE},
        )
    assert refused.value.code == Need.TEXT


def test_the_first_reason_is_named_state_then_side_then_role() -> None:
    def code(state: State, side: Side, role: Role) -> str:
        with pytest.raises(StepRefused) as refused:
            find(Event.RETURN, state=state, side=side, roles={role}, urgency=Urgency.ROUTINE, given=set(Need))
        return refused.value.code

    assert code(State.SUBMITTED, SENDER, GP) == "state"
    assert code(State.ATTENDED, SENDER, SPECIALIST) == "side"
    assert code(State.ATTENDED, RECEIVER, DESK) == "role"


def test_a_desk_sees_the_buttons_of_a_submitted_request() -> None:
    buttons = allowed(state=State.SUBMITTED, side=RECEIVER, roles={DESK}, urgency=Urgency.ROUTINE)
    assert buttons == {Event.ASK, Event.ACCEPT, Event.DECLINE, Event.REDIRECT}
    assert allowed(state=State.SUBMITTED, side=None, roles={DESK}, urgency=Urgency.ROUTINE) == set()


def test_the_answer_clock_by_urgency() -> None:
    friday = at("2026-11-20T10:00")
    due = {urgency: clock.end(friday) for urgency, clock in ANSWER_CLOCK.items()}
    assert due[Urgency.EMERGENCY] == friday + timedelta(minutes=30)
    assert due[Urgency.URGENT] == friday + timedelta(hours=24)
    assert due[Urgency.ROUTINE] == at("2026-11-24T10:00")  # two working days, the weekend stands still
