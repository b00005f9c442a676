"""The way of life on the follow-up form: now and target side by side, with the last answers at hand."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.forms import BoundField

from followups.visit_form.fields import TARGETS
from followups.visit_form.forms import HABIT_LABELS, VisitForm
from patients.models import Encounter
from patients.models.encounter import Grade, Salt

_WORDS: Final[dict[str, Any]] = {"salt": Salt, "mood": Grade, "compliance": Grade}


@dataclass(frozen=True, slots=True)
class Habit:
    """One question: what is, and where the form has one, the target that was agreed on."""

    field: BoundField
    unit: str
    name: str
    target: BoundField | None


def habits_of(form: VisitForm) -> list[Habit]:
    """The habits that the programmes ask for, in the order of the national form."""
    weight = [Habit(form["weight_target"], "kg", "weight_target", None)]
    return weight + [_habit(form, name) for name in form.habits]


def _habit(form: VisitForm, name: str) -> Habit:
    target = form[TARGETS[name]] if name in TARGETS else None
    return Habit(form[name], str(HABIT_LABELS[name][1]) if name in HABIT_LABELS else "", name, target)


def remember(form: VisitForm, newest: Encounter | None) -> None:
    """Give each habit and target its last answer, for “as last time”. Nothing is filled in before somebody says so."""
    if newest is None:
        return
    for name in ("weight_target", *form.habits):
        _remember(form, name, getattr(newest, name, newest.findings.get(name)), newest)
        if target := TARGETS.get(name):
            _remember(form, target, newest.findings.get(target), newest)


def _remember(form: VisitForm, name: str, last: Any, newest: Encounter) -> None:
    if last in (None, ""):
        return
    text = last if isinstance(last, str) else plain(Decimal(str(last)))
    form.fields[name].widget.attrs.update({"data-last": text, "data-when": newest.on.strftime("%m-%d")})


def habits_line(form: VisitForm, newest: Encounter | None) -> Iterator[tuple[str, str]]:
    """The last answers in a line: label and value, with the target after an arrow."""
    if newest is None:
        return
    for name in form.habits:
        said, target = _said(name, getattr(newest, name)), newest.findings.get(TARGETS.get(name, ""))
        if said:
            yield (
                str(form[name].label),
                f"{said} → {_said(name, target)}" if target not in (None, "") else said,
            )


def _said(name: str, value: Any) -> str:
    if value in (None, ""):
        return ""
    if name in _WORDS:
        return str(_WORDS[name](value).label)
    return f"{plain(Decimal(str(value)))} {HABIT_LABELS[name][1]}"


def plain(value: Decimal | int) -> str:
    """Without trailing zeros: 140.00 as 140, 0.5 as 0.5."""
    return f"{Decimal(value).normalize():f}"
