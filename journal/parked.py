"""What a person decides about a message of which nobody knows whether it arrived, and what a gateway's receipt says."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from journal import audit
from journal.audit import Agent
from journal.models import Communication, CommunicationStatus

S = CommunicationStatus


class Decision(StrEnum):
    """What becomes of an uncertain message."""

    ARRIVED = "arrived"
    AGAIN = "again"
    GIVEN_UP = "given_up"


class NotUncertain(Exception):
    """Somebody else has decided meanwhile, or the gateway's receipt has."""


@transaction.atomic
def decide(message_id: UUID, decision: Decision, *, by: Agent, at: datetime) -> Communication:
    """Settle an uncertain message. Raises NotUncertain when there is nothing to settle any more."""
    message = Communication.objects.select_for_update().get(pk=message_id)
    if message.status != S.UNCERTAIN:
        raise NotUncertain
    outcomes: dict[Decision, dict[str, Any]] = {
        # Without its leaving there is nothing left that a late receipt could call failed.
        Decision.ARRIVED: {
            "status": S.COMPLETED,
            "sent_at": message.leaving_at or at,
            "leaving_at": None,
        },
        Decision.AGAIN: {"status": S.PREPARATION, "not_before": at, "leaving_at": None},
        Decision.GIVEN_UP: {"status": S.FAILED, "last_error": "given up by a person"},
    }
    changed = outcomes[decision]
    for name, value in changed.items():
        setattr(message, name, value)
    message.save(update_fields=list(changed))
    audit.record(
        f"message.{decision}",
        by=by,
        subject=message,
        detail={"channel": message.channel, "kind": message.kind},
    )
    return message


DELIVERED, FAILED = "delivered", "failed"
#: A receipt may overtake our own record of the sending, and settles what nobody could tell.
OPEN: Final = (S.IN_PROGRESS, S.COMPLETED, S.UNCERTAIN)
#: What has arrived is not sent again, and has not failed, whatever we or a person thought of it before the receipt.
ARRIVES: Final = (*OPEN, S.PREPARATION, S.FAILED)


@transaction.atomic
def receipt(message_id: UUID, channel: str, *, fate: str, at: datetime, why: str = "") -> bool:
    """What a gateway says became of a message; False where there is no such message on the channel.

    Delivered: it has arrived, whatever we knew; also when a person had it sent again and it has not left yet. Failed: it
    goes to the next channel, or has failed, unless a person has settled it. A receipt that comes twice, or after the
    message has moved on, changes nothing.
    """
    message = Communication.objects.select_for_update().filter(pk=message_id).first()
    if message is None:
        return False
    if message.channel != channel or message.delivered_at is not None:
        return True
    if fate == DELIVERED:
        if message.status not in ARRIVES:
            return True
        message.status, message.delivered_at = S.COMPLETED, at
        message.sent_at, message.lease_until = message.sent_at or at, None
        message.last_error = ""
    elif message.status not in OPEN or message.leaving_at is None:
        return True
    elif message.fallbacks:
        message.last_error = f"{channel}: {why or FAILED}"[:300]
        message.channel, message.fallbacks = message.fallbacks[0], message.fallbacks[1:]
        message.status, message.attempts, message.not_before = S.PREPARATION, 0, at
        message.leaving_at = message.sent_at = message.lease_until = None
    else:
        message.status, message.last_error, message.lease_until = S.FAILED, (why or FAILED)[:300], None
    message.save()
    return True
