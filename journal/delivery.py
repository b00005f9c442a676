"""Sending what the outbox holds: claimed and committed before it leaves, recorded after, never sent twice by us.

Whatever is not known to have failed is not sent again: a lost answer from the mail server leaves the message
`uncertain` for a person to judge (architecture §4).
"""

import logging
import smtplib
import time
from collections import defaultdict
from datetime import datetime, timedelta
from email.utils import make_msgid

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from journal import outbox
from journal.addressees import Address, addresses
from journal.letters import letter_of
from journal.models import Channel, Communication
from journal.outbox import LEASE, Failure

log = logging.getLogger(__name__)

BATCH = 200
ATTEMPTS = 6
LONGEST_PAUSE = timedelta(hours=1)
#: How long one batch may take; what is left then is put back, long before its lease runs out.
BATCH_LASTS = LEASE / 2
# Channels whose receiver drops a key it has seen. SMTP is not one of them.
HONOURS_KEYS: tuple[str, ...] = ()


def deliver(*, at: datetime | None = None) -> dict[str, int]:
    """Send everything that is due; returns how many messages ended how. Harmless to run twice or at the same time."""
    begun, started = at or timezone.now(), time.monotonic()

    def now() -> datetime:
        # A long run moves on with the clock: a lease counts from its own claim.
        return begun + timedelta(seconds=time.monotonic() - started)

    counts: dict[str, int] = defaultdict(int)
    counts["uncertain"] += outbox.uncertain(at=now(), resend=HONOURS_KEYS)
    while messages := outbox.claim(at=now(), limit=BATCH, channels=[Channel.IN_APP]):
        # Shown in the app from here on: there is nothing that could be lost on the way.
        counts["sent"] += outbox.complete([m.pk for m in messages], at=now())
    if not settings.EMAIL_HOST:
        return dict(counts)
    while messages := outbox.claim(at=now(), limit=BATCH, channels=[Channel.EMAIL]):
        outcomes = _send_batch(messages, now())
        for outcome in outcomes:
            counts[outcome] += 1
        if "put back" in outcomes or "unreachable" in outcomes:
            break  # the server is away or slow: the next run goes on
    return dict(counts)


def _send_batch(messages: list[Communication], now: datetime) -> list[str]:
    """Send claimed messages over one connection, each recorded as soon as it is known.

    When the server cannot be reached, or the batch takes too long, the rest goes back untried.
    """
    by_kind: dict[str, set[str]] = defaultdict(set)
    for message in messages:
        by_kind[message.recipient_kind].add(message.recipient_id)
    known = {kind: addresses(kind, ids) for kind, ids in by_kind.items()}
    connection = get_connection(fail_silently=False)
    until = time.monotonic() + BATCH_LASTS.total_seconds()
    outcomes: list[str] = []
    try:
        for message in messages:
            if time.monotonic() >= until or "unreachable" in outcomes:
                break
            outcomes.append(
                _send(message, known[message.recipient_kind].get(message.recipient_id), connection, now)
            )
    finally:
        _close(connection)
    rest = [message.pk for message in messages[len(outcomes) :]]
    outbox.put_back(rest, at=now)
    return outcomes + ["put back"] * len(rest)


def _close(connection: BaseEmailBackend) -> None:
    try:
        connection.close()
    except (smtplib.SMTPException, OSError) as error:
        log.info("the mail server went away while saying goodbye: %s", error)


def _send(
    message: Communication, address: Address | None, connection: BaseEmailBackend, now: datetime
) -> str:
    if address is None or not address.consents or not address.email:
        outbox.give_up(
            message.pk, "no consent" if address is not None and not address.consents else "no address"
        )
        return "stopped"
    try:
        mail = _mail(message, address, connection)
    except Exception as error:  # one letter that cannot be written holds up none of the others
        log.exception("the letter of message %s (%s) cannot be written", message.pk, message.kind)
        outbox.fail(Failure(message.pk, f"not written: {type(error).__name__}", None))
        return "failed"
    try:
        connection.open()
    except (smtplib.SMTPException, OSError) as error:
        return _unreachable(message, error, now)
    try:
        mail.send()
    except smtplib.SMTPResponseException as error:
        return _refused(message, error, now)
    except smtplib.SMTPRecipientsRefused as error:
        return _refused(message, _answer(error), now)
    except (smtplib.SMTPException, OSError) as error:
        # The connection broke after the letter was on its way: nobody knows whether it arrived.
        outbox.park(message.pk, _named(error))
        log.warning("message %s is uncertain: %s", message.pk, type(error).__name__)
        _close(connection)
        return "uncertain"
    outbox.complete([message.pk], at=now)
    return "sent"


def _mail(message: Communication, address: Address, connection: BaseEmailBackend) -> EmailMessage:
    """The letter ready to be sent. Whatever its kind's app raises, and ValueError for headers that cannot be."""
    letter = letter_of(message)
    mail = EmailMessage(
        letter.subject, letter.body, settings.DEFAULT_FROM_EMAIL, [address.email], connection=connection
    )
    mail.extra_headers = {"Message-ID": make_msgid(idstring=message.pk.hex), "X-Yilian-Key": message.key}
    mail.message()
    return mail


def _unreachable(message: Communication, error: Exception, now: datetime) -> str:
    """The server could not be reached or does not let us in: that says nothing of the letter, which waits."""
    log.warning("the mail server cannot be used: %s", type(error).__name__)
    outbox.fail(Failure(message.pk, _named(error), now + _pause(message)))
    return "unreachable"


def _pause(message: Communication) -> timedelta:
    """How long to wait before the next try: longer with every one, an hour at most."""
    return min(timedelta(minutes=2 ** min(message.attempts, 10)), LONGEST_PAUSE)


def _named(error: Exception) -> str:
    """The kind of an error with the server's code. Its words may quote the address and are not kept."""
    code = f" {error.smtp_code}" if isinstance(error, smtplib.SMTPResponseException) else ""
    return f"{type(error).__name__}{code}"


def _answer(refused: smtplib.SMTPRecipientsRefused) -> smtplib.SMTPResponseException:
    code, text = next(iter(refused.recipients.values()))
    return smtplib.SMTPResponseException(code, text)


def _refused(message: Communication, error: Exception, now: datetime) -> str:
    """The server said no: again later, unless it said never or we tried often enough."""
    never = isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 500
    spent = message.attempts >= ATTEMPTS
    again = None if never or spent else now + _pause(message)
    outbox.fail(Failure(message.pk, _named(error), again))
    return "failed" if again is None else "postponed"
