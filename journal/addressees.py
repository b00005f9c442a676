"""Where a message goes is asked at sending time, never stored: the apps above answer for their own people.

`accounts` answers for users, `patients` for residents (address and consent). The journal only knows the question.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import time

from journal.models import Channel, Language, Recipient


@dataclass(frozen=True)
class Address:
    """What is known of a recipient now: the addresses, whether messages are wanted, and how.

    `person` is the name by which a hospital's own service knows the recipient (WeChat). Empty `channels`: the
    installation's order; no `quiet`: the installation's hours of rest.
    """

    email: str = ""
    consents: bool = True
    phone: str = ""
    person: str = ""
    channels: tuple[Channel, ...] = ()
    quiet: tuple[time, time] | None = None
    language: str = Language.CHINESE

    def __repr__(self) -> str:
        return "Address(…)"


Answer = Callable[[Iterable[str]], Mapping[str, Address]]
_answers: dict[str, Answer] = {}


def answers_for(kind: Recipient, answer: Answer) -> None:
    """Register who answers for one kind of recipient: ids in, addresses by id out; an unknown id may be left out."""
    _answers[kind] = answer


def addresses(kind: str, ids: Iterable[str]) -> Mapping[str, Address]:
    """Current addresses of recipients, by id; nobody where no app answers for the kind."""
    answer = _answers.get(kind)
    return answer(list(ids)) if answer is not None else {}
