"""What a message says by e-mail: each kind's app renders its own, at sending time, from ids and the stored content."""

from collections.abc import Callable
from dataclasses import dataclass

from journal.models import Communication


@dataclass(frozen=True)
class Letter:
    """Subject and plain text."""

    subject: str
    body: str


Render = Callable[[Communication], Letter]
_renderers: dict[str, Render] = {}


def register(kind: str, render: Render) -> None:
    """Have `render` write the letters of a kind of message."""
    _renderers[kind] = render


def letter_of(message: Communication) -> Letter:
    """The letter of a message; LookupError for a kind that nobody renders."""
    return _renderers[message.kind](message)
