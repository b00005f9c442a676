"""The follow-up form laid out: one row a question, with the answers of the last three visits beside it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from django.forms import BoundField
from django.utils.translation import gettext, gettext_lazy, pgettext

from followups.forms import HABIT_CHOICES, HABIT_LABELS, VisitForm
from followups.line_words import PRESSURE, NamedLine, beside, span_text
from followups.lines import Lines
from followups.models import Goal
from patients.models import Encounter
from patients.models.encounter import TYPED_READINGS, Adherence, Frequency, Grade, Pulse, Salt, Symptom
from patients.programmes import Programme
from patients.readings import VISIT_READINGS, Number, exact

EARLIER: Final = 3
_ = gettext_lazy
_NOTES: Final = {
    "systolic": _("sitting, mean of two"),
    "fasting_glucose": _("fasting 8 hours"),
    "height": _("once a year"),
}


@dataclass(frozen=True, slots=True)
class Earlier:
    """What one earlier visit said: the day, and the value as printed."""

    when: str
    value: str
    high: bool = False


@dataclass(frozen=True, slots=True)
class Remark:
    """What a typed number means, beside it; without a tone it is plain information."""

    text: str
    tone: str = ""
    icon: str = ""


@dataclass(slots=True)
class Row:
    """One question. `kind`: pressure, number, radios, checks."""

    kind: str
    label: str
    fields: list[BoundField]
    earlier: list[Earlier]
    unit: str = ""
    note: str = ""
    slot: str = ""
    remark: Remark | None = None
    lines: tuple[NamedLine, ...] = ()
    doubts: tuple[tuple[str, str, str, bool], ...] = ()

    @property
    def seg(self) -> bool:
        """Whether one of few values is chosen (a segmented bar)."""
        return self.kind == "radios"

    @property
    def errors(self) -> list[str]:
        """What is wrong with the row's fields."""
        return [str(error) for field in self.fields for error in field.errors]


@dataclass(slots=True)
class Sheet:
    """The form in its sections."""

    days: list[str]
    main: list[Row]
    further: list[Row]
    findings: list[Row]
    habits: list[tuple[BoundField, str, str]]
    habits_line: list[tuple[str, str]]
    last_on: date | None
    medicines: list[tuple[Any, BoundField, BoundField]]
    new_medicines: list[tuple[BoundField, BoundField]]
    further_open: bool


def sheet_of(
    form: VisitForm, earlier: Sequence[Encounter], goals: Iterable[Goal], lines: Mapping[str, Lines]
) -> Sheet:
    """Lay out a form. `earlier`: the last visits, newest first, with `further_observations` at hand; `lines`: the two
    target sets by reading, both are named and a value from the assessment line on is marked."""
    visits = list(earlier)[:EARLIER]
    notes = dict(_goal_notes(goals))
    numbers = {name: _number(form, name, visits, notes, lines) for name in form.names()}
    main = [numbers[name] for name in form.main if name != "diastolic"]
    further = [numbers[name] for name in form.further]
    newest = visits[0] if visits else None
    _remember(form, newest)
    return Sheet(
        days=[_day(visit.on) for visit in visits] + [""] * (EARLIER - len(visits)),
        main=[*main, *_choices(form, ("foot_pulse",), visits)],
        further=further,
        findings=_choices(form, _FINDINGS, visits),
        habits=[(form[name], str(_habit_unit(name)), name) for name in (*HABIT_LABELS, *HABIT_CHOICES)],
        habits_line=list(_habits_line(newest)),
        last_on=newest.on if newest else None,
        medicines=[
            (taken, form[f"med_{index}_change"], form[f"med_{index}_dosage"])
            for index, taken in enumerate(form.medications)
        ],
        new_medicines=[
            (form[name], form[name.replace("_name", "_dosage")])
            for name in form.fields
            if name.startswith("new_") and name.endswith("_name")
        ],
        further_open=any(row.errors or row.doubts or _filled(row) for row in further),
    )


