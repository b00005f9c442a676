"""E-mail over SMTP. A mail server takes the same letter twice: what is not known to have failed is not sent again."""

import logging
import smtplib
from email.utils import make_msgid

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from journal.addressees import Address
from journal.channels.line import Fate, Outcome
from journal.letters import Letter
from journal.models import Channel, Communication

log = logging.getLogger(__name__)


class MailLine:
    """One connection to the mail server, kept for a batch."""

    channel = Channel.EMAIL

    def __init__(self) -> None:
        self._connection = get_connection(fail_silently=False)

    def address_of(self, address: Address) -> str:
        """The e-mail address."""
        return address.email

    def open(self) -> Outcome | None:
        """Connect and sign in, where that has not been done."""
        try:
            self._connection.open()
        except (smtplib.SMTPException, OSError) as error:
            return Outcome(Fate.AWAY, _named(error))
        return None

    def send(self, message: Communication, letter: Letter, to: str) -> Outcome:
        """One letter. ValueError for headers that cannot be."""
        mail = EmailMessage(
            letter.subject, letter.body, settings.DEFAULT_FROM_EMAIL, [to], connection=self._connection
        )
        mail.extra_headers = {"Message-ID": make_msgid(idstring=message.pk.hex), "X-Yilian-Key": message.key}
        mail.message()
        try:
            mail.send()
        except smtplib.SMTPResponseException as error:
            return _refused(error)
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            return _refused(smtplib.SMTPResponseException(code, text))
        except (smtplib.SMTPException, OSError) as error:
            # The connection broke after the letter was on its way: nobody knows whether it arrived.
            self.close()
            return Outcome(Fate.UNKNOWN, _named(error))
        return Outcome(Fate.TAKEN)

    def close(self) -> None:
        """Say goodbye."""
        try:
            self._connection.close()
        except (smtplib.SMTPException, OSError) as error:
            log.info("the mail server went away while saying goodbye: %s", error)


def _refused(error: smtplib.SMTPResponseException) -> Outcome:
    return Outcome(Fate.NEVER if error.smtp_code >= 500 else Fate.LATER, _named(error))


def _named(error: Exception) -> str:
    """The kind of an error with the server's code. Its words may quote the address and are not kept."""
    code = f" {error.smtp_code}" if isinstance(error, smtplib.SMTPResponseException) else ""
    return f"{type(error).__name__}{code}"
