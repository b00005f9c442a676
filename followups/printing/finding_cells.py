"""The findings of a visit as the record form prints them: in full, with every word that was chosen."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext

from followups.visit_form.fields import findings
from patients.findings import FINDINGS, Kind
from patients.models import Encounter

_UNITS: Final = {"min": "minutes", "h": "hours"}


def names_of(programme: str) -> Iterator[str]:
    """The findings of the programme's form, but for insulin: that stands with the medicines."""
    return (name for name in findings([programme]) if not name.startswith("insulin_"))


def label_of(name: str) -> str:
    """The question, with the unit of its answer."""
    finding = FINDINGS[name]
    unit = gettext(_UNITS[finding.unit]) if finding.unit in _UNITS else finding.unit
    return f"{gettext(finding.label)} ({unit})" if unit else gettext(finding.label)


def cell(encounter: Encounter, name: str) -> str:
    """The answer in words; empty where there is none."""
    value: Any = encounter.findings.get(name)
    if value in (None, "", []):
        return ""
    finding = FINDINGS[name]
    if finding.kind in (Kind.CHOICE, Kind.CHOICES):
        chosen = value if isinstance(value, list) else [value]
        return gettext(", ").join(gettext(finding.words.get(word, word)) for word in chosen)
    if finding.kind is Kind.NUMBER:
        return f"{Decimal(str(value)).normalize():f}"
    return str(value)


def beside(said: str, encounter: Encounter, name: str) -> str:
    """An answer with the finding that belongs to it, such as where and how severe."""
    more = cell(encounter, name)
    return f"{said} ({more})" if said and more else said or more


def aimed(said: str, encounter: Encounter, name: str) -> str:
    """What is and what was agreed on, as the national forms print it: now / target."""
    target = cell(encounter, name)
    return f"{said or '–'} / {target}" if target else said