_FINDINGS: Final = (
    "symptoms",
    "medication_adherence",
    "adverse_reaction",
    "new_complication",
    "hypoglycaemia",
)


def _filled(row: Row) -> bool:
    return any(field.value() not in (None, "") for field in row.fields)


def _day(on: date) -> str:
    return on.strftime("%m-%d")


def _number(
    form: VisitForm,
    name: str,
    visits: Sequence[Encounter],
    notes: Mapping[str, str],
    lines: Mapping[str, Lines],
) -> Row:
    reading, limits = VISIT_READINGS[name], limits_of(lines)
    pressure = name == "systolic"
    names = ("systolic", "diastolic") if pressure else (name,)
    return Row(
        kind="pressure" if pressure else "number",
        label=pgettext("reading", "Blood pressure") if pressure else gettext(reading.label),
        fields=[form[each] for each in names],
        earlier=_padded(
            Earlier(_day(visit.on), _value(visit, names), _above(visit, names, limits)) for visit in visits
        ),
        unit=str(_UNITS.get(reading.unit, reading.unit)),
        slot=name if name in limits or name == "weight" else "",
        lines=tuple(beside(names, lines)),
        note=notes.get(name, str(_NOTES.get(name, ""))),
        doubts=doubts_of(form, names),
    )


def doubts_of(form: VisitForm, names: Iterable[str]) -> tuple[tuple[str, str, str, bool], ...]:
    """For each field outside its usual range: name, mark to send back, value, and whether it is confirmed."""
    if not form.is_bound or not hasattr(form, "cleaned_data"):
        return ()
    marks = ((name, form.mark(name)) for name in names if name not in form.errors)
    return tuple((name, mark, mark.partition(":")[2], mark in form.confirmed) for name, mark in marks if mark)


_UNITS: Final = {"/min": _("beats/min")}


def limits_of(lines: Mapping[str, Lines]) -> dict[str, Number]:
    """The assessment lines alone, as limits that a reading stays below."""
    return {name: line.assessment.below for name, line in lines.items() if line.assessment}


def remarks_of(
    form: VisitForm, lines: Mapping[str, Lines], height: Decimal | None
) -> dict[str, Remark | None]:
    """What the typed numbers mean: on which side of the assessment line they are, and the body mass index.

    `height` in cm, from the archive, where none was typed.
    """
    if not form.is_bound:
        return {}
    limits = limits_of(lines)
    typed = {name: form.cleaned_data.get(name) for name in (*form.names(), "height", "weight")}
    tall = typed["height"] or height
    said = {
        name: _line_remark(typed, PRESSURE if name == "systolic" else (name,), limits)
        for name in limits
        if name != "diastolic"
    }
    said["weight"] = None
    if typed["weight"] and tall:
        bmi = typed["weight"] / (tall / 100) ** 2
        said["weight"] = Remark(f"BMI {bmi.quantize(Decimal('0.1'), ROUND_HALF_UP)}")
    return {name: remark for name, remark in said.items() if name in form.fields}


def _line_remark(
    typed: Mapping[str, Any], names: Sequence[str], lines: Mapping[str, Number]
) -> Remark | None:
    asked = [name for name in names if name in lines]
    if not asked or any(typed[name] is None for name in names):
        return None
    over = [f"≥{lines[name]}" for name in asked if exact(typed[name]) >= exact(lines[name])]
    if over:
        return Remark(" ".join(over), "amber", "arrow-up")
    return Remark(gettext("within the line"), "green", "check")


def _above(visit: Encounter, names: Sequence[str], lines: Mapping[str, Number]) -> bool:
    values = ((name, _measured(visit, name)) for name in names if name in lines)
    return any(value is not None and value >= exact(lines[name]) for name, value in values)


def _plain(value: Decimal | int) -> str:
    """Without trailing zeros: 140.00 as 140, 0.5 as 0.5."""
    return f"{Decimal(value).normalize():f}"


