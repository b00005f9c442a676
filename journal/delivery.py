"""Sending what the outbox holds: claimed and committed before it leaves, recorded after, never sent twice by us.

Whatever is not known to have failed is not sent again: a lost answer leaves the message `uncertain` for a person to
judge, unless the other end drops a key that it has seen (architecture §4).
"""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone

from journal import outbox, pace
from journal.addressees import Address, addresses
from journal.channels.gateway import GatewayLine
from journal.channels.line import Fate, Line, Outcome
from journal.channels.mail import MailLine
from journal.letters import Letter, is_urgent, letters_of
from journal.models import OUTSIDE, Channel, Communication, Recipient
from journal.outbox import Failure
from journal.quiet import quiet_until

log = logging.getLogger(__name__)

BATCH = 200
ATTEMPTS = 6
#: Outcomes after which the other end is left alone, and those that count for the minute of a channel.
AWAY: Final = frozenset({"unreachable", "asked to wait"})
USED: Final = frozenset({"sent", "uncertain", "postponed", "asked to wait", "failed"})


def batch_lasts() -> timedelta:
    """How long one batch may take; what is left then is put back, long before its lease runs out."""
    return outbox.lease() / 2


def is_on(channel: Channel) -> bool:
    """Whether this installation has the channel."""
    if channel == Channel.EMAIL:
        return bool(settings.EMAIL_HOST)
    return channel == Channel.IN_APP or bool(settings.MESSAGE_GATEWAYS[channel]["url"])


def order() -> list[Channel]:
    """The channels of this installation that reach a resident, first choice first."""
    return [channel for channel in map(Channel, settings.MESSAGE_CHANNELS) if is_on(channel)]


def first_channel() -> Channel:
    """Where a message to a resident is written to: e-mail where there is no channel yet, to wait for one."""
    return next(iter(order()), Channel.EMAIL)


def honouring() -> list[Channel]:
    """Channels whose other end drops a key it has seen."""
    return [c for c in OUTSIDE if c != Channel.EMAIL and settings.MESSAGE_GATEWAYS[c]["honours_key"]]


def deliver(*, at: datetime | None = None, told: Callable[[int], None] | None = None) -> dict[str, int]:
    """Send everything that is due; returns how many messages ended how. Harmless to run twice or at the same time.

    `told` is told of the number of messages after each batch.
    """
    begun, started = at or timezone.now(), time.monotonic()

    def now() -> datetime:
        # A long run moves on with the clock: a lease counts from its own claim.
        return begun + timedelta(seconds=time.monotonic() - started)

    counts: dict[str, int] = defaultdict(int)
    counts["uncertain"] += outbox.settle_lost(at=now(), resend=honouring())
    while messages := outbox.claim(at=now(), limit=BATCH, channels=[Channel.IN_APP]):
        # Shown in the app from here on: there is nothing that could be lost on the way.
        counts["sent"] += outbox.complete([m.pk for m in messages], at=now())
    default = next(iter(order()), None)
    for channel in OUTSIDE:
        if is_on(channel):
            _serve(channel, now, counts, told)
        else:
            outbox.pass_on(channel, default=default)
    return dict(counts)


def _serve(
    channel: Channel, now: Callable[[], datetime], counts: dict[str, int], told: Callable[[int], None] | None
) -> None:
    """Send by one channel until nothing is due, its minute is full, or its other end is away."""
    while allowed := pace.take(channel, at=now(), wanted=BATCH, a_minute=settings.MESSAGES_A_MINUTE[channel]):
        messages = outbox.claim(at=now(), limit=allowed, channels=[channel])
        outcomes = _Batch(channel, messages, now).send() if messages else []
        for outcome in outcomes:
            counts[outcome] += 1
        used = sum(outcome in USED for outcome in outcomes)
        pace.give_back(channel, allowed - used)
        if told is not None:
            told(sum(counts.values()))
        if not messages or (AWAY | {"put back"}) & set(outcomes):
            return  # nothing left, or the other end is away or slow: the next run goes on


