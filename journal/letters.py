"""What a message says outside the app: each kind's app tells its texts and its facts, at sending time, from ids.

A kind brings the built-in texts per channel and language, the variables that a text may use, and one function that
looks up their values for many messages at once. Who administers an organization may write other texts
(journal.wordings); the engine below is the same for every kind.
"""

import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils import translation
from django.utils.formats import date_format

from journal import wordings
from journal.models import Communication, Language

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Letter:
    """Subject and plain text."""

    subject: str
    body: str


@dataclass(frozen=True)
class Variable:
    """What a text may name: what it means, a made-up value for previews, and whether a text must name it."""

    meaning: "StrOrPromise"
    sample: str
    needed: bool = False


Facts = Mapping[str, str | date]
#: Parts of messages by message: several reasons may share one message, each with its own text.
Parts = Mapping[UUID, Sequence[tuple[str, Facts]]]


@dataclass(frozen=True)
class Text:
    """A subject (e-mail and WeChat) and a body, with variables in braces: `{day}`."""

    subject: str
    body: str


@dataclass(frozen=True)
class MessageKind:
    """A kind of text. `texts` by language; `short` the ones for text messages, `urgent` ones leave at any hour."""

    code: str
    name: "StrOrPromise"
    variables: Mapping[str, Variable]
    texts: Mapping[str, Text]
    short: Mapping[str, Text]
    urgent: bool = False

    def built_in(self, channel: str, language: str) -> Text:
        """The text that comes with the product."""
        return (self.short if channel == "sms" else self.texts)[language]


_kinds: dict[str, MessageKind] = {}
_parts: dict[str, Callable[[Sequence[Communication]], Parts]] = {}


def register_text(kind: MessageKind) -> None:
    """Make a kind of text known. An app registers each once."""
    _kinds[kind.code] = kind


def register(kind: str, parts: Callable[[Sequence[Communication]], Parts]) -> None:
    """Have `parts` tell, for messages of a kind, of which texts each consists and with which values."""
    _parts[kind] = parts


def kinds() -> list[MessageKind]:
    """Every kind of text, in the order of registration."""
    return list(_kinds.values())


def kind_of(code: str) -> MessageKind:
    """LookupError for a kind that nobody registered."""
    return _kinds[code]


def letters_of(
    messages: Sequence[Communication], languages: Mapping[UUID, str]
) -> dict[UUID, Letter | Exception]:
    """The letter of each message, or what went wrong with it: one that cannot be written holds up none of the others."""
    found: dict[UUID, Letter | Exception] = {}
    by_kind: dict[str, list[Communication]] = {}
    for message in messages:
        by_kind.setdefault(message.kind, []).append(message)
    for kind, several in by_kind.items():
        try:
            parts = _parts[kind](several)
        except Exception as error:  # noqa: BLE001 - whatever a kind's app raises, the other kinds go on
            found.update(dict.fromkeys((m.pk for m in several), error))
            continue
        chosen = wordings.Chosen.of(several)
        for message in several:
            found[message.pk] = _letter(message, parts, chosen, languages.get(message.pk, Language.CHINESE))
    return found


def _letter(
    message: Communication, parts: Parts, chosen: "wordings.Chosen", language: str
) -> Letter | Exception:
    try:
        written = []
        for code, facts in parts[message.pk]:
            text = chosen.text(kind_of(code).code, message, language) or kind_of(code).built_in(
                message.channel, language
            )
            written.append(filled(Text(*text) if isinstance(text, tuple) else text, facts, language))
        bodies = list(dict.fromkeys(letter.body for letter in written))
        glue = "" if message.channel == "sms" else "\n"
        return Letter(written[0].subject, glue.join(bodies))
    except Exception as error:  # noqa: BLE001 - told to the caller, who records it for this message
        return error


def is_urgent(message: Communication) -> bool:
    """Whether a message leaves at any hour."""
    kind = _kinds.get(message.kind)
    return kind is not None and kind.urgent


def filled(text: Text, facts: Facts, language: str) -> Letter:
    """The text with its variables replaced, days as the language writes them; one without a value is empty."""
    with translation.override(language):
        said = _Facts(
            (k, date_format(v, "DATE_FORMAT") if isinstance(v, date) else v) for k, v in facts.items()
        )

    def fill(template: str) -> str:
        return string.Formatter().vformat(template, (), said).strip()

    body = "\n".join(line for line in fill(text.body).split("\n") if line.strip())
    return Letter(" ".join(fill(text.subject).split()), body)


class _Facts(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""
