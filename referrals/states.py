"""The life of a referral as one table, and the small interpreter that reads it. No database, no clock.

Each row of `TABLE` says: this event leads from these states to that one, when somebody of this side in one of these
roles does it and gives what is needed; then this clock starts. Use-cases ask `find`, pages ask `allowed`, the
database's CHECK constraints and trigger are generated from the same rows (referrals/models.py).
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _

from alliances.models import Role
from alliances.workdays import after_working_time, working_time
from patients.models.task import Urgency


class Direction(models.TextChoices):
    UP = "up", _("upward")
    DOWN = "down", _("downward")


class State(models.TextChoices):
    """Where a request stands, in FHIR Task words where they exist."""

    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("awaiting an answer")
    INFO_REQUESTED = "info_requested", _("asked back")
    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", _("declined")
    REDIRECTED = "redirected", _("passed on")
    SCHEDULED = "scheduled", _("appointment made")
    ATTENDED = "attended", _("arrived")
    NO_SHOW = "no_show", _("did not come")
    IN_TREATMENT = "in_treatment", _("in treatment")
    RETURNED = "returned", _("returned, to be confirmed")
    COMPLETED = "completed", _("completed")
    CLOSED = "closed", _("closed")
    CANCELLATION_REQUESTED = "cancellation_requested", _("cancellation asked for")
    CANCELLED = "cancelled", _("cancelled")
    EXPIRED = "expired", _("expired without an answer")


ENDED = (State.DECLINED, State.REDIRECTED, State.COMPLETED, State.CLOSED, State.CANCELLED, State.EXPIRED)
#: States in which the hospital has taken the patient on: the department sees the record.
IN_CARE = (State.ACCEPTED, State.SCHEDULED, State.NO_SHOW, State.ATTENDED, State.IN_TREATMENT)


class SlotKind(models.TextChoices):
    """What an appointment takes from the day's capacity."""

    CLINIC = "clinic", _("clinic visit")
    BED = "bed", _("bed")


#: States in which an appointment takes its place on its day: who did not come or was cancelled has given it back.
TAKES_A_SLOT = (
    State.SCHEDULED, State.CANCELLATION_REQUESTED, State.ATTENDED, State.IN_TREATMENT, State.RETURNED, State.COMPLETED,
)  # fmt: skip


class Side(models.TextChoices):
    SENDER = "sender", _("sender")
    RECEIVER = "receiver", _("receiver")
    CLOCK = "clock", _("the clock")
    SYSTEM = "system", _("the archive")


class Event(models.TextChoices):
    """What somebody does; each has a row below."""

    DRAFT = "draft", _("drafted")
    SUBMIT = "submit", _("submitted")
    ASK = "ask", _("asked back")
    ANSWER = "answer", _("answered the question")
    ACCEPT = "accept", _("accepted")
    DECLINE = "decline", _("declined")
    REDIRECT = "redirect", _("passed on")
    SCHEDULE = "schedule", _("appointment made")
    ARRIVE = "arrive", _("arrived")
    MISS = "miss", _("did not come")
    CLOSE = "close", _("closed")
    ADMIT = "admit", _("treatment begun")
    RETURN = "return", _("returned")
    CONFIRM = "confirm", _("receipt confirmed")
    ASK_TO_CANCEL = "ask_to_cancel", _("cancellation asked for")
    CANCEL = "cancel", _("cancelled")
    AGREE = "agree", _("cancellation agreed")
    REFUSE = "refuse", _("cancellation refused")
    EXPIRE = "expire", _("expired")
    SETTLE = "settle", _("settled by an event in the archive")


