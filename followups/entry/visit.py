"""What was found at one visit, as the form, the interface for other systems and an import hand it in; and its check.

Nothing here touches the database or the clock: `faults_of` names every field that cannot be, with words for a person.
"""

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_noop as _

from followups.entry.measuring import means_of
from followups.entry.override import Override
from followups.protocols.wording import Translate, english
from patients import findings
from patients.models.encounter import (
    TYPED_READINGS,
    Adherence,
    DangerSign,
    Frequency,
    Grade,
    Method,
    Pulse,
    Salt,
    Symptom,
)
from patients.programmes import Programme
from patients.readings import VISIT_READINGS, Hint, Number, exact, looks_like, looks_swapped


@dataclass(frozen=True, slots=True)
class MedicationChange:
    """`name` and `dosage` given, no `stops`: a new medicine. `stops` alone: it is stopped. All three: another dose."""

    name: str = ""
    dosage: str = ""
    stops: UUID | None = None


@dataclass(frozen=True, slots=True)
class VisitInput:
    """The content of a visit. Readings by the names and in the units of `patients.readings`.

    An empty list counts as none; that somebody asked and heard “none” is the finding `answered_none`.
    """

    observations: Mapping[str, Number] = dataclasses.field(default_factory=dict)
    symptoms: tuple[str, ...] = ()
    danger_signs: tuple[str, ...] = ()
    adverse_reaction: tuple[str, ...] = ()
    adverse_reaction_text: str = ""
    new_complication: tuple[str, ...] = ()
    pregnant: bool = False
    lactating: bool = False
    medication_adherence: str = ""
    hypoglycaemia: str = ""
    foot_pulse: str = ""
    cigarettes_per_day: int | None = None
    alcohol_per_day: Decimal | None = None
    exercise_per_week: int | None = None
    exercise_minutes: int | None = None
    salt: str = ""
    staple_food: int | None = None
    mood: str = ""
    compliance: str = ""
    note: str = ""
    findings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    medications: tuple[MedicationChange, ...] = ()
    override: Override | None = None

    def stored(self) -> dict[str, Decimal]:
        """The readings as the archive keeps them: rounded half up to their decimals. These are what is judged."""
        return {name: rounded(name, value) for name, value in self.observations.items()}

    def further(self) -> dict[str, Decimal]:
        """Those of `stored` that the visit's own row has no column for: they are observations of it."""
        return {name: value for name, value in self.stored().items() if name not in TYPED_READINGS}


@dataclass(frozen=True, slots=True)
class Fault:
    """One field that cannot be: its path, a code for machines, and a msgid with its values for people."""

    field: str
    code: str
    text: str
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def sentence(self, translate: Translate = english) -> str:
        """The fault in words."""
        return translate(self.text) % self.params


