"""One step of a request: lock the row, ask the table, move the state and the clock, write the step down, tell the others.

Every use-case of this package goes through `locked` and `take`; the demo's history goes through `advance` alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.models import User
from alliances.models import Role
from alliances.permissions import TABLE as POSTS
from alliances.permissions import Rows
from alliances.scope import Actor, Scope, scope_of
from journal import audit, outbox
from patients.models import Task
from patients.models.task import TaskStatus, Urgency
from referrals import notices
from referrals.models import ReferralStatus, ServiceRequest
from referrals.states import (
    ANSWER_CLOCK,
    Clock,
    Event,
    Need,
    Row,
    Side,
    State,
    StepRefused,
    find,
    running,
    sides_of,
)

#: Steps after which nothing is left to do of what an earlier one asked of the sender's team.
ENDS_TASKS = {
    Event.SCHEDULE: TaskStatus.COMPLETED,
    Event.CONFIRM: TaskStatus.COMPLETED,
    Event.CLOSE: TaskStatus.CANCELLED,
    Event.AGREE: TaskStatus.CANCELLED,
}


class Refused(ValueError):
    """A step that may not be done, with a sentence for the person who tried."""

    def __init__(self, message: str | Promise, code: str = "") -> None:
        super().__init__(str(message))
        self.code = code


class Overtaken(Refused):
    """Somebody else was first: the request no longer stands where this person saw it."""


@dataclass(frozen=True)
class Told:
    """What is given with a step: words, a reason code, and further facts kept with it."""

    text: str = ""
    code: str = ""
    detail: dict[str, Any] = field(default_factory=dict)

    def needs_met(self) -> set[Need]:
        return ({Need.TEXT} if self.text.strip() else set()) | ({Need.CODE} if self.code else set())


def locked(request_id: UUID) -> ServiceRequest:
    """The request, locked until the transaction ends. ServiceRequest.DoesNotExist when there is none."""
    rows = ServiceRequest.objects.select_related("patient", "source_team", "target_department__organization")
    # The person first, as every other action does (followups.standing.lock), so that no two wait for each other.
    return rows.select_for_update(of=("patient", "self"), no_key=True).get(pk=request_id)


def sender_roles(scope: Scope, organization_id: int, team_id: int | None) -> set[Role]:
    """The roles of posts that act for the organization and team that manage the patient."""

    def acts(rows: Rows, organization: int, team: int | None) -> bool:
        if rows is Rows.CENTRE:
            return organization == organization_id
        return rows is Rows.TEAM and team is not None and team == team_id

    posts = ((Role(post.role), post) for post in scope.posts)
    return {role for role, p in posts if acts(POSTS[role].rows, p.organization_id, p.care_team_id)}


def standing(request: ServiceRequest, actor: Actor) -> dict[Side, set[Role]]:
    """On which sides of a request somebody stands, in which roles. Empty for everybody else, and for systems."""
    scope = scope_of(actor)
    received = {Role(p.role) for p in scope.posts if p.department_id == request.target_department_id}
    sent = sender_roles(scope, request.source_organization_id, request.source_team_id)
    return {side: roles for side, roles in ((Side.RECEIVER, received), (Side.SENDER, sent)) if roles}


def take(
    request: ServiceRequest,
    event: Event,
    *,
    by: User | None,
    at: datetime,
    told: Told | None = None,
    given: Iterable[Need] = (),
    slot: datetime | None = None,
    also: Iterable[str] = (),
) -> ReferralStatus:
    """Do one event on a locked request and save it. `also` names further changed columns of the request.

    Refused when the table does not allow it, Overtaken when it did until somebody else was first.
    """
    told = told or Told()
    last = ReferralStatus.objects.filter(request=request).order_by("-id").select_related("by").first()
    if by is not None:
        _in_order(last, at)
    side, role = _acting(request, event, by, {*given, *told.needs_met()}, last)
    step = advance(
        request, event, side=side, role=role, by=by, at=at, told=told, given=tuple(Need), slot=slot
    )
    changed = {"state", "state_before", "due_at", "clock_left", "scheduled_for", *also}
    request.save(update_fields=sorted(changed))
    step.save(force_insert=True)
    outbox.post(notices.of_step(request, step))
    if event in ENDS_TASKS:
        settle_tasks(request, status=ENDS_TASKS[event], by=by, at=at)
    audit.record(
        f"referral.{event}",
        by=by,
        subject=request,
        organization_id=request.source_organization_id,
        detail={"from": step.from_state, "to": step.to_state},
    )
    return step


def settle_tasks(request: ServiceRequest, *, status: TaskStatus, by: User | None, at: datetime) -> None:
    """End what the sender's team was asked to do about a request: call the resident, confirm the return."""
    for task in Task.objects.open().filter(basis_kind="servicerequest", basis_id=str(request.pk)):
        task.status, task.completed_at, task.completed_by = status, at, by
        task.save(update_fields=["status", "completed_at", "completed_by"])


