"""The outbox: messages written with the fact that causes them, claimed before they leave, never sent twice by us."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from journal.models import Communication, CommunicationStatus

LEASE = timedelta(minutes=5)


def post(messages: Iterable[Communication]) -> None:
    """Insert messages in one statement; a (key, channel) that is already there stays as it is."""
    Communication.objects.bulk_create(messages, ignore_conflicts=True)


@transaction.atomic
def claim(*, at: datetime, limit: int, channels: Sequence[str]) -> list[Communication]:
    """Take due messages for sending: locked rows are skipped, so two workers never hold the same one.

    Committed before anything is sent. A message whose lease ran out while being sent is not taken again here: see
    `uncertain`.
    """
    due = Communication.objects.waiting().filter(not_before__lte=at, channel__in=channels)
    ids = list(
        due.order_by("not_before", "id")
        .select_for_update(skip_locked=True)
        .values_list("pk", flat=True)[:limit]
    )
    Communication.objects.filter(pk__in=ids).update(
        status=CommunicationStatus.IN_PROGRESS, lease_until=at + LEASE, attempts=F("attempts") + 1
    )
    return list(Communication.objects.filter(pk__in=ids).order_by("not_before", "id"))


def complete(message_ids: Iterable[UUID], *, at: datetime) -> int:
    """Record that messages have left."""
    return Communication.objects.filter(
        pk__in=list(message_ids), status=CommunicationStatus.IN_PROGRESS
    ).update(status=CommunicationStatus.COMPLETED, sent_at=at, lease_until=None, last_error="")


@dataclass(frozen=True)
class Failure:
    """Why a message did not leave, and whether trying again can help."""

    message_id: UUID
    why: str
    again_at: datetime | None


def fail(failure: Failure) -> None:
    """Record a refusal: tried again at `again_at`, or failed for good."""
    status = CommunicationStatus.FAILED if failure.again_at is None else CommunicationStatus.PREPARATION
    Communication.objects.filter(pk=failure.message_id, status=CommunicationStatus.IN_PROGRESS).update(
        status=status,
        last_error=failure.why[:300],
        lease_until=None,
        **({"not_before": failure.again_at} if failure.again_at else {}),
    )


def put_back(message_ids: Iterable[UUID], *, at: datetime) -> int:
    """Give back claimed messages that nobody tried to send, as if they had not been taken."""
    return Communication.objects.filter(
        pk__in=list(message_ids), status=CommunicationStatus.IN_PROGRESS
    ).update(
        status=CommunicationStatus.PREPARATION, lease_until=None, attempts=F("attempts") - 1, not_before=at
    )


def uncertain(*, at: datetime, resend: Sequence[str]) -> int:
    """Settle messages whose lease ran out: a crash between sending and recording.

    Channels in `resend` honour the key and get them again; the others' are parked as uncertain for a person to judge.
    """
    lost = Communication.objects.filter(status=CommunicationStatus.IN_PROGRESS, lease_until__lt=at)
    lost.filter(channel__in=resend).update(status=CommunicationStatus.PREPARATION, lease_until=None)
    return lost.exclude(channel__in=resend).update(status=CommunicationStatus.UNCERTAIN, lease_until=None)


def stop(*, patient_id: UUID, kinds: Sequence[str] = ()) -> int:
    """Stop messages to a patient that have not left: death, move, opt-out."""
    which = Q(patient_id=patient_id, status=CommunicationStatus.PREPARATION)
    if kinds:
        which &= Q(kind__in=kinds)
    return Communication.objects.filter(which).update(status=CommunicationStatus.STOPPED)


def give_up(message_id: UUID, why: str) -> None:
    """Stop a claimed message that has nowhere to go: no address, no consent."""
    Communication.objects.filter(pk=message_id, status=CommunicationStatus.IN_PROGRESS).update(
        status=CommunicationStatus.STOPPED, last_error=why[:300], lease_until=None
    )


def park(message_id: UUID, why: str) -> None:
    """Leave a claimed message for a person to judge: it may or may not have arrived."""
    Communication.objects.filter(pk=message_id, status=CommunicationStatus.IN_PROGRESS).update(
        status=CommunicationStatus.UNCERTAIN, last_error=why[:300], lease_until=None
    )