class _Batch:
    """Claimed messages on their way over one connection, each recorded as soon as it is known."""

    def __init__(self, channel: Channel, messages: list[Communication], now: Callable[[], datetime]) -> None:
        self.line: Line = MailLine() if channel == Channel.EMAIL else GatewayLine(channel)
        self.messages, self.now = messages, now
        by_kind: dict[str, set[str]] = defaultdict(set)
        for message in messages:
            by_kind[message.recipient_kind].add(message.recipient_id)
        known = {kind: addresses(kind, ids) for kind, ids in by_kind.items()}
        self.addresses: Mapping[object, Address | None] = {
            m.pk: known[m.recipient_kind].get(m.recipient_id) for m in messages
        }
        self.letters = letters_of(messages, {k: a.language for k, a in self.addresses.items() if a})  # type: ignore[misc]

    def send(self) -> list[str]:
        """One outcome a message. When the other end is away, or it takes too long, the rest goes back untried."""
        until = time.monotonic() + batch_lasts().total_seconds()
        outcomes: list[str] = []
        try:
            for message in self.messages:
                if time.monotonic() >= until or AWAY & set(outcomes):
                    break
                outcomes.append(self._one(message))
        finally:
            self.line.close()
        rest = [message.pk for message in self.messages[len(outcomes) :]]
        outbox.put_back(rest, at=self.now())
        return outcomes + ["put back"] * len(rest)

    def _one(self, message: Communication) -> str:
        address = self.addresses[message.pk]
        if address is None or not address.consents:
            outbox.give_up(message.pk, "no consent" if address is not None else "no address")
            return "stopped"
        onward = self._onward(message, address)
        if onward and onward[0] == "instead":
            outbox.move_on(message.pk, to=onward[1:], why="")
            return "moved"
        resting = (
            None if is_urgent(message) else quiet_until(self.now(), address.quiet or settings.QUIET_HOURS)
        )
        if resting is not None and message.recipient_kind == Recipient.PATIENT:
            outbox.put_back([message.pk], at=resting)
            return "resting"
        if not (to := self.line.address_of(address)):
            return self._elsewhere(message, onward, "no address", "stopped")
        letter = self.letters[message.pk]
        if not isinstance(letter, Letter):
            log.error(
                "the letter of message %s (%s) cannot be written", message.pk, message.kind, exc_info=letter
            )
            outbox.fail(Failure(message.pk, f"not written: {type(letter).__name__}", None))
            return "failed"
        return self._given(message, letter, to, onward)

    def _onward(self, message: Communication, address: Address) -> list[str]:
        """The channels that come after this one; "instead" before those that the person wants before it.

        The person's own order is asked for once, when the message is first about to leave.
        """
        if message.fallbacks is not None:
            return list(message.fallbacks)
        if message.recipient_kind != Recipient.PATIENT:
            return []
        ours = order()
        own = [channel for channel in address.channels if channel in ours] or ours
        return list(own[1:]) if own[0] == message.channel else ["instead", *own]

    def _given(self, message: Communication, letter: Letter, to: str, onward: Sequence[str]) -> str:
        away = self.line.open()
        if away is not None:
            return self._unreachable(message, away)
        if not outbox.leave(message.pk, fallbacks=onward, at=self.now()):
            return "lost"  # the batch took longer than its lease: it is another worker's by now
        try:
            outcome = self.line.send(message, letter, to)
        except ValueError as error:  # headers that cannot be: nothing has left
            outbox.fail(Failure(message.pk, f"not written: {type(error).__name__}", None))
            return "failed"
        return self._recorded(message, outcome, onward)

    def _recorded(self, message: Communication, outcome: Outcome, onward: Sequence[str]) -> str:
        if outcome.fate == Fate.TAKEN:
            outbox.complete([message.pk], at=self.now(), reference=outcome.reference)
            pace.back(message.channel)
            return "sent"
        if outcome.fate == Fate.AWAY:
            return self._unreachable(message, outcome)
        if outcome.fate == Fate.UNKNOWN:
            return self._unknown(message, outcome)
        if outcome.fate == Fate.NEVER or message.attempts >= ATTEMPTS:
            return self._elsewhere(message, onward, outcome.why, "failed")
        again = self.now() + max(pace.pause(message.pk, message.attempts), timedelta(seconds=outcome.seconds))
        outbox.fail(Failure(message.pk, outcome.why, again))
        if not outcome.seconds:
            return "postponed"
        pace.away(message.channel, at=self.now(), seconds=outcome.seconds)
        return "asked to wait"

    def _unknown(self, message: Communication, outcome: Outcome) -> str:
        """Nobody knows whether it arrived: again where the other end drops a second one, else for a person to judge."""
        log.warning("message %s is uncertain: %s", message.pk, outcome.why)
        if message.channel in honouring():
            outbox.fail(
                Failure(message.pk, outcome.why, self.now() + pace.pause(message.pk, message.attempts))
            )
            return "postponed"
        outbox.park(message.pk, outcome.why)
        return "uncertain"

    def _unreachable(self, message: Communication, outcome: Outcome) -> str:
        """The other end could not be reached or does not let us in: that says nothing of the message, which waits."""
        log.warning("the other end of %s cannot be used: %s", message.channel, outcome.why)
        again = self.now() + pace.pause(message.pk, message.attempts)
        outbox.fail(Failure(message.pk, outcome.why, again, tried=False))
        pace.away(message.channel, at=self.now())
        return "unreachable"

    def _elsewhere(self, message: Communication, onward: Sequence[str], why: str, ended: str) -> str:
        """By the next channel; where there is none, the message ends."""
        if onward:
            outbox.move_on(message.pk, to=onward, why=f"{message.channel}: {why}")
            return "moved"
        if ended == "stopped":
            outbox.give_up(message.pk, why)
        else:
            outbox.fail(Failure(message.pk, why, None))
        return ended
