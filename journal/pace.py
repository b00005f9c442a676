"""How fast messages leave by a channel, and how long its other end is left alone when it is away."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from journal.models import ChannelPace

MINUTE = timedelta(minutes=1)
SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(hours=1)


@transaction.atomic
def take(channel: str, *, at: datetime, wanted: int, a_minute: int) -> int:
    """How many messages may leave now, of those wanted: counted over all workers; 0 while the other end is away."""
    ChannelPace.objects.get_or_create(channel=channel, defaults={"minute": at})
    pace = ChannelPace.objects.select_for_update().get(pk=channel)
    if pace.away_until is not None and pace.away_until > at:
        return 0
    if not pace.minute <= at < pace.minute + MINUTE:
        pace.minute, pace.taken = at, 0
    allowed = max(0, min(wanted, a_minute - pace.taken))
    pace.taken += allowed
    pace.save(update_fields=["minute", "taken"])
    return allowed


def give_back(channel: str, count: int) -> None:
    """What was allowed and not used may be used in the same minute."""
    with transaction.atomic():
        pace = ChannelPace.objects.select_for_update().get(pk=channel)
        pace.taken = max(0, pace.taken - count)
        pace.save(update_fields=["taken"])


def away(channel: str, *, at: datetime, seconds: int = 0) -> None:
    """The other end asked to be left alone for so many seconds; or it did not answer: longer with every time."""
    with transaction.atomic():
        pace = ChannelPace.objects.select_for_update().get(pk=channel)
        pause = timedelta(seconds=seconds)
        if not seconds:
            pause = min(SHORTEST_PAUSE * 2 ** min(pace.refusals, 10), LONGEST_PAUSE)
            pace.refusals = min(pace.refusals + 1, 100)
        pace.away_until = at + pause
        pace.save(update_fields=["refusals", "away_until"])


def back(channel: str) -> None:
    """The other end answers again."""
    ChannelPace.objects.filter(pk=channel, refusals__gt=0).update(refusals=0, away_until=None)


def pause(message_id: UUID, attempts: int) -> timedelta:
    """How long a message waits before its next try: twice as long with every one, an hour at most.

    Between half of it and the whole, by the message's own key: what failed together does not come back together.
    """
    whole = min(timedelta(minutes=2 ** min(attempts, 10)), LONGEST_PAUSE)
    return whole * (0.5 + (message_id.int % 1000) / 2000)
