"""What has waited too long between the members of an alliance right now. Numbers only."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, F, Min, Subquery, Value, When
from django.utils import timezone

from alliances.models import Alliance, AllianceMembership
from referrals.models import ServiceRequest
from referrals.states import Direction, State

ANSWER, REPLY = "answer", "reply"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Requests at one hospital past a clock: `kind` is ANSWER or REPLY, `since` when the oldest clock ran out."""

    kind: str
    organization_id: int
    requests: int
    since: datetime


def past_their_clock(alliance: Alliance, *, at: datetime) -> list[Waiting]:
    """Upward requests nobody has answered in time, and patients not returned in time, by hospital; most first.

    One statement.
    """
    today = timezone.localdate(at)
    belonging = AllianceMembership.objects.filter(alliance=alliance, period__contains=today).values(
        "organization_id"
    )
    kind = Case(When(state=State.SUBMITTED, then=Value(ANSWER)), default=Value(REPLY))
    late = (
        ServiceRequest.objects.filter(
            direction=Direction.UP, due_at__lt=at,
            state__in=[State.SUBMITTED, State.ATTENDED, State.IN_TREATMENT],
            source_organization_id__in=Subquery(belonging), target_organization_id__in=Subquery(belonging),
        )
        .annotate(kind=kind)
        .values("kind")
        .annotate(hospital=F("target_organization_id"), requests=Count("pk"), since=Min("due_at"))
        .order_by("kind", "-requests", "hospital")
    )  # fmt: skip
    return [Waiting(row["kind"], row["hospital"], row["requests"], row["since"]) for row in late]
