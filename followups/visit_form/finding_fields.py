"""Findings as fields of the follow-up form, and what was answered in them (definitions: patients.findings)."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy, pgettext_lazy

from patients.findings import FINDINGS, Finding, Kind
from patients.models.encounter import Adherence, Pulse, Symptom

_ = gettext_lazy

REPEATS: Final = (2, 3)
#: A finding that stands beside another answer, and the answers with which it is asked.
ONLY_WITH: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "symptom_other": ("symptoms", frozenset({Symptom.OTHER})),
    "adherence_reason": ("medication_adherence", frozenset({Adherence.INTERMITTENT, Adherence.NONE})),
    "foot_pulse_side": ("foot_pulse", frozenset({Pulse.WEAK, Pulse.ABSENT})),
}


def field_of(name: str) -> forms.Field:
    """The form field of a finding; never required, its limits are checked by the use-case, too."""
    finding = FINDINGS[name]
    return _MAKERS[finding.kind](finding)


def _label(finding: Finding) -> Any:
    return gettext_lazy(finding.label)


def _options(finding: Finding) -> list[tuple[str, Any]]:
    return [(code, gettext_lazy(word)) for code, word in finding.words.items()]


def _choice(finding: Finding) -> forms.Field:
    if finding.name.endswith("_target") or finding.name in ("device", "adherence_reason"):
        options = [("", "–"), *_options(finding)]
        return forms.ChoiceField(label=_label(finding), required=False, choices=options)
    return forms.ChoiceField(
        label=_label(finding), required=False, choices=_options(finding), widget=forms.RadioSelect
    )


def _choices(finding: Finding) -> forms.Field:
    return forms.MultipleChoiceField(
        label=_label(finding), required=False, choices=_options(finding), widget=forms.CheckboxSelectMultiple
    )


def _number(finding: Finding) -> forms.Field:
    low, high = finding.bounds
    attributes = {
        "inputmode": "decimal" if finding.decimals else "numeric",
        "autocomplete": "off",
        "data-hard": f"{low},{high}",
    }
    return forms.DecimalField(
        label=_label(finding), required=False, min_value=low, max_value=high, max_digits=7,
        decimal_places=finding.decimals, widget=forms.TextInput(attrs=attributes),
    )  # fmt: skip


def _text(finding: Finding) -> forms.Field:
    return forms.CharField(
        label=_label(finding), required=False, max_length=finding.longest,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip


def _day(finding: Finding) -> forms.Field:
    return forms.DateField(
        label=_label(finding),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


_MAKERS: Final = {
    Kind.CHOICE: _choice,
    Kind.CHOICES: _choices,
    Kind.NUMBER: _number,
    Kind.TEXT: _text,
    Kind.DAY: _day,
}
REPEAT_LABELS: Final = {
    2: (pgettext_lazy("reading", "Second, upper"), pgettext_lazy("reading", "Second, lower")),
    3: (pgettext_lazy("reading", "Third, upper"), pgettext_lazy("reading", "Third, lower")),
}


def answered(cleaned: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The findings among the cleaned values, without those whose question was not asked."""
    found: dict[str, Any] = {}
    for name in names:
        value = cleaned.get(name)
        if value in (None, "", []) or not _asked(name, cleaned):
            continue
        found[name] = _plain(FINDINGS[name], value)
    return found


def _asked(name: str, cleaned: Mapping[str, Any]) -> bool:
    if name == "reaction_severity":
        return bool(set(cleaned.get("adverse_reaction") or ()) - {"none"})
    if name not in ONLY_WITH:
        return True
    question, answers = ONLY_WITH[name]
    given = cleaned.get(question) or ()
    return bool(answers & ({given} if isinstance(given, str) else set(given)))


def _plain(finding: Finding, value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value) if finding.decimals else int(value)
    return value


def pressures(cleaned: Mapping[str, Any]) -> list[tuple[int, int]]:
    """The pairs of pressure that were typed, in their order; only the complete ones, the first one leading."""
    pairs = []
    for suffix in ("", *(f"_{time}" for time in REPEATS)):
        upper, lower = cleaned.get(f"systolic{suffix}"), cleaned.get(f"diastolic{suffix}")
        if upper is None or lower is None:
            break
        pairs.append((int(upper), int(lower)))
    return pairs
