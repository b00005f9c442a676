"""One row of the follow-up form: a question, its fields, and the answers of the last visits beside it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from django.forms import BoundField

from followups.line_words import NamedLine

EARLIER: Final = 3


@dataclass(frozen=True, slots=True)
class Earlier:
    """What one earlier visit said: the day, and the value as printed."""

    when: str
    value: str
    high: bool = False


@dataclass(frozen=True, slots=True)
class Remark:
    """What a typed number means, beside it; without a tone it is plain information."""

    text: str
    tone: str = ""
    icon: str = ""


@dataclass(slots=True)
class Row:
    """One question. `kind`: pressure, number, radios, checks, text. `beside`: fields asked only with some answers."""

    kind: str
    label: str
    fields: list[BoundField]
    earlier: list[Earlier]
    unit: str = ""
    note: str = ""
    slot: str = ""
    remark: Remark | None = None
    lines: tuple[NamedLine, ...] = ()
    doubts: tuple[tuple[str, str, str, bool], ...] = ()
    beside: list[BoundField] = field(default_factory=list)

    @property
    def seg(self) -> bool:
        """Whether one of few values is chosen (a segmented bar)."""
        return self.kind == "radios"

    @property
    def errors(self) -> list[str]:
        """What is wrong with the row's fields."""
        return [str(error) for each in (*self.fields, *self.beside) for error in each.errors]


def day_of(on: date) -> str:
    """The day of an earlier visit, as the head of a column."""
    return on.strftime("%m-%d")


def padded(values: Iterator[Earlier]) -> list[Earlier]:
    """Three answers, empty ones where there were fewer visits."""
    known = list(values)
    return known + [Earlier("", "")] * (EARLIER - len(known))