class Need(StrEnum):
    """What must be given with an event."""

    CONSENT = "consent"
    TEXT = "text"
    CODE = "code"
    TARGET = "target"
    MOMENT = "moment"
    REPLY = "reply"


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time; `working` time passes on working days only."""

    length: timedelta
    working: bool = False

    def end(self, begin: datetime) -> datetime:
        """When a clock that begins at `begin` runs out."""
        return after_working_time(begin, self.length) if self.working else begin + self.length

    def left(self, at: datetime, due: datetime) -> timedelta:
        """What is left at a moment of a clock that runs out at `due`; negative when it is over."""
        return working_time(at, due) if self.working else due - at


_WORKING_DAY = Span(timedelta(days=1), working=True)
_TWO_WORKING_DAYS = Span(timedelta(days=2), working=True)
_TWO_WEEKS = Span(timedelta(days=14))

Clock = dict[Urgency, Span]

ANSWER_CLOCK: Clock = {
    Urgency.EMERGENCY: Span(timedelta(minutes=30)),
    Urgency.URGENT: Span(timedelta(hours=24)),
    Urgency.ROUTINE: _TWO_WORKING_DAYS,
}
APPOINTMENT_CLOCK: Clock = {
    Urgency.EMERGENCY: Span(timedelta(0)),
    Urgency.URGENT: Span(timedelta(days=3)),
    Urgency.ROUTINE: _TWO_WEEKS,
}


def _whatever(span: Span) -> Clock:
    return dict.fromkeys(Urgency, span)


SENDERS = (Role.GENERAL_PRACTITIONER, Role.TEAM_LEAD)
DESK = (Role.SPECIALIST, Role.REFERRAL_DESK)
SPECIALISTS = (Role.SPECIALIST,)
ALL_URGENCIES = tuple(Urgency)


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `to` None means: back to the state before. `clock` starts at the event; `resumes` goes on with what was
    left; `keeps_rest` writes down what is left; `from_slot` counts the clock from the appointment instead."""

    event: Event
    sources: tuple[State, ...]
    to: State | None
    side: Side
    roles: tuple[Role, ...] = ()
    needs: tuple[Need, ...] = ()
    clock: Clock | None = None
    urgencies: tuple[Urgency, ...] = ALL_URGENCIES
    keeps_rest: bool = False
    resumes: bool = False
    from_slot: bool = False


E, S, R = Event, State, Side

TABLE: tuple[Row, ...] = (
    Row(E.DRAFT, (), S.DRAFT, R.SENDER, SENDERS, (Need.TEXT, Need.TARGET)),
    Row(E.SUBMIT, (S.DRAFT,), S.SUBMITTED, R.SENDER, SENDERS, (Need.CONSENT,), ANSWER_CLOCK),
    Row(E.ASK, (S.SUBMITTED,), S.INFO_REQUESTED, R.RECEIVER, DESK, (Need.TEXT,), _whatever(_WORKING_DAY), keeps_rest=True),
    Row(E.ANSWER, (S.INFO_REQUESTED,), S.SUBMITTED, R.SENDER, SENDERS, (Need.TEXT,), ANSWER_CLOCK, resumes=True),
    Row(E.ACCEPT, (S.SUBMITTED,), S.ACCEPTED, R.RECEIVER, DESK, (), APPOINTMENT_CLOCK),
    Row(E.DECLINE, (S.SUBMITTED,), S.DECLINED, R.RECEIVER, DESK, (Need.CODE, Need.TEXT)),
    Row(E.REDIRECT, (S.SUBMITTED,), S.REDIRECTED, R.RECEIVER, DESK, (Need.TARGET, Need.TEXT)),
    # The first step of the new request that a redirection makes.
    Row(E.REDIRECT, (), S.SUBMITTED, R.RECEIVER, DESK, (Need.TARGET, Need.TEXT), ANSWER_CLOCK),
    # The slot's own clock: a day after it the patient counts as not come.
    Row(E.SCHEDULE, (S.ACCEPTED, S.NO_SHOW), S.SCHEDULED, R.RECEIVER, DESK, (Need.MOMENT,),
        _whatever(Span(timedelta(days=1))), from_slot=True),
    Row(E.ARRIVE, (S.SCHEDULED, S.ACCEPTED), S.ATTENDED, R.RECEIVER, DESK, (Need.MOMENT,), _whatever(_TWO_WEEKS)),
    Row(E.ARRIVE, (S.SUBMITTED,), S.ATTENDED, R.RECEIVER, DESK, (Need.MOMENT,), _whatever(_TWO_WEEKS),
        urgencies=(Urgency.EMERGENCY,)),
    Row(E.MISS, (S.SCHEDULED,), S.NO_SHOW, R.RECEIVER, DESK, (), _whatever(Span(timedelta(days=3)))),
    Row(E.CLOSE, (S.NO_SHOW, S.INFO_REQUESTED), S.CLOSED, R.RECEIVER, DESK, (Need.CODE, Need.TEXT)),
    Row(E.ADMIT, (S.ATTENDED,), S.IN_TREATMENT, R.RECEIVER, DESK, (), _whatever(_TWO_WEEKS)),
    Row(E.RETURN, (S.ATTENDED, S.IN_TREATMENT), S.RETURNED, R.RECEIVER, SPECIALISTS, (Need.REPLY,),
        _whatever(_TWO_WORKING_DAYS)),
    Row(E.CLOSE, (S.ATTENDED, S.IN_TREATMENT), S.CLOSED, R.RECEIVER, SPECIALISTS, (Need.CODE, Need.TEXT)),
    Row(E.CONFIRM, (S.RETURNED,), S.COMPLETED, R.SENDER, SENDERS),
    Row(E.ASK_TO_CANCEL, (S.ACCEPTED, S.SCHEDULED, S.NO_SHOW), S.CANCELLATION_REQUESTED, R.SENDER, SENDERS,
        (Need.TEXT,), _whatever(_WORKING_DAY), keeps_rest=True),
    Row(E.CANCEL, (S.DRAFT, S.SUBMITTED), S.CANCELLED, R.SENDER, SENDERS, (Need.TEXT,)),
    Row(E.AGREE, (S.CANCELLATION_REQUESTED,), S.CANCELLED, R.RECEIVER, DESK),
    Row(E.REFUSE, (S.CANCELLATION_REQUESTED,), None, R.RECEIVER, DESK, (Need.TEXT,), resumes=True),
    Row(E.EXPIRE, (S.SUBMITTED,), S.EXPIRED, R.CLOCK, urgencies=(Urgency.ROUTINE,)),
    # A death ends what is open, whoever's turn it was: before the hospital took the patient on it is a cancellation.
    Row(E.SETTLE, (S.DRAFT, S.SUBMITTED, S.INFO_REQUESTED), S.CANCELLED, R.SYSTEM),
    Row(E.SETTLE, (*IN_CARE, S.CANCELLATION_REQUESTED, S.RETURNED), S.CLOSED, R.SYSTEM),
)  # fmt: skip

