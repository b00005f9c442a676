"""A stored visit with what was typed over it: what the form does not ask stays as it stood."""

from dataclasses import fields, replace
from typing import Any, Final

from followups.entry.visit import VisitInput
from followups.visit_form.forms import NONE, VisitForm
from patients.models import Encounter
from patients.models.encounter import Symptom
from patients.programmes import Programme

_WHOLE: Final = frozenset({"observations", "findings", "medications", "override"})


_LISTED: Final = {"symptoms": Symptom, "adverse_reaction": Programme, "new_complication": Programme}


def offer_stored(form: VisitForm, visit: Encounter) -> None:
    """Let the form offer what the visit holds already, so that it can be taken back: a word of an earlier form, a
    programme that has ended."""
    for name, words in _LISTED.items():
        field = form.fields[name]
        offered = {str(word) for word, _label in field.choices}  # type: ignore[attr-defined]
        more: list[tuple[str, Any]] = [
            (word, words(word).label) for word in getattr(visit, name) if word not in offered
        ]
        field.choices = [*field.choices, *more]  # type: ignore[attr-defined]


def typed_over(stored: VisitInput, form: VisitForm) -> VisitInput:
    """The content of a correction.

    The visit may hold more than its form asks: it came from another system, or was written before an enrolment began.
    """
    typed = form.reading()
    unasked = {name: value for name, value in stored.observations.items() if name not in form.names()}
    told = {*form.asked, "answered_none", *(("pressures",) if "systolic" in form.names() else ())}
    findings = {name: value for name, value in stored.findings.items() if name not in told}
    changes: dict[str, Any] = {
        "observations": unasked | dict(typed.observations),
        "findings": findings | dict(typed.findings),
    }
    for each in fields(VisitInput):
        if each.name not in _WHOLE:
            changes[each.name] = _answer(each.name, stored, typed, form)
    return replace(typed, **changes)


def _answer(name: str, stored: VisitInput, typed: VisitInput, form: VisitForm) -> Any:
    """One answer: the typed one where the form asks it; of lists also the words that the form does not offer."""
    before, after = getattr(stored, name), getattr(typed, name)
    if name not in form.fields:
        return before
    if not isinstance(after, tuple):
        return after
    offered = {str(word) for word, _label in form.fields[name].choices} | {NONE}  # type: ignore[attr-defined]
    return (*after, *(word for word in before if word not in offered))
