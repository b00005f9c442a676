"""Text messages and WeChat over HTTP, by the contract of docs/sms-gateway.md."""

import hashlib
import hmac
import io
import json
import time

import requests
from django.conf import settings

from journal.addressees import Address
from journal.channels.line import Fate, Outcome
from journal.letters import Letter
from journal.models import Channel, Communication

#: Answers that say: not now. Every other refusal is for good.
LATER = {408, 425, 429, 500, 502, 503, 504}
MOST_SECONDS = 3600


def signature(secret: str, moment: str, body: bytes) -> str:
    """The HMAC-SHA256, in hexadecimal, over the moment and the body: how either side knows the other."""
    return hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()


class _Parcel(io.BytesIO):
    """The body of a request, which knows whether anybody began to send it: without it no gateway has the message."""

    touched = False

    def read(self, size: int | None = -1, /) -> bytes:
        """As a file's."""
        self.touched = True
        return super().read(size)


class GatewayLine:
    """One kept connection to a gateway."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self._facts = settings.MESSAGE_GATEWAYS[channel]
        self._session = requests.Session()
        self._session.trust_env = False  # a gateway stands in the hospital's network, behind no proxy of ours

    def address_of(self, address: Address) -> str:
        """A telephone number for text messages; for WeChat the name under which the hospital's service knows the person."""
        return address.phone if self.channel == Channel.SMS else address.person

    def open(self) -> Outcome | None:
        """Nothing is said before the first message."""
        return None

    def send(self, message: Communication, letter: Letter, to: str) -> Outcome:
        """One POST. What was not answered may have been taken."""
        said = {"to": to, "kind": message.kind, "subject": letter.subject, "text": letter.body}
        body, moment = json.dumps(said, ensure_ascii=False).encode(), str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": str(message.pk),
            "X-Yilian-Time": moment,
            "X-Yilian-Signature": signature(self._facts["secret"], moment, body),
        }
        parcel = _Parcel(body)
        try:
            answer = self._session.post(
                self._facts["url"], data=parcel, headers=headers, timeout=settings.MESSAGE_TIMEOUT_SECONDS,
                allow_redirects=False,
            )  # fmt: skip
        except requests.exceptions.RequestException as error:
            # Refused, no valid certificate: nothing was given. Broken later, by TLS or not: all of it may have arrived.
            return Outcome(Fate.UNKNOWN if parcel.touched else Fate.AWAY, type(error).__name__)
        return _outcome(answer)

    def close(self) -> None:
        """Let the connection go."""
        self._session.close()


def _outcome(answer: requests.Response) -> Outcome:
    why = f"HTTP {answer.status_code}"
    if answer.status_code in (200, 201, 202):
        return Outcome(Fate.TAKEN, reference=_reference(answer))
    if answer.status_code in LATER:
        text = answer.headers.get("Retry-After", "")
        return Outcome(Fate.LATER, why, seconds=min(int(text), MOST_SECONDS) if text.isdigit() else 0)
    return Outcome(Fate.NEVER, why)


def _reference(answer: requests.Response) -> str:
    """What the gateway calls the message; a gateway that does not say so has none."""
    try:
        said = answer.json()
    except ValueError:
        return ""
    return str(said.get("id", ""))[:80] if isinstance(said, dict) else ""