#: Where a refused cancellation may go back to.
CANCELLABLE = next(row.sources for row in TABLE if row.event is Event.ASK_TO_CANCEL)


class StepRefused(ValueError):
    """An event that the table does not allow. `code`: state, side, role or the need that is missing."""

    def __init__(self, code: str, event: Event, state: State | None) -> None:
        super().__init__(f"{event} from {state or 'nothing'}: {code}")
        self.code, self.event, self.state = code, event, state


def find(
    event: Event,
    *,
    state: State | None,
    side: Side,
    roles: Collection[str],
    urgency: Urgency,
    given: Collection[Need] = (),
) -> Row:
    """The row that allows an event. StepRefused names the first reason in this order: state, side, role, need."""
    rows = [row for row in TABLE if row.event is event and _starts(row, state, urgency)]
    if not rows:
        raise StepRefused("state", event, state)
    rows = [row for row in rows if row.side is side]
    if not rows:
        raise StepRefused("side", event, state)
    rows = [row for row in rows if not row.roles or set(row.roles) & set(roles)]
    if not rows:
        raise StepRefused("role", event, state)
    missing = [need for need in rows[0].needs if need not in given]
    if missing:
        raise StepRefused(missing[0], event, state)
    return rows[0]


def allowed(*, state: State, side: Side | None, roles: Collection[str], urgency: Urgency) -> set[Event]:
    """The events that somebody of a side in some roles may do now."""
    return {
        row.event
        for row in TABLE
        if row.side is side and _starts(row, state, urgency) and set(row.roles) & set(roles)
    }


def running(state: State, urgency: Urgency) -> Span:
    """The kind of clock that runs in a state: working time while an answer is awaited, ordinary time otherwise."""
    return ANSWER_CLOCK[urgency] if state is State.SUBMITTED else Span(timedelta(0))


def _starts(row: Row, state: State | None, urgency: Urgency) -> bool:
    return (state in row.sources if row.sources else state is None) and urgency in row.urgencies


def moves() -> Iterator[tuple[State, State]]:
    """Every pair of states that some row connects."""
    for row in TABLE:
        for source in row.sources:
            for to in (row.to,) if row.to else CANCELLABLE:
                yield source, to


def sides_of(event: Event) -> set[Side]:
    """The sides that may do an event."""
    return {row.side for row in TABLE if row.event is event}
