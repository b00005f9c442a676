"""What delivery asks of a channel."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from journal.addressees import Address
from journal.letters import Letter
from journal.models import Channel, Communication


class Fate(StrEnum):
    """What became of a message that was given to the other end."""

    TAKEN = "taken"  # it is on its way
    LATER = "later"  # refused for now
    NEVER = "never"  # refused for good
    AWAY = "away"  # nobody there, nothing was given
    UNKNOWN = "unknown"  # it may or may not have been taken


@dataclass(frozen=True)
class Outcome:
    """The fate, why (never the address), what the other end calls the message, and for how long it wants to be left alone."""

    fate: Fate
    why: str = ""
    reference: str = ""
    seconds: int = 0


class Line(Protocol):
    """A channel that is open for one batch."""

    channel: Channel

    def address_of(self, address: Address) -> str:
        """The recipient's address on this channel, empty where there is none."""

    def open(self) -> Outcome | None:
        """Reach the other end; an outcome (AWAY) where that fails."""

    def send(self, message: Communication, letter: Letter, to: str) -> Outcome:
        """Give one message to the other end."""

    def close(self) -> None:
        """Let go of the other end. Raises nothing."""
