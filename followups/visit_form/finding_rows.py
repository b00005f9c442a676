"""Findings laid out as rows of the follow-up form, with their earlier answers in words."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext, pgettext

from followups.entry.visit import NONE_EXCLUDES
from followups.visit_form.forms import VisitForm
from followups.visit_form.row import Earlier, Row, day_of, padded
from patients.findings import FINDINGS, Kind
from patients.models import Encounter

_KINDS: Final = {
    Kind.CHOICE: "radios",
    Kind.CHOICES: "checks",
    Kind.NUMBER: "number",
    Kind.TEXT: "text",
    Kind.DAY: "text",
}
_UNITS: Final = {"min": "minutes", "h": "hours"}


def row_of(form: VisitForm, name: str, visits: Sequence[Encounter], *, slot: str = "") -> Row:
    """One finding as a question with the answers of the earlier visits; `slot` where something is said of what is typed."""
    finding = FINDINGS[name]
    return Row(
        kind=_KINDS[finding.kind],
        label=str(form[name].label),
        fields=[form[name]],
        earlier=padded(Earlier(day_of(visit.on), said(name, visit.findings.get(name))) for visit in visits),
        unit=gettext(_UNITS[finding.unit]) if finding.unit in _UNITS else finding.unit,
        slot=slot,
    )


def none_of(name: str, found: Mapping[str, Any]) -> str:
    """What an empty list says: none, or where somebody has to ask and nobody did, nothing."""
    asked = name not in NONE_EXCLUDES or name in found.get("answered_none", ())
    return pgettext("symptoms", "none") if asked else "–"


def said(name: str, value: Any) -> str:
    """An answer, short: the word, the first of several with their number, the pressures with slashes."""
    finding = FINDINGS[name]
    if value in (None, "", []):
        return "–"
    if finding.kind is Kind.CHOICE:
        return gettext(finding.words.get(value, value))
    if finding.kind is Kind.CHOICES:
        first = gettext(finding.words.get(value[0], value[0]))
        more = gettext("%(first)s +%(more)s") % {"first": first, "more": len(value) - 1}
        return first if len(value) == 1 else more
    if finding.kind is Kind.PRESSURES:
        return pgettext("pressures", ", ").join("/".join(str(one) for one in pair) for pair in value)
    if finding.kind is Kind.DAY:
        return date.fromisoformat(value).strftime("%Y-%m-%d")
    return str(value)
