"""Texts of messages that administrators wrote: checked, kept edition by edition, found for an organization.

An organization's own text stands before its alliance's, that before the built-in one. The journal does not know which
alliance an organization belongs to: `alliances` answers.
"""

import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop as _

from journal import audit
from journal.audit import Agent
from journal.models import Communication, Owner, Wording

GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: Characters that take two places in the GSM alphabet (3GPP TS 23.038, 6.2.1.1).
GSM_DOUBLE = frozenset("^{}\\[~]|€\f")
MOST_SEGMENTS = 4  # design: a longer text message is a letter

#: (owner, id) by organization, the nearest first.
Above = Callable[[Iterable[int]], Mapping[int, Sequence[tuple[str, int]]]]
_answers: list[Above] = []


class WordingRefused(ValueError):
    """A text that cannot be used: the field, a msgid and its values."""

    def __init__(self, field: str, message: str, params: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.field, self.message, self.params = field, message, dict(params or {})


def owners_answered_by(answer: Above) -> None:
    """Register who tells whose texts count for an organization."""
    _answers.append(answer)


def variables_in(text: str) -> set[str]:
    """The names in braces. ValueError where the braces do not pair or hold more than a name."""
    found = set()
    for _literal, name, form, conversion in string.Formatter().parse(text):
        if name is None:
            continue
        if form or conversion or not name.isidentifier():
            raise ValueError(name)
        found.add(name)
    return found


@dataclass(frozen=True)
class Size:
    """How long a text message is, and into how many parts the network cuts it (3GPP TS 23.040)."""

    characters: int
    segments: int
    latin: bool


def size_of(text: str) -> Size:
    """160 characters of the GSM alphabet (153 a part), or 70 of any script (67 a part)."""
    latin = all(c in GSM or c in GSM_DOUBLE for c in text)
    length = sum(2 if c in GSM_DOUBLE else 1 for c in text) if latin else len(text.encode("utf-16-le")) // 2
    whole, part = (160, 153) if latin else (70, 67)
    return Size(length, 1 if length <= whole else -(-length // part), latin)


def check(text: str, *, field: str, allowed: Iterable[str], needed: Iterable[str] = ()) -> None:
    """Raise WordingRefused, with the name, for a variable that is unknown or missing."""
    try:
        named = variables_in(text)
    except ValueError:
        raise WordingRefused(
            field, _("Braces hold the name of one variable and nothing else, e.g. {day}.")
        ) from None
    if unknown := sorted(named - set(allowed)):
        raise WordingRefused(field, _("There is no variable {%(name)s} here."), {"name": unknown[0]})
    if missing := sorted(set(needed) - named):
        raise WordingRefused(field, _("The text must say {%(name)s}."), {"name": missing[0]})


@dataclass(frozen=True)
class Place:
    """Which text: of a kind, on a channel, in a language, and whose."""

    kind: str
    channel: str
    language: str
    owner: str
    owner_id: int

    def editions(self) -> "Any":
        """All that was ever written here, newest first."""
        return Wording.objects.filter(**self.__dict__).order_by("-number")


@transaction.atomic
def write(place: Place, *, subject: str, body: str, by: Agent) -> Wording:
    """Keep another edition of a text; empty ones go back to what is built in. The caller has checked the text."""
    latest = place.editions().select_for_update().first()
    edition = Wording.objects.create(
        **place.__dict__, number=latest.number + 1 if latest else 1, subject=subject, body=body,
        written_by=by.agent_name(),
    )  # fmt: skip
    audit.record(
        "wording.write" if body else "wording.reset", by=by, subject=edition,
        organization_id=place.owner_id if place.owner == Owner.ORGANIZATION else None,
        detail={**place.__dict__, "number": edition.number},
    )  # fmt: skip
    return edition


@dataclass(frozen=True)
class Chosen:
    """The texts that count for a batch of messages: looked up once."""

    above: Mapping[int, Sequence[tuple[str, int]]]
    texts: Mapping[tuple[str, str, str, str, int], tuple[str, str]]

    @classmethod
    def of(cls, messages: Sequence[Communication]) -> "Chosen":
        """Two statements, whatever the number of messages."""
        organizations = {m.organization_id for m in messages if m.organization_id is not None}
        above: dict[int, Sequence[tuple[str, int]]] = {}
        for answer in _answers:
            above.update(answer(organizations))
        owners = {owner for several in above.values() for owner in several}
        rows = Wording.objects.filter(owner_id__in={key for _owner, key in owners}).order_by("number")
        texts = {(w.kind, w.channel, w.language, w.owner, w.owner_id): (w.subject, w.body) for w in rows}
        return cls(above, texts)

    def text(self, kind: str, message: Communication, language: str) -> tuple[str, str] | None:
        """Subject and body as somebody wrote them, None where the built-in text counts."""
        for owner, owner_id in self.above.get(message.organization_id or 0, ()):
            found = self.texts.get((kind, message.channel, language, owner, owner_id))
            if found is not None and found[1]:
                return found
        return None
