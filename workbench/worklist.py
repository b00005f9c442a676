"""Today's list: what is due, overdue, back from hospital or to be sent there, most urgent first.

Three statements whatever the length: the counts, the open tasks, one page of due follow-ups (or of the lost) with their
patients; and a fourth for the last readings of the people shown.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, F, Min, Q, QuerySet, Value, When
from django.db.models import Window as Over
from django.db.models.functions import RowNumber
from django.utils.translation import gettext_lazy as _

from alliances.permissions import Permission
from alliances.scope import Actor, scope_of
from followups.calendar.windows import Window, window_of
from followups.lines import assessment_lines
from followups.models import Appointment, FollowUpLoss
from followups.protocols.definition import DEFAULTS, Settings
from followups.protocols.terms import PROGRAMMES
from followups.protocols.versions import read_timetable
from followups.versions import timetable_since
from followups.visits import after as after_visits
from patients.models import Encounter, Patient, Task
from patients.models.task import TaskKind, Urgency
from patients.programmes import Programme
from patients.readings import Number

_SHOWN = (
    TaskKind.REFERRAL_ADVISED,
    TaskKind.CONFIRM_RETURN,
    TaskKind.CALL_NO_SHOW,
    *after_visits.KINDS,
)
AHEAD = timedelta(days=7)
A_FEW = 8
SPARK = 6

KINDS = (
    "abnormal", "returned", "call", "advised", "again", "after", "overdue", "today", "soon", "lost",
)  # fmt: skip
#: What stands under a filter of its own and is no work of the day.
ASIDE = ("lost",)
HEADINGS = {
    "abnormal": _("Abnormal values"),
    "returned": _("Back from hospital"),
    "call": _("Did not come to hospital"),
    "advised": _("Referral advised"),
    "again": _("Call again today"),
    "after": _("After a visit"),
    "overdue": _("Overdue"),
    "today": _("Due or planned today"),
    "soon": _("Due within a week"),
    "lost": _("Lost to follow-up"),
}
LOOK = {
    "abnormal": ("red", "exclamation-octagon-fill"),
    "returned": ("info", "box-arrow-in-down-left"),
    "call": ("amber", "telephone"),
    "advised": ("amber", "arrow-up-right-circle"),
    "again": ("amber", "telephone-outbound"),
    "after": ("info", "calendar-check"),
    "overdue": ("amber", "exclamation-triangle-fill"),
    "today": ("amber", "clock"),
    "soon": ("mute", "calendar3"),
    "lost": ("mute", "person-slash"),
}


@dataclass
class Row:
    """One line of the list: who, why, last value, due, what to do."""

    kind: str
    patient: Patient
    task: Task | None = None
    appointment: Appointment | None = None
    values: list[int | float] = field(default_factory=list)
    limit: Any = None
    measure: str = "systolic"
    days: int = 0
    due_at: datetime | None = None
    loss: FollowUpLoss | None = None

    @property
    def window(self) -> Window | None:
        """The days on which the follow-up counts."""
        due = self.appointment
        return window_of(due.due_on, due.reason) if due is not None else None

    @property
    def planned_on(self) -> date | None:
        """The day for which it is planned, where that is another one than the due day."""
        due = self.appointment
        return due.planned_on if due is not None and due.planned_on != due.due_on else None

    @property
    def call_again_on(self) -> date | None:
        """When to call again, where an attempt said so."""
        return self.appointment.call_again_on if self.appointment is not None else None

    @property
    def escalated(self) -> bool:
        """Whether the team lead was told."""
        return self.appointment is not None and self.appointment.escalated_on is not None

    @property
    def tone(self) -> str:
        return LOOK[self.kind][0]

    @property
    def icon(self) -> str:
        return LOOK[self.kind][1]

    @property
    def spark_tone(self) -> str:
        """How the last value stands to the assessment line."""
        if not self.values or self.limit is None:
            return "mute"
        return "amber" if self.values[-1] >= float(self.limit) else "green"


@dataclass
class Group:
    """The lines of one kind, with how many there are in all."""

    kind: str
    rows: list[Row]
    total: int

    @property
    def heading(self) -> Any:
        return HEADINGS[self.kind]

    @property
    def more(self) -> int:
        return self.total - len(self.rows)

    @property
    def tone(self) -> str:
        return LOOK[self.kind][0]

    @property
    def icon(self) -> str:
        return LOOK[self.kind][1]


@dataclass
class Worklist:
    """The groups to draw and the counts of the strip above them."""

    groups: list[Group]
    counts: dict[str, int]
    oldest_days: int

    @property
    def total(self) -> int:
        return sum(count for kind, count in self.counts.items() if kind not in ASIDE)


def worklist(
    actor: Actor, *, on: date, team_ids: Iterable[int], kind: str, page: int, size: int = 50
) -> Worklist:
    """The list of a day. `team_ids` narrows to teams (empty: all the actor sees); `kind` to one group, paged."""
    teams = list(team_ids)
    rows_of = Appointment.objects.visible_to(actor, on=on, doing=Permission.WORKLIST).booked()
    due = _narrowed(rows_of.filter(_addressed(actor, on)), teams)
    tasks = list(
        _narrowed(Task.objects.visible_to(actor, on=on, doing=Permission.WORKLIST).open(), teams)
        .filter(
            kind__in=_SHOWN
        )  # plans, interventions and pathways stand in each role's own list (workbench/tasks)
        .select_related("patient")
        .order_by(F("due_at").asc(nulls_last=True), "pk")
    )
    lost = _narrowed(FollowUpLoss.objects.visible_to(actor, on=on, doing=Permission.WORKLIST).open(), teams)
    by_kind = _tasks_by_kind(tasks)
    counted, oldest = _counted(due, lost, on)
    counts = {k: len(by_kind[k]) if k in by_kind else counted.get(k, 0) for k in KINDS}
    rows = _due_rows(due, on=on, kind=kind, page=page, size=size)
    for name, found in by_kind.items():
        part = found[(page - 1) * size : page * size] if kind else found[:A_FEW]
        rows[name] = [Row(name, t.patient, task=t, due_at=t.due_at) for t in part]
    if kind == "lost":
        shown_lost = lost.select_related("patient").order_by("-lost_on", "pk")
        rows["lost"] = [
            Row("lost", one.patient, loss=one, days=(on - one.lost_on).days)
            for one in shown_lost[(page - 1) * size : page * size]
        ]
    shown = [k for k in KINDS if counts[k] and (k == kind or (not kind and k not in ASIDE))]
    groups = [Group(k, rows[k], counts[k]) for k in shown]
    _add_values([row for group in groups for row in group.rows], on=on)
    return Worklist(groups, counts, (on - oldest).days if oldest and oldest < on else 0)


def _counted(
    due: QuerySet[Appointment], lost: QuerySet[FollowUpLoss], on: date
) -> tuple[dict[str, int], date | None]:
    """How many there are of each kind, and the oldest due day of the overdue: one statement."""
    grouped = due.filter(_on_the_list(on)).annotate(kind=_kind(on)).order_by().values("kind")
    gone = lost.annotate(kind=Value("lost")).order_by().values("kind")
    rows = [
        part.annotate(n=Count("pk"), oldest=Min("due_on")).values_list("kind", "n", "oldest")
        for part in (grouped, gone)
    ]
    found = list(rows[0].union(rows[1], all=True))
    dues = [oldest for kind, _n, oldest in found if kind in ("overdue", "again") and oldest is not None]
    return {kind: n for kind, n, _oldest in found}, min(dues, default=None)


def _kind(on: date) -> Case:
    """The kind of a due follow-up that is on the list; the first that fits counts."""
    return Case(
        When(call_again_on__lte=on, then=Value("again")),
        When(due_on__lt=on, then=Value("overdue")),
        When(Q(due_on=on) | Q(planned_on=on), then=Value("today")),
        default=Value("soon"),
    )


def _days(on: date) -> dict[str, Q]:
    """The same as conditions, so that the page of one kind is read by an index."""
    again = Q(call_again_on__lte=on)
    rest = Q(call_again_on__isnull=True) | Q(call_again_on__gt=on)
    return {
        "again": again,
        "overdue": rest & Q(due_on__lt=on),
        "today": rest & (Q(due_on=on) | Q(planned_on=on, due_on__gt=on)),
        "soon": rest
        & Q(due_on__gt=on, due_on__lte=on + AHEAD)
        & (Q(planned_on__isnull=True) | ~Q(planned_on=on)),
    }


def _on_the_list(on: date) -> Q:
    """Everything of one of the kinds, in terms that the indexes know."""
    return Q(due_on__lte=on + AHEAD) | Q(planned_on=on) | Q(call_again_on__lte=on)


def _addressed(actor: Actor, on: date) -> Q:
    """Follow-ups of the actor's organizations and teams by their own columns, which follow the resident.

    Says nothing that the scope of the resident does not say; the columns have the indexes that the page is read by.
    """
    scope = scope_of(actor, on=on).doing(Permission.WORKLIST, on=on)
    if scope.department_ids:
        return Q()  # residents who are granted are looked after elsewhere
    addressed = Q(organization_id__in=list(scope.organization_ids))
    if scope.team_ids:
        addressed |= Q(care_team_id__in=list(scope.team_ids))
    return addressed


def _narrowed(rows: QuerySet[Any], teams: list[int]) -> QuerySet[Any]:
    return rows.filter(care_team_id__in=teams) if teams else rows


def _tasks_by_kind(tasks: list[Task]) -> dict[str, list[Task]]:
    found: dict[str, list[Task]] = {"abnormal": [], "returned": [], "call": [], "advised": [], "after": []}
    for task in tasks:
        if task.kind == TaskKind.CONFIRM_RETURN:
            found["returned"].append(task)
        elif task.kind == TaskKind.CALL_NO_SHOW:
            found["call"].append(task)
        elif task.kind in after_visits.KINDS:
            found["after"].append(task)
        elif task.urgency == Urgency.EMERGENCY:
            found["abnormal"].append(task)
        else:
            found["advised"].append(task)
    return found


def _due_rows(
    due: QuerySet[Appointment], *, on: date, kind: str, page: int, size: int
) -> dict[str, list[Row]]:
    """Due follow-ups by kind: the first few of each, or one page of the chosen kind."""
    days = _days(on)
    if kind and kind not in days:
        return defaultdict(list)
    if kind:
        chosen = due.filter(days[kind]).annotate(kind=Value(kind)).order_by("due_on", "pk")
        chosen = chosen[(page - 1) * size : page * size]
    else:
        named = due.filter(_on_the_list(on)).annotate(kind=_kind(on))
        place = Over(RowNumber(), partition_by="kind", order_by=["due_on", "pk"])
        chosen = named.annotate(place=place).filter(place__lte=A_FEW).order_by("due_on", "pk")
    rows: dict[str, list[Row]] = defaultdict(list)
    for appointment in chosen.select_related("patient"):
        name, away = appointment.kind, abs((on - appointment.due_on).days)
        rows[name].append(Row(name, appointment.patient, appointment=appointment, days=away))
    return rows


def _add_values(rows: list[Row], *, on: date) -> None:
    """The last readings of everyone shown, oldest first, with the settings their lines go by: one statement."""
    place = Over(RowNumber(), partition_by="patient_id", order_by=[F("on").desc(), F("pk").desc()])
    wanted = {row.patient.pk for row in rows}
    found: dict[UUID, list[Encounter]] = defaultdict(list)
    latest = Encounter.objects.filter(patient_id__in=wanted).annotate(
        place=place, settings_text=timetable_since(on)
    )
    latest = latest.filter(place__lte=SPARK)
    settings = DEFAULTS
    for visit in latest.only("patient_id", "on", "systolic", "fasting_glucose").order_by("on", "pk"):
        found[visit.patient_id].append(visit)
        settings = read_timetable(visit.settings_text).on(on).settings
    for row in rows:
        row.measure, row.limit = _measure_of(row.patient, on=on, settings=settings)
        readings = (getattr(visit, row.measure) for visit in found[row.patient.pk])
        row.values = [float(value) for value in readings if value is not None]


def _measure_of(patient: Patient, *, on: date, settings: Settings) -> tuple[str, Number | None]:
    """The reading a row draws, with its strictest assessment line: glucose where only diabetes has one, else pressure."""
    age = patient.age(on=on)
    of = {programme: assessment_lines(programme, age=age, settings=settings) for programme in PROGRAMMES}
    pressures = [of[name]["systolic"] for name in patient.programmes if "systolic" in of.get(name, ())]
    if not pressures and Programme.DIABETES in patient.programmes:
        return "fasting_glucose", of[Programme.DIABETES]["fasting_glucose"]
    return "systolic", min(pressures, default=of[Programme.HYPERTENSION]["systolic"])
