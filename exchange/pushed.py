"""A visit as another system sends it: every key checked for its type, every fault named by its path.

Whether the content can be (bounds, words, days) is judged by followups.entry.visit, as for the form.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_noop as _

from followups.entry.override import Override, Wish
from followups.entry.visit import Fault, MedicationChange, VisitInput, VisitRefused
from followups.visits import Entry

#: What a client reads of a visit and may send back, without effect.
READ_ONLY: Final = frozenset(
    {"id", "organization", "care_team", "practitioner", "source", "programmes", "version"}
)
#: The same of a doctor's decision.
DECIDED: Final = frozenset({"protocol_due_on", "by", "at"})
#: Clocks of devices differ; a moment further ahead than this is a mistake.
CLOCKS_DIFFER: Final = timedelta(minutes=10)
EARLIEST: Final = 1900
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
#: Neither PostgreSQL nor UTF-8 takes them: the character NUL, half a surrogate pair.
_UNKEPT: Final = re.compile("[\x00\ud800-\udfff]")


class Malformed(ValueError):
    """A value of the wrong type; the text is a msgid that says what was expected."""


def parsed(data: Mapping[str, Any], *, key: UUID, at: datetime) -> Entry:
    """The visit in `data`, received at `at`. Raises VisitRefused with every fault of form."""
    reader = _Reader(data)
    about = {
        name: reader.take(name, read, required=name != "practitioner_name") for name, read in _ABOUT.items()
    }
    content = {name: reader.take(name, read) for name, read in _CONTENT.items()}
    reader.refuse_others()
    if not reader.faults:
        reader.faults += _untimely(about["on"], about["recorded_at"], at)
    if reader.faults:
        raise VisitRefused(*reader.faults)
    reading = VisitInput(**{name: value for name, value in content.items() if value is not None})
    return Entry(
        about["patient"], reading, about["on"], about["method"], about["recorded_at"], key,
        about["practitioner_name"] or "",
    )  # fmt: skip


def _untimely(on: date, recorded_at: datetime, at: datetime) -> list[Fault]:
    faults = []
    if recorded_at > at + CLOCKS_DIFFER:
        faults.append(Fault("recorded_at", "future", _("This moment lies in the future.")))
    if on > timezone.localdate(at):
        text = _("%(on)s lies in the future: a visit is recorded on its day or later.")
        faults.append(Fault("on", "future", text, {"on": on.isoformat()}))
    return faults


@dataclass
class _Reader:
    """Takes keys out of a JSON object and gathers what is wrong with them."""

    data: Mapping[str, Any]

    def __post_init__(self) -> None:
        self.faults: list[Fault] = []
        self.seen: set[str] = set()

    def take(self, name: str, read: Callable[[Any], Any], *, required: bool = False) -> Any:
        """The value as our type; None when it is absent or not readable."""
        self.seen.add(name)
        value = self.data.get(name)
        if value is None:
            if required:
                self.faults.append(Fault(name, "required", _("This is needed.")))
            return None
        try:
            return read(value)
        except Malformed as fault:
            self.faults.append(Fault(name, "malformed", str(fault)))
            return None

    def refuse_others(self) -> None:
        """A key nobody knows is a mistake: it must not vanish in silence."""
        for name in self.data:
            if name not in self.seen | READ_ONLY:
                self.faults.append(Fault(str(name)[:60], "unknown", _("No such key.")))


def uuid(value: Any) -> UUID:
    """A UUID in its usual form."""
    try:
        return UUID(value)
    except (ValueError, AttributeError, TypeError):
        raise Malformed(_("A UUID is expected.")) from None


def day(value: Any) -> date:
    """YYYY-MM-DD."""
    try:
        if (
            isinstance(value, str)
            and _DAY.fullmatch(value)
            and (found := date.fromisoformat(value)).year >= EARLIEST
        ):
            return found
    except ValueError:
        pass
    raise Malformed(_("A day is expected: YYYY-MM-DD."))


def moment(value: Any) -> datetime:
    """ISO 8601 with an offset."""
    try:
        found = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or not EARLIEST <= found.year < 9999:
        raise Malformed(_("A moment is expected: ISO 8601 with an offset from UTC."))
    return found


def text(value: Any) -> str:
    """A text that the database can keep."""
    if not isinstance(value, str) or _UNKEPT.search(value):
        raise Malformed(_("A text is expected."))
    return value


def readable(value: str) -> str:
    """What a sender wrote as it may stand in an answer: without what no answer can hold."""
    return _UNKEPT.sub("\ufffd", value)


def short_text(value: Any) -> str:
    """A name."""
    if len(found := text(value).strip()) > 60:
        raise Malformed(_("At most 60 characters."))
    return found


def words(value: Any) -> tuple[str, ...]:
    """A list of codes, each once."""
    if not isinstance(value, list):
        raise Malformed(_("A list of texts is expected."))
    return tuple(dict.fromkeys(text(word) for word in value))


def flag(value: Any) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise Malformed(_("true or false is expected."))
    return value


def whole(value: Any) -> int:
    """A whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise Malformed(_("A whole number is expected."))
    return value


