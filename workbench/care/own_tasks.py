"""Each role's own list: what the posts of the person at the screen have to do, by the clock; read by cursor."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import DateTimeField, Q, Value
from django.db.models.functions import Coalesce
from django.urls import reverse

from alliances.models import PractitionerRole, Role
from alliances.permissions import TABLE, Permission
from alliances.scope import Actor, scope_of
from followups.models import PathwayStep
from patients.models import Task
from patients.models.task import TaskKind

PAGE: Final = 30
#: Where tasks without a clock stand: last.
_NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
#: What a lead does beside the lead's own: a lead is a general practitioner.
_ALSO: Final = {Role.TEAM_LEAD: (Role.GENERAL_PRACTITIONER,)}
#: On which page of the resident a kind is done; the others lead to the record.
_PAGES: Final[dict[str, str]] = {
    TaskKind.PLAN_SIGN: "workbench:plan-sign",
    TaskKind.PLAN_SENT_BACK: "workbench:plan-propose",
    TaskKind.PLAN_CARRY_OUT: "workbench:plan",
    TaskKind.INTERVENTION: "workbench:intervention-new",
}
#: Tasks that name no role are the doctors'.
_DOCTORS: Final = (Role.GENERAL_PRACTITIONER, Role.TEAM_LEAD)


def mine(actor: Actor, *, on: date) -> Any:
    """The open tasks of the actor's posts and those given to the person, within the residents in scope."""
    scope = scope_of(actor, on=on)
    owned = Q(owner_id=actor.pk)
    for post in scope.posts:
        if Permission.CARE_TASKS in TABLE[Role(post.role)].may:
            owned |= _of_post(post)
    rows = Task.objects.visible_to(actor, on=on, doing=Permission.CARE_TASKS).open()
    return rows.filter(owned)


def _of_post(post: PractitionerRole) -> Q:
    """A hospital's post: what its department was asked. A centre's: its roles' tasks of the post's team, else of the centre."""
    role = Role(post.role)
    if post.department_id is not None:
        return Q(department_id=post.department_id, role=role)
    roles: list[str] = [role, *_ALSO.get(role, ()), *([""] if role in _DOCTORS else [])]
    place = Q(
        department__isnull=True, owner__isnull=True, organization_id=post.organization_id, role__in=roles
    )
    if post.care_team_id is not None:
        place &= Q(care_team_id=post.care_team_id) | Q(care_team__isnull=True)
    return place


@dataclass(frozen=True)
class TaskPage:
    """A page of the list with the cursor of the next."""

    rows: list[Any]
    after: str
    total: int


def page_of(actor: Actor, *, on: date, kind: str = "", after: str = "", size: int = PAGE) -> TaskPage:
    """One page by due moment; two statements. An unreadable cursor is the first page."""
    rows = mine(actor, on=on)
    if kind in TaskKind.values:
        rows = rows.filter(kind=kind)
    total = rows.count()
    rows = rows.annotate(clock=Coalesce("due_at", Value(_NEVER), output_field=DateTimeField()))
    cursor = moment_of(after)
    if cursor is not None:
        moment, key = cursor
        rows = rows.filter(Q(clock__gt=moment) | Q(clock=moment, pk__gt=key))
    found = list(rows.select_related("patient", "care_team").order_by("clock", "pk")[: size + 1])
    shown = found[:size]
    last = f"{shown[-1].clock.isoformat()}|{shown[-1].pk}" if len(found) > size else ""
    return TaskPage(shown, last, total)


def moment_of(text: str) -> tuple[datetime, UUID] | None:
    """Where a page of a list by moment goes on; None for the start, and for what is no cursor."""
    moment, _sep, key = text.partition("|")
    try:
        at = datetime.fromisoformat(moment)
        return (at, UUID(key)) if at.tzinfo is not None else None
    except ValueError:
        return None


def paths_of(tasks: list[Task]) -> dict[UUID, str]:
    """Where each task is done; one statement when there are steps of pathways among them."""
    steps = [int(task.basis_id) for task in tasks if task.kind == TaskKind.PATHWAY_STEP]
    pathways = dict(PathwayStep.objects.filter(pk__in=steps).values_list("pk", "pathway_id")) if steps else {}
    return {task.pk: _path(task, pathways) for task in tasks}


def _path(task: Task, pathways: dict[int, UUID]) -> str:
    if task.kind == TaskKind.PATHWAY_STEP and int(task.basis_id) in pathways:
        return reverse("workbench:pathway", args=[pathways[int(task.basis_id)]])
    if task.kind in (TaskKind.CONFIRM_RETURN, TaskKind.CALL_NO_SHOW):
        return reverse("referrals:case", args=[task.basis_id])
    return reverse(_PAGES.get(task.kind, "workbench:patient"), args=[task.patient_id])