def _value(visit: Encounter, names: Sequence[str]) -> str:
    values = [_measured(visit, name) for name in names]
    if any(value is None for value in values):
        return "–"
    return "/".join(
        f"{value:.{VISIT_READINGS[name].decimals}f}" for name, value in zip(names, values, strict=True)
    )


def _measured(visit: Encounter, name: str) -> Decimal | None:
    """A reading of the visit, of its own row or beside it."""
    if name in TYPED_READINGS:
        return getattr(visit, name)
    return next((row.value for row in visit.further_observations.all() if row.code == name), None)


def _padded(values: Iterator[Earlier]) -> list[Earlier]:
    known = list(values)
    return known + [Earlier("", "")] * (EARLIER - len(known))


def _goal_notes(goals: Iterable[Goal]) -> Iterator[tuple[str, str]]:
    by_measure = {goal.measure: goal for goal in goals}
    for measure, goal in by_measure.items():
        bound = target_text(goal)
        upper, lower = by_measure.get("systolic"), by_measure.get("diastolic")
        if measure == "systolic" and upper and lower and upper.high and lower.high:
            bound = f"<{_plain(upper.high)}/{_plain(lower.high)}"
        yield measure, gettext("target %(bound)s") % {"bound": bound}


def target_text(goal: Goal) -> str:
    """The bounds of the person's own target."""
    return span_text(goal.measure, (goal.low, goal.high))


# ---- answers in words


def _choices(form: VisitForm, names: Iterable[str], visits: Sequence[Encounter]) -> list[Row]:
    return [_choice(form, name, visits) for name in names if name in form.fields]


_RADIOS: Final = ("medication_adherence", "hypoglycaemia", "foot_pulse")
_HINTS: Final = {
    "symptoms": _("lists of all programmes, merged"),
    "adverse_reaction": _("of which disease's medicine"),
    "new_complication": _("of which disease"),
}


def _choice(form: VisitForm, name: str, visits: Sequence[Encounter]) -> Row:
    return Row(
        kind="radios" if name in _RADIOS else "checks",
        label=str(form[name].label),
        fields=[form[name]],
        earlier=_padded(Earlier(_day(visit.on), _words(name, getattr(visit, name))) for visit in visits),
        note=str(_HINTS.get(name, "")),
    )


_WORDS: Final[dict[str, Any]] = {
    "symptoms": Symptom,
    "medication_adherence": Adherence,
    "adverse_reaction": Programme,
    "new_complication": Programme,
    "hypoglycaemia": Frequency,
    "foot_pulse": Pulse,
    "salt": Salt,
    "mood": Grade,
    "compliance": Grade,
}


def _words(name: str, value: Any) -> str:
    """An earlier answer, short: the word, “none”, or the first of several with their number."""
    if isinstance(value, list):
        if not value:
            return pgettext("symptoms", "none")
        first = str(_WORDS[name](value[0]).label)
        return (
            first
            if len(value) == 1
            else gettext("%(first)s +%(more)s") % {"first": first, "more": len(value) - 1}
        )
    return str(_WORDS[name](value).label) if value else "–"


# ---- habits


def _habit_unit(name: str) -> Any:
    return HABIT_LABELS[name][1] if name in HABIT_LABELS else ""


def _remember(form: VisitForm, newest: Encounter | None) -> None:
    """Give each habit its last answer, for “as last time”."""
    for name in (*HABIT_LABELS, *HABIT_CHOICES):
        last = getattr(newest, name, None)
        if last not in (None, ""):
            text = _plain(last) if name in HABIT_LABELS else str(last)
            form.fields[name].widget.attrs.update({"data-last": text, "data-when": _day(newest.on)})  # type: ignore[union-attr]


def _habits_line(newest: Encounter | None) -> Iterator[tuple[str, str]]:
    if newest is None:
        return
    for name, (label, unit) in HABIT_LABELS.items():
        value = getattr(newest, name)
        if value is not None:
            yield str(label), f"{_plain(value)} {unit}"
    for name, (label, _known) in HABIT_CHOICES.items():
        value = getattr(newest, name)
        if value:
            yield str(label), _words(name, value)
