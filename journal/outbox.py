"""The outbox: messages written with the fact that causes them, claimed before they leave, never sent twice by us."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from journal.models import Communication, CommunicationStatus

S = CommunicationStatus


def lease() -> timedelta:
    """How long a claimed message is its worker's."""
    return timedelta(seconds=settings.MESSAGE_LEASE_SECONDS)


def post(messages: Iterable[Communication]) -> None:
    """Insert messages in one statement; one that is already there for its recipient stays as it is."""
    Communication.objects.bulk_create(messages, ignore_conflicts=True)


@transaction.atomic
def claim(*, at: datetime, limit: int, channels: Sequence[str]) -> list[Communication]:
    """Take due messages for sending: locked rows are skipped, so two workers never hold the same one.

    Committed before anything is sent. A message whose lease ran out while being sent is not taken again here: see
    `settle_lost`.
    """
    _durably()
    due = Communication.objects.waiting().filter(not_before__lte=at, channel__in=channels)
    ids = list(
        due.order_by("not_before", "id")
        .select_for_update(skip_locked=True)
        .values_list("pk", flat=True)[:limit]
    )
    Communication.objects.filter(pk__in=ids).update(
        status=S.IN_PROGRESS, lease_until=at + lease(), attempts=F("attempts") + 1, leaving_at=None
    )
    return list(Communication.objects.filter(pk__in=ids).order_by("not_before", "id"))


@transaction.atomic
def leave(message_id: UUID, *, fallbacks: Sequence[str], at: datetime) -> bool:
    """Note, committed, that a claimed message is about to leave; False when it is not its worker's any more.

    A crash from here on may have sent it; one before cannot have.
    """
    _durably()
    mine = Communication.objects.filter(pk=message_id, status=S.IN_PROGRESS, lease_until__gt=at)
    return bool(mine.update(leaving_at=at, fallbacks=list(fallbacks)))


def _durably() -> None:
    """What is claimed stays claimed even where the server is told to answer before the disk has it."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = on")


def complete(message_ids: Iterable[UUID], *, at: datetime, reference: str = "") -> int:
    """Record that messages have left."""
    return _claimed(message_ids).update(
        status=S.COMPLETED, sent_at=at, lease_until=None, last_error="", reference=reference[:80]
    )


@dataclass(frozen=True)
class Failure:
    """Why a message did not leave, and whether trying again can help.

    Not `tried`: nothing was given to the other end, so it does not count as one of the tries.
    """

    message_id: UUID
    why: str
    again_at: datetime | None
    tried: bool = True


def fail(failure: Failure) -> None:
    """Record a refusal: tried again at `again_at`, or failed for good."""
    again: dict[str, Any] = {"not_before": failure.again_at} if failure.again_at else {}
    if not failure.tried:
        again["attempts"] = F("attempts") - 1
    _claimed([failure.message_id]).update(
        status=S.PREPARATION if again else S.FAILED, last_error=failure.why[:300], lease_until=None,
        leaving_at=None, **again,
    )  # fmt: skip


def move_on(message_id: UUID, *, to: Sequence[str], why: str) -> None:
    """Give a claimed message to the first of these channels, the others to follow."""
    _claimed([message_id]).update(**_moved(to, why))


def _moved(to: Sequence[str], why: str) -> dict[str, Any]:
    return {
        "status": S.PREPARATION, "channel": to[0], "fallbacks": list(to[1:]), "attempts": 0, "lease_until": None,
        "leaving_at": None, "sent_at": None, "reference": "", "last_error": why[:300],
    }  # fmt: skip


def put_back(message_ids: Iterable[UUID], *, at: datetime) -> int:
    """Give back claimed messages that nobody tried to send, as if they had not been taken."""
    return _claimed(message_ids).update(
        status=S.PREPARATION, lease_until=None, leaving_at=None, attempts=F("attempts") - 1, not_before=at
    )


def settle_lost(*, at: datetime, resend: Sequence[str]) -> int:
    """Settle messages whose lease ran out: their worker crashed. Returns how many nobody can tell of.

    What had not left yet waits again, and so does what left by a channel that drops a key it has seen (`resend`).
    Anything else may have arrived: it is parked as uncertain for a person to judge.
    """
    lost = Communication.objects.filter(status=S.IN_PROGRESS, lease_until__lt=at)
    lost.filter(Q(leaving_at__isnull=True) | Q(channel__in=resend)).update(
        status=S.PREPARATION, lease_until=None, leaving_at=None, attempts=F("attempts") - 1
    )
    return lost.filter(leaving_at__isnull=False).update(status=S.UNCERTAIN, lease_until=None)


def stop(*, patient_id: UUID, kinds: Sequence[str] = (), channels: Sequence[str] = (), why: str = "") -> int:
    """Stop messages to a patient that have not left: death, move, opt-out. With a reason they do not come back."""
    which = Q(patient_id=patient_id, status=S.PREPARATION)
    if kinds:
        which &= Q(kind__in=kinds)
    if channels:
        which &= Q(channel__in=channels)
    return Communication.objects.filter(which).update(status=S.STOPPED, last_error=why)


def give_up(message_id: UUID, why: str) -> None:
    """Stop a claimed message that has nowhere to go: no address, no consent."""
    _claimed([message_id]).update(status=S.STOPPED, last_error=why[:300], lease_until=None, leaving_at=None)


def park(message_id: UUID, why: str) -> None:
    """Leave a claimed message for a person to judge: it may or may not have arrived."""
    _claimed([message_id]).update(status=S.UNCERTAIN, last_error=why[:300], lease_until=None)


_TO_THE_NEXT = """
UPDATE journal_communication
SET channel = fallbacks[1], fallbacks = fallbacks[2:], attempts = 0
WHERE status = 'preparation' AND channel = %s AND cardinality(fallbacks) > 0
"""


def pass_on(channel: str, *, default: str | None) -> int:
    """Give what waits for a channel that this installation does not have to the next one of each message.

    `default` is the first channel of the installation: what was written while there was none waits for it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TO_THE_NEXT, [channel])
        moved: int = cursor.rowcount
    if default is not None and default != channel:
        unasked = Communication.objects.waiting().filter(channel=channel, fallbacks__isnull=True)
        moved += unasked.update(channel=default)
    return moved


def _claimed(message_ids: Iterable[UUID]) -> QuerySet[Communication]:
    return Communication.objects.filter(pk__in=list(message_ids), status=S.IN_PROGRESS)