class VisitRefused(ValueError):
    """A visit that cannot be recorded; `faults` say which fields and why. Nothing was written."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(f"{fault.field}: {fault.sentence()}" for fault in faults))
        self.faults = faults


# Facts 1.4: hard ranges of the habits on the national form, both ends included.
HABITS: Final[Mapping[str, tuple[int, int]]] = MappingProxyType(
    {
        "cigarettes_per_day": (0, 200),
        "alcohol_per_day": (0, 50),
        "exercise_per_week": (0, 21),
        "exercise_minutes": (0, 300),
        "staple_food": (0, 2000),
    }
)
_LISTS: Final[Mapping[str, type[models.TextChoices]]] = MappingProxyType(
    {
        "symptoms": Symptom,
        "danger_signs": DangerSign,
        "adverse_reaction": Programme,
        "new_complication": Programme,
    }
)
_WORDS: Final[Mapping[str, type[models.TextChoices]]] = MappingProxyType(
    {
        "medication_adherence": Adherence,
        "hypoglycaemia": Frequency,
        "foot_pulse": Pulse,
        "salt": Salt,
        "mood": Grade,
        "compliance": Grade,
    }
)
_TEXT_LENGTHS: Final[Mapping[str, int]] = MappingProxyType({"adverse_reaction_text": 200, "note": 4000})
# The questions that can be answered with “none”, and what is wrong with “none” beside another answer.
NONE_EXCLUDES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "symptoms": _("“None” and a symptom exclude each other."),
        "adverse_reaction": _("“None” and a reaction exclude each other."),
    }
)
SWAPPED: Final = _("Diastolic pressure must be below systolic pressure.")


def rounded(name: str, value: Number) -> Decimal:
    """A reading with the decimals it is kept with, half up. KeyError for an unknown name."""
    return exact(value).quantize(Decimal(1).scaleb(-VISIT_READINGS[name].decimals), ROUND_HALF_UP)


def faults_of(reading: VisitInput) -> list[Fault]:
    """Everything in the content that cannot be recorded, in the order of the form."""
    return [
        *_reading_faults(reading.observations),
        *_word_faults(reading),
        *_habit_faults(reading),
        *_mean_faults(reading),
        *_none_faults(reading),
        *(Fault(f"findings.{w.name}", w.code, w.text, w.params) for w in findings.wrong(reading.findings)),
        *_medication_faults(reading.medications),
    ]


def day_faults(
    *, on: date, today: date, born: date | None, deceased_on: date | None, method: str
) -> Iterator[Fault]:
    """What is wrong with day and method. `today` is the day on which the visit is written down."""
    if on > today:
        text = _("%(on)s lies in the future: a visit is recorded on its day or later.")
        yield Fault("on", "future", text, {"on": on.isoformat()})
    if born is not None and on < born:
        yield Fault("on", "before_birth", _("%(on)s lies before the birth."), {"on": on.isoformat()})
    if deceased_on is not None and on > deceased_on:
        text = _("The resident died on %(day)s: no later visit can be recorded.")
        yield Fault("on", "after_death", text, {"day": deceased_on.isoformat()})
    if method not in Method.values:
        yield _unknown("method", method)


def without(reading: VisitInput, faults: Collection[Fault]) -> VisitInput:
    """The same visit without the readings that cannot be (both pressures go together) and the decision that cannot."""
    bad = {fault.field.removeprefix("observations.") for fault in faults}
    if bad & {"systolic", "diastolic"}:
        bad |= {"systolic", "diastolic"}
    kept = {name: value for name, value in reading.observations.items() if name not in bad}
    found = {name: value for name, value in reading.findings.items() if f"findings.{name}" not in bad}
    refused = any(fault.field.startswith("override") for fault in faults)
    override = None if refused else reading.override
    return replace(reading, observations=kept, findings=found, override=override)


def _reading_faults(observations: Mapping[str, Number]) -> Iterator[Fault]:
    for name, value in observations.items():
        path = f"observations.{name}"
        reading = VISIT_READINGS.get(name)
        if reading is None:
            yield _unknown(path, name)
        elif not reading.possible(value):
            yield _impossible(path, name, value)
    systolic, diastolic = observations.get("systolic"), observations.get("diastolic")
    if systolic is not None and diastolic is not None and exact(diastolic) >= exact(systolic):
        hint = looks_swapped(systolic, diastolic) or Hint(SWAPPED, {})
        yield Fault("observations.diastolic", "diastolic_not_below_systolic", hint.text, hint.params)


def _mean_faults(reading: VisitInput) -> Iterator[Fault]:
    """Of repeated readings the mean by rule is the visit's pressure, whoever computed it."""
    pairs = reading.findings.get("pressures")
    if not pairs or any(findings.wrong({"pressures": pairs})):
        return
    means = means_of([(upper, lower) for upper, lower in pairs])
    if (reading.observations.get("systolic"), reading.observations.get("diastolic")) not in means:
        text = _("Of repeated readings the mean decides: %(systolic)s/%(diastolic)s.")
        yield Fault(
            "findings.pressures", "not_the_mean", text, {"systolic": means[0][0], "diastolic": means[0][1]}
        )


def _none_faults(reading: VisitInput) -> Iterator[Fault]:
    """“None” excludes every other answer to the same question (facts 1.4)."""
    told = reading.findings.get("answered_none")
    told = told if isinstance(told, list | tuple) else ()  # what else it may be is refused as a finding
    contradicted = [name for name in NONE_EXCLUDES if name in told and getattr(reading, name)]
    yield from (Fault("findings.answered_none", "contradicts", NONE_EXCLUDES[name]) for name in contradicted)


def _impossible(path: str, name: str, value: Number) -> Fault:
    reading, hint = VISIT_READINGS[name], looks_like(name, value)
    if hint is not None:
        return Fault(path, "other_unit", hint.text, hint.params)
    text = _("must be %(low)s–%(high)s %(unit)s; cannot be saved.")
    low, high = reading.hard
    return Fault(path, "out_of_range", text, {"low": low, "high": high, "unit": reading.unit})


def _word_faults(reading: VisitInput) -> Iterator[Fault]:
    for name, words in _LISTS.items():
        yield from (_unknown(name, word) for word in getattr(reading, name) if word not in words.values)
    for name, words in _WORDS.items():
        word = getattr(reading, name)
        if word and word not in words.values:
            yield _unknown(name, word)
    for name, longest in _TEXT_LENGTHS.items():
        if len(getattr(reading, name)) > longest:
            yield Fault(name, "too_long", _("at most %(longest)s characters."), {"longest": longest})


def _habit_faults(reading: VisitInput) -> Iterator[Fault]:
    for name, (low, high) in HABITS.items():
        value = getattr(reading, name)
        if value is not None and not low <= value <= high:
            yield Fault(name, "out_of_range", _("must be %(low)s–%(high)s."), {"low": low, "high": high})


def _medication_faults(changes: Sequence[MedicationChange]) -> Iterator[Fault]:
    for index, change in enumerate(changes):
        path = f"medications[{index}]"
        if not change.name and change.stops is None:
            yield Fault(f"{path}.name", "missing", _("The name of the medicine is missing."))
        for part, longest in (("name", 80), ("dosage", 80)):
            if len(getattr(change, part)) > longest:
                text = _("at most %(longest)s characters.")
                yield Fault(f"{path}.{part}", "too_long", text, {"longest": longest})


def _unknown(path: str, word: str) -> Fault:
    return Fault(path, "unknown", _("“%(word)s” is not known here."), {"word": word})