def advance(
    request: ServiceRequest,
    event: Event,
    *,
    side: Side,
    role: str,
    by: User | None,
    at: datetime,
    told: Told | None = None,
    given: Iterable[Need] = (),
    slot: datetime | None = None,
    first: bool = False,
    answer_clock: Clock = ANSWER_CLOCK,
) -> ReferralStatus:
    """Move an (unsaved) request by one event and return the (unsaved) step: state and clock as the table says.

    `first`: the request has no state yet. `answer_clock`: what the two organizations agreed on, where the table starts
    its usual one. Raises StepRefused when the table does not allow it.
    """
    told = told or Told()
    state = None if first else State(request.state)
    urgency = Urgency(request.urgency)
    row = find(event, state=state, side=side, roles={role}, urgency=urgency, given=set(given))
    to = row.to if row.to is not None else State(request.state_before)
    _wind(request, row, at=at, slot=slot, answer_clock=answer_clock)
    request.state_before = state or "" if row.keeps_rest else ""
    request.state = to
    request.scheduled_for = slot if slot is not None else request.scheduled_for
    detail = {**told.detail, **({"code": told.code} if told.code else {})}
    return ReferralStatus(
        request=request, event=event, from_state=state or "", to_state=to, side=side, by=by, role=role, at=at,
        text=told.text.strip(), detail=detail,
    )  # fmt: skip


def _wind(
    request: ServiceRequest, row: Row, *, at: datetime, slot: datetime | None, answer_clock: Clock
) -> None:
    """Set the clock: started, stopped with what is left, gone on with what was left, or none."""
    due, kept, urgency = request.due_at, request.clock_left, Urgency(request.urgency)
    request.clock_left = (
        running(State(request.state), urgency).left(at, due) if row.keeps_rest and due else None
    )
    if row.resumes and kept is not None:
        to = row.to or State(request.state_before)
        request.due_at = replace(running(to, urgency), length=kept).end(at)
    elif row.clock is not None:
        clock = answer_clock if row.clock is ANSWER_CLOCK else row.clock
        request.due_at = clock[urgency].end(slot if row.from_slot and slot else at)
    else:
        request.due_at = None


def _acting(
    request: ServiceRequest, event: Event, by: User | None, given: set[Need], last: ReferralStatus | None
) -> tuple[Side, str]:
    """The side and role in which somebody does the event, by the table."""
    if by is None:
        return Side.SYSTEM, ""
    sides = standing(request, by)
    side = next(iter(sides_of(event) & set(sides)), next(iter(sides), None))
    if side is None:
        raise Refused(_("You stand on neither side of this referral."), "side")
    state, urgency = State(request.state), Urgency(request.urgency)
    try:
        row = find(event, state=state, side=side, roles=sides[side], urgency=urgency, given=given)
    except StepRefused as refused:
        raise _in_words(refused, last) from refused
    return side, next(role for role in row.roles if role in sides[side])


def _in_words(refused: StepRefused, last: ReferralStatus | None) -> Refused:
    """What the table refused, as a sentence."""
    if refused.code == "state" and last is not None:
        words = {
            "who": str(last.by) if last.by else _("the system"),
            "when": date_format(timezone.localtime(last.at), "m-d H:i"),
            "state": State(last.to_state).label,
        }
        return Overtaken(
            _("Not done: %(who)s was first. Since %(when)s this referral stands at “%(state)s”.") % words,
            "state",
        )
    if refused.code in ("side", "role"):
        return Refused(_("This step is not yours to take."), refused.code)
    return Refused(_("Something is missing: please fill in what this step asks for."), refused.code)


def _in_order(last: ReferralStatus | None, at: datetime) -> None:
    """Steps may be written down late, but never before the step they follow."""
    if last is not None and at < last.at:
        raise Refused(_("This cannot have happened before the step it follows."), "order")
