"""Plans that wait: for a signature of the department, for a review. Read by cursor, oldest first."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from alliances.permissions import Permission
from alliances.scope import Actor, scope_of
from followups.models import CarePlan, PlanProposal
from workbench.care.own_tasks import moment_of

PAGE: Final = 30
#: A review stands in the list so long before its day.
AHEAD: Final = timedelta(days=14)


@dataclass(frozen=True)
class ListPage:
    """A page with the cursor of the next."""

    rows: list[Any]
    after: str
    total: int


def awaiting(actor: Actor, *, on: date) -> QuerySet[PlanProposal]:
    """Proposals that the actor's departments are asked to sign."""
    departments = scope_of(actor, on=on).doing(Permission.PLAN_SIGN, on=on).department_ids
    rows = PlanProposal.objects.visible_to(actor, on=on, doing=Permission.PLAN_SIGN).awaiting()
    return rows.filter(department__in=list(departments))


def reviews(actor: Actor, *, on: date) -> QuerySet[CarePlan]:
    """Signed plans whose review is due within two weeks or overdue: of the specialist's hospital, of the doctor's residents."""
    scope = scope_of(actor, on=on)
    due = CarePlan.objects.filter(
        revision__gt=0, review_on__lte=on + AHEAD, patient__deceased_on__isnull=True
    )
    found = due.none()
    if scope.may(Permission.PLAN_PROPOSE):
        found = due & CarePlan.objects.visible_to(actor, on=on, doing=Permission.PLAN_PROPOSE)
    if scope.may(Permission.PLAN_SIGN):
        signing = scope.doing(Permission.PLAN_SIGN, on=on)
        own = CarePlan.objects.visible_to(actor, on=on, doing=Permission.PLAN_SIGN)
        found = found | (due & own.filter(signed_for__in=list(signing.own_organization_ids)))
    return found


def awaiting_page(actor: Actor, *, on: date, after: str = "", size: int = PAGE) -> ListPage:
    """A page of `awaiting`: two statements."""
    rows = awaiting(actor, on=on)
    total = rows.count()
    cursor = moment_of(after)
    if cursor is not None:
        rows = rows.filter(Q(sent_at__gt=cursor[0]) | Q(sent_at=cursor[0], pk__gt=cursor[1]))
    rows = rows.select_related("patient__organization", "written_by", "department").order_by("sent_at", "pk")
    found = list(rows[: size + 1])
    last = found[size - 1] if len(found) > size else None
    return ListPage(
        found[:size], f"{last.sent_at.isoformat()}|{last.pk}" if last and last.sent_at else "", total
    )


def reviews_page(actor: Actor, *, on: date, after: str = "", size: int = PAGE) -> ListPage:
    """A page of `reviews`: two statements."""
    rows = reviews(actor, on=on)
    total = rows.count()
    cursor = moment_of(after)
    if cursor is not None:
        day = timezone.localdate(cursor[0])
        rows = rows.filter(Q(review_on__gt=day) | Q(review_on=day, pk__gt=cursor[1]))
    rows = rows.select_related("patient__organization", "patient__care_team", "signed_by", "signed_for")
    found = list(rows.annotate(day=F("review_on")).order_by("review_on", "pk")[: size + 1])
    last = found[size - 1] if len(found) > size else None
    return ListPage(found[:size], f"{last.review_on}T12:00:00+08:00|{last.pk}" if last else "", total)