def number(value: Any) -> int | float:
    """A finite number."""
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not math.isfinite(value):
        raise Malformed(_("A number is expected."))
    return value


def tenths(value: Any) -> Decimal:
    """A number as the archive keeps it, with one decimal: sent again it must be the same."""
    given = Decimal(repr(number(value)))
    return given.quantize(Decimal("0.1"), ROUND_HALF_UP) if abs(given) < 1000 else given


def readings(value: Any) -> dict[str, int | float]:
    """Numbers by name; null means not taken."""
    if not isinstance(value, dict):
        raise Malformed(_("An object of names and numbers is expected."))
    return {name: number(one) for name, one in value.items() if one is not None}


def answers(value: Any) -> dict[str, Any]:
    """Findings by name; null means not asked. What they may say is the archive's to check."""
    if not isinstance(value, dict):
        raise Malformed(_("An object of names and answers is expected."))
    return {name: one for name, one in value.items() if one is not None}


def medicines(value: Any) -> tuple[MedicationChange, ...]:
    """Changes of medicines: objects with name, dosage, stops."""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Malformed(_("A list of objects is expected."))
    if any(set(one) - {"name", "dosage", "stops"} for one in value):
        raise Malformed(_("Only name, dosage and stops are known here."))
    return tuple(
        MedicationChange(
            name=text(one.get("name") or ""),
            dosage=text(one.get("dosage") or ""),
            stops=uuid(one["stops"]) if one.get("stops") else None,
        )
        for one in value
    )


def decision(value: Any) -> Override:
    """What a doctor decided otherwise: an object with reason, programmes (class, action by programme), next_due_on."""
    if not isinstance(value, dict) or set(value) - {"reason", "programmes", "next_due_on"} - DECIDED:
        raise Malformed(_("An object with reason, programmes and next_due_on is expected."))
    wishes = value.get("programmes") or {}
    if not isinstance(wishes, dict) or not all(isinstance(one, dict) for one in wishes.values()):
        raise Malformed(_("An object of programmes, each with class and action, is expected."))
    if any(set(one) - {"class", "action"} for one in wishes.values()):
        raise Malformed(_("An object of programmes, each with class and action, is expected."))
    due_on = value.get("next_due_on")
    return Override(
        reason=text(value.get("reason") or ""),
        programmes={
            text(name): Wish(text(one.get("class") or ""), text(one.get("action") or ""))
            for name, one in wishes.items()
        },
        next_due_on=None if due_on is None else day(due_on),
    )


_ABOUT: Final[Mapping[str, Callable[[Any], Any]]] = {
    "patient": uuid, "on": day, "method": text, "recorded_at": moment, "practitioner_name": short_text,
}  # fmt: skip
_CONTENT: Final[Mapping[str, Callable[[Any], Any]]] = {
    "observations": readings, "symptoms": words, "danger_signs": words, "adverse_reaction": words,
    "adverse_reaction_text": text, "new_complication": words, "pregnant": flag, "lactating": flag,
    "medication_adherence": text, "hypoglycaemia": text, "foot_pulse": text, "cigarettes_per_day": whole,
    "alcohol_per_day": tenths, "exercise_per_week": whole, "exercise_minutes": whole, "salt": text,
    "staple_food": whole, "mood": text, "compliance": text, "note": text, "findings": answers,
    "medications": medicines, "override": decision,
}  # fmt: skip
