"""Today's list: what is due, overdue, back from hospital or to be sent there, most urgent first.

Three statements whatever the length: the counts, the open tasks, one page of due follow-ups with their patients; and a
fourth for the last readings of the people shown.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, F, Min, Q, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext_lazy as _

from alliances.permissions import Permission
from alliances.scope import Actor, scope_of
from followups import after_visits
from followups.lines import assessment_lines
from followups.models import Appointment
from patients.models import Encounter, Patient, Task
from patients.models.task import TaskKind, Urgency
from patients.programmes import Programme

AHEAD = timedelta(days=7)
A_FEW = 8
SPARK = 6

KINDS = ("abnormal", "returned", "call", "advised", "after", "overdue", "today", "soon")
HEADINGS = {
    "abnormal": _("Abnormal values"),
    "returned": _("Back from hospital"),
    "call": _("Did not come to hospital"),
    "advised": _("Referral advised"),
    "after": _("After a visit"),
    "overdue": _("Overdue"),
    "today": _("Due today"),
    "soon": _("Due within a week"),
}
LOOK = {
    "abnormal": ("red", "exclamation-octagon-fill"),
    "returned": ("info", "box-arrow-in-down-left"),
    "call": ("amber", "telephone"),
    "advised": ("amber", "arrow-up-right-circle"),
    "after": ("info", "telephone-outbound"),
    "overdue": ("amber", "exclamation-triangle-fill"),
    "today": ("amber", "clock"),
    "soon": ("mute", "calendar3"),
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
        return sum(self.counts.values())


def worklist(
    actor: Actor, *, on: date, team_ids: Iterable[int], kind: str, page: int, size: int = 50
) -> Worklist:
    """The list of a day. `team_ids` narrows to teams (empty: all the actor sees); `kind` to one group, paged."""
    teams = list(team_ids)
    due = _narrowed(
        Appointment.objects.visible_to(actor, on=on, doing=Permission.WORKLIST)
        .booked()
        .filter(_addressed(actor, on), due_on__lte=on + AHEAD),
        teams,
    )
    tasks = list(
        _narrowed(Task.objects.visible_to(actor, on=on, doing=Permission.WORKLIST).open(), teams)
        .select_related("patient")
        .order_by(F("due_at").asc(nulls_last=True), "pk")
    )
    counted = due.aggregate(
        overdue=Count("pk", filter=Q(due_on__lt=on)), today=Count("pk", filter=Q(due_on=on)),
        soon=Count("pk", filter=Q(due_on__gt=on)), oldest=Min("due_on"),
    )  # fmt: skip
    by_kind = _tasks_by_kind(tasks)
    counts = {k: len(by_kind[k]) if k in by_kind else counted.get(k, 0) for k in KINDS}
    rows = _due_rows(due, on=on, kind=kind, page=page, size=size)
    for name, found in by_kind.items():
        part = found[(page - 1) * size : page * size] if kind else found[:A_FEW]
        rows[name] = [Row(name, t.patient, task=t, due_at=t.due_at) for t in part]
    shown = [k for k in KINDS if counts[k] and (kind in ("", k))]
    groups = [Group(k, rows[k], counts[k]) for k in shown]
    _add_values([row for group in groups for row in group.rows], on=on)
    oldest = counted["oldest"]
    return Worklist(groups, counts, (on - oldest).days if oldest and oldest < on else 0)


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
    days = {"overdue": Q(due_on__lt=on), "today": Q(due_on=on), "soon": Q(due_on__gt=on)}
    if kind and kind not in days:
        return defaultdict(list)
    named = due.annotate(
        kind=Case(
            When(due_on__lt=on, then=Value("overdue")),
            When(due_on=on, then=Value("today")),
            default=Value("soon"),
        )
    )
    if kind:
        chosen = named.filter(days[kind]).order_by("due_on", "pk")[(page - 1) * size : page * size]
    else:
        place = Window(RowNumber(), partition_by="kind", order_by=["due_on", "pk"])
        chosen = named.annotate(place=place).filter(place__lte=A_FEW).order_by("due_on", "pk")
    rows: dict[str, list[Row]] = defaultdict(list)
    for appointment in chosen.select_related("patient"):
        name, away = appointment.kind, abs((on - appointment.due_on).days)
        rows[name].append(Row(name, appointment.patient, appointment=appointment, days=away))
    return rows


def _add_values(rows: list[Row], *, on: date) -> None:
    """The last readings of everyone shown, oldest first: one statement."""
    place = Window(RowNumber(), partition_by="patient_id", order_by=[F("on").desc(), F("pk").desc()])
    wanted = {row.patient.pk for row in rows}
    found: dict[UUID, list[Encounter]] = defaultdict(list)
    latest = Encounter.objects.filter(patient_id__in=wanted).annotate(place=place).filter(place__lte=SPARK)
    for visit in latest.only("patient_id", "on", "systolic", "fasting_glucose").order_by("on", "pk"):
        found[visit.patient_id].append(visit)
    for row in rows:
        pressure = Programme.HYPERTENSION in row.patient.programmes or not row.patient.programmes
        row.measure = "systolic" if pressure else "fasting_glucose"
        readings = (getattr(visit, row.measure) for visit in found[row.patient.pk])
        row.values = [float(value) for value in readings if value is not None]
        programme = Programme.HYPERTENSION if pressure else Programme.DIABETES
        row.limit = assessment_lines(programme, age=row.patient.age(on=on)).get(row.measure)
