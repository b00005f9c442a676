"""Sending what the outbox holds: claimed and committed before it leaves, recorded after, never sent twice by us.

Whatever is not known to have failed is not sent again: a lost answer from the mail server leaves the message
`uncertain` for a person to judge (architecture §4).
"""

import logging
import smtplib
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
from journal.outbox import Failure

log = logging.getLogger(__name__)

BATCH = 200
ATTEMPTS = 6
# Channels whose receiver drops a key it has seen. SMTP is not one of them.
HONOURS_KEYS: tuple[str, ...] = ()


def deliver(*, at: datetime | None = None) -> dict[str, int]:
    """Send everything that is due; returns how many messages ended how. Harmless to run twice or at the same time."""
    now = at or timezone.now()
    counts: dict[str, int] = defaultdict(int)
    counts["uncertain"] += outbox.uncertain(at=now, resend=HONOURS_KEYS)
    while messages := outbox.claim(at=now, limit=BATCH, channels=[Channel.IN_APP]):
        # Shown in the app from here on: there is nothing that could be lost on the way.
        counts["sent"] += outbox.complete([m.pk for m in messages], at=now)
    if not settings.EMAIL_HOST:
        return dict(counts)
    while messages := outbox.claim(at=now, limit=BATCH, channels=[Channel.EMAIL]):
        for outcome in _send_batch(messages, now):
            counts[outcome] += 1
    return dict(counts)


def _send_batch(messages: list[Communication], now: datetime) -> list[str]:
    """Send claimed messages over one connection, each recorded as soon as it is known."""
    by_kind: dict[str, set[str]] = defaultdict(set)
    for message in messages:
        by_kind[message.recipient_kind].add(message.recipient_id)
    known = {kind: addresses(kind, ids) for kind, ids in by_kind.items()}
    connection = get_connection(fail_silently=False)
    try:
        return [_send(m, known[m.recipient_kind].get(m.recipient_id), connection, now) for m in messages]
    finally:
        _close(connection)


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
    letter = letter_of(message)
    mail = EmailMessage(
        letter.subject, letter.body, settings.DEFAULT_FROM_EMAIL, [address.email], connection=connection
    )
    mail.extra_headers = {"Message-ID": make_msgid(idstring=message.pk.hex), "X-Yilian-Key": message.key}
    try:
        connection.open()
    except (smtplib.SMTPException, OSError) as error:
        return _refused(message, error, now)
    try:
        mail.send()
    except smtplib.SMTPResponseException as error:
        return _refused(message, error, now)
    except smtplib.SMTPRecipientsRefused as error:
        return _refused(message, _answer(error), now)
    except (smtplib.SMTPException, OSError) as error:
        # The connection broke after the letter was on its way: nobody knows whether it arrived.
        outbox.park(message.pk, str(error))
        log.warning("message %s is uncertain: %s", message.pk, type(error).__name__)
        _close(connection)
        return "uncertain"
    outbox.complete([message.pk], at=now)
    return "sent"


def _answer(refused: smtplib.SMTPRecipientsRefused) -> smtplib.SMTPResponseException:
    code, text = next(iter(refused.recipients.values()))
    return smtplib.SMTPResponseException(code, text)


def _refused(message: Communication, error: Exception, now: datetime) -> str:
    """The server said no, or could not be reached: again later, unless it said never or we tried often enough."""
    never = isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 500
    spent = message.attempts >= ATTEMPTS
    again = None if never or spent else now + timedelta(minutes=2**message.attempts)
    # The server's words may quote the address: only its code and the kind of error are kept.
    code = f" {error.smtp_code}" if isinstance(error, smtplib.SMTPResponseException) else ""
    outbox.fail(Failure(message.pk, f"{type(error).__name__}{code}", again))
    return "failed" if again is None else "postponed"
