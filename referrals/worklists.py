"""The two worklists: what came to a department, what a centre sent. Emergency first, then by the running clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, F, IntegerField, Q, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from alliances.scope import Actor
from patients.models import Patient
from patients.models.task import Urgency
from referrals.models import ServiceRequest
from referrals.models import ServiceRequestQuerySet as Requests
from referrals.states import ENDED, Side, State

ROWS = 20


@dataclass(frozen=True)
class Tab:
    """One stage of the work, as a filter with its count."""

    key: str
    name: Promise
    states: tuple[State, ...]
    empty: Promise


DESK = (
    Tab("awaiting", _("To answer"), (State.SUBMITTED, State.CANCELLATION_REQUESTED),
        _("New referrals appear here as soon as a centre sends one.")),
    Tab("asked", _("Asked back"), (State.INFO_REQUESTED,),
        _("Here wait referrals whose sender owes you an answer.")),
    Tab("expected", _("Expected"), (State.ACCEPTED, State.SCHEDULED, State.NO_SHOW),
        _("Accepted patients wait here for an appointment and their arrival.")),
    Tab("there", _("To return"), (State.ATTENDED, State.IN_TREATMENT),
        _("Patients who have arrived stand here until they are returned.")),
    Tab("done", _("Done"), (State.RETURNED, *ENDED), _("What is finished is kept here.")),
)  # fmt: skip
SENT = (
    Tab("waiting", _("Awaiting an answer"), (State.SUBMITTED, State.CANCELLATION_REQUESTED, State.DRAFT),
        _("Referrals you send wait here until the hospital answers.")),
    Tab("asked", _("Questions"), (State.INFO_REQUESTED,), _("Questions of a hospital appear here.")),
    Tab("there", _("In hospital"),
        (State.ACCEPTED, State.SCHEDULED, State.NO_SHOW, State.ATTENDED, State.IN_TREATMENT),
        _("Patients whom a hospital has accepted stand here.")),
    Tab("returned", _("To confirm"), (State.RETURNED,), _("Patients who come back wait here for your receipt.")),
    Tab("done", _("Done"), ENDED, _("What is finished is kept here.")),
)  # fmt: skip

_BY_URGENCY = Case(
    When(urgency=Urgency.EMERGENCY, then=Value(0)),
    When(urgency=Urgency.URGENT, then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)


class _Counted(Paginator):
    """Pages of rows whose number the tabs have counted already."""

    def __init__(self, rows: Requests, counted: int) -> None:
        super().__init__(rows, ROWS)
        self._counted = counted

    @cached_property
    def count(self) -> int:
        return self._counted


@dataclass(frozen=True)
class Worklist:
    """A page of one tab, and how many rows stand in each."""

    side: Side
    tabs: list[tuple[Tab, int]]
    tab: Tab
    page: Page[ServiceRequest]

    @property
    def done(self) -> int:
        """How many are finished."""
        return next(count for tab, count in self.tabs if tab.key == "done")


def worklist(requests: Requests, side: Side, *, tab: str = "", page: str = "1") -> Worklist:
    """Counts and rows of one side's list: two statements whatever its length. An unknown tab is the first one."""
    tabs = DESK if side is Side.RECEIVER else SENT
    chosen = next((t for t in tabs if t.key == tab), tabs[0])
    counts = requests.aggregate(**{t.key: Count("pk", filter=Q(state__in=t.states)) for t in tabs})
    rows = requests.filter(state__in=chosen.states).select_related(
        "patient", "source_organization", "source_team", "requester", "target_department__organization"
    )
    if chosen.key == "done":
        rows = rows.order_by(F("submitted_at").desc(nulls_last=True), "-pk")
    else:
        rows = rows.order_by(_BY_URGENCY, F("due_at").asc(nulls_last=True), "pk")
    pages = _Counted(rows, counts[chosen.key])
    return Worklist(side, [(t, counts[t.key]) for t in tabs], chosen, pages.get_page(page))


def tab_of(request: ServiceRequest, side: Side) -> str:
    """The tab in which a request stands for a side."""
    tabs = DESK if side is Side.RECEIVER else SENT
    return next(t.key for t in tabs if request.state in t.states)


@dataclass(frozen=True)
class ClockFace:
    """The running clock of a request as a reader sees it."""

    tone: str
    icon: str
    text: str


def clock_face(request: ServiceRequest, *, now: datetime) -> ClockFace | None:
    """How much time is left or how far it is over; None when no clock runs."""
    if request.due_at is None:
        return None
    left = request.due_at - now
    emergency = request.urgency == Urgency.EMERGENCY
    if left < timedelta(0):
        words = _("overdue by %(time)s") % {"time": in_words(-left)}
        return ClockFace("red" if emergency else "amber", "exclamation-triangle-fill", words)
    words = _("%(time)s left") % {"time": in_words(left)}
    if emergency:
        return ClockFace("red", "alarm-fill", words)
    return ClockFace("amber" if left < timedelta(days=1) else "mute", "clock", words)


@dataclass(frozen=True)
class PatientRow:
    """One of a resident's referrals, for the partial `referrals/rows.html`."""

    request: ServiceRequest
    clock: ClockFace | None
    tone: str


def of_patient(patient: Patient, actor: Actor, *, now: datetime, most: int = 10) -> list[PatientRow]:
    """A resident's referrals as far as the reader may open them, newest first. One query."""
    rows = ServiceRequest.objects.readable_by(actor).filter(patient=patient)
    rows = rows.select_related("target_department__organization").order_by("-created_at")
    return [row_of(row, now) for row in rows[:most]]


def row_of(row: ServiceRequest, now: datetime) -> PatientRow:
    """A request as a line: with its clock and its tone."""
    tone = "green" if row.state == State.COMPLETED else "mute" if row.state in ENDED else "info"
    return PatientRow(row, clock_face(row, now=now), tone)


def in_words(span: timedelta) -> str:
    """A span in the coarsest unit that still says something."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    if minutes < 48 * 60:
        return ngettext("%(n)d hour", "%(n)d hours", minutes // 60) % {"n": minutes // 60}
    return ngettext("%(n)d day", "%(n)d days", minutes // 1440) % {"n": minutes // 1440}
