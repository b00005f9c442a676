"""Versions of a visit side by side, in words: what each said, who replaced it, when and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext

from followups.entry.visit import VisitInput
from followups.visit_form.finding_rows import none_of, said
from followups.visit_form.forms import HABIT_CHOICES, HABIT_LABELS
from followups.visits.stored import reading_of
from patients.findings import FINDINGS
from patients.models import Encounter
from patients.models.encounter import (
    Adherence,
    DangerSign,
    EncounterHistory,
    Frequency,
    Method,
    Pulse,
    Symptom,
)
from patients.programmes import Programme
from patients.readings import VISIT_READINGS

_LISTS: Final[dict[str, Any]] = {
    "symptoms": Symptom,
    "danger_signs": DangerSign,
    "adverse_reaction": Programme,
    "new_complication": Programme,
}
_WORDS: Final[dict[str, Any]] = {
    "medication_adherence": Adherence,
    "hypoglycaemia": Frequency,
    "foot_pulse": Pulse,
    **{name: words for name, (_label, words) in HABIT_CHOICES.items()},
}


@dataclass(frozen=True, slots=True)
class Line:
    """One question on which versions differ: its label and what each version said, in their order."""

    label: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a visit. `replaced_by`, `replaced_at` and `why` are empty for the one that stands."""

    number: int
    reading: VisitInput
    method: str
    patient_id: Any
    written_at: datetime
    replaced_by: str = ""
    replaced_at: datetime | None = None
    why: str = ""


def versions_of(visit: Encounter) -> list[Version]:
    """Every version of the visit, the one that stands first: two statements and the further readings."""
    standing = Version(visit.version, reading_of(visit), visit.method, visit.patient_id, visit.recorded_at)
    history: Any = EncounterHistory  # made by pghistory, which says less of its type than it is
    rows = history.objects.filter(pgh_obj_id=visit.pk).select_related("pgh_context")
    return [standing, *(_earlier(row) for row in rows.order_by("-version"))]


def _earlier(row: Any) -> Version:
    names = [field.attname for field in Encounter._meta.concrete_fields]
    visit = Encounter(**{name: getattr(row, name) for name in names if hasattr(row, name)})
    about = row.pgh_context.metadata if row.pgh_context else {}
    further = {name: Decimal(text) for name, text in about.get("further", {}).items()}
    reading = reading_of(visit, further)
    return Version(
        row.version, reading, row.method, row.patient_id, row.recorded_at, about.get("agent", ""),
        row.pgh_created_at, about.get("why", ""),
    )  # fmt: skip


def lines(readings: Sequence[VisitInput], methods: Sequence[str]) -> list[Line]:
    """The questions that were not answered alike in all of them."""
    told = [dict(_answers(reading, method)) for reading, method in zip(readings, methods, strict=True)]
    labels = dict.fromkeys(label for each in told for label in each)
    found = [Line(label, tuple(each.get(label, "–") for each in told)) for label in labels]
    return [line for line in found if len(set(line.values)) > 1]


def _answers(reading: VisitInput, method: str) -> Iterator[tuple[str, str]]:
    yield gettext("Way of visiting"), str(Method(method).label) if method in Method.values else method
    for name, about in VISIT_READINGS.items():
        if name in reading.observations:
            value = f"{Decimal(reading.observations[name]):.{about.decimals}f}"
            yield gettext(about.label), f"{value} {about.unit}".strip()
    for name, words in _LISTS.items():
        chosen = [str(words(word).label) for word in getattr(reading, name) if word in words.values]
        yield str(_label(name)), gettext(", ").join(chosen) or none_of(name, reading.findings)
    for name, words in _WORDS.items():
        if word := getattr(reading, name):
            yield str(_label(name)), str(words(word).label)
    for name, (label, unit) in HABIT_LABELS.items():
        if (number := getattr(reading, name)) is not None:
            yield str(label), f"{number} {unit}"
    for name in FINDINGS:
        if name in reading.findings and name != "answered_none":
            yield gettext(FINDINGS[name].label), said(name, reading.findings[name])
    yield gettext("Which reaction"), reading.adverse_reaction_text or "–"
    yield gettext("Note"), reading.note or "–"


def _label(name: str) -> str:
    if name in HABIT_CHOICES:
        return str(HABIT_CHOICES[name][0])
    return {
        "symptoms": gettext("Symptoms"),
        "danger_signs": gettext("Danger signs"),
        "adverse_reaction": gettext("Adverse drug reaction"),
        "new_complication": gettext("New or worse complication"),
        "medication_adherence": gettext("Takes medicines"),
        "hypoglycaemia": gettext("Low-glucose episodes"),
        "foot_pulse": gettext("Foot pulse"),
    }[name]
