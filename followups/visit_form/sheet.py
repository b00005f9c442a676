"""The follow-up form laid out: one row a question, with the answers of the last three visits beside it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.forms import BoundField
from django.utils.translation import gettext, gettext_lazy, pgettext

from followups.line_words import beside, target_text
from followups.lines import Lines
from followups.models import Goal
from followups.visit_form import fields as visit_fields
from followups.visit_form.finding_fields import REPEATS
from followups.visit_form.finding_rows import none_of, row_of
from followups.visit_form.forms import VisitForm
from followups.visit_form.habits import Habit, habits_line, habits_of, plain, remember
from followups.visit_form.remarks import GROUPED, REMARKED, limits_of
from followups.visit_form.row import EARLIER, Earlier, Row, day_of, padded
from patients.findings import FINDINGS
from patients.models import Encounter
from patients.models.encounter import TYPED_READINGS, Adherence, Frequency, Pulse, Symptom
from patients.programmes import Programme
from patients.readings import VISIT_READINGS, Number, exact

_ = gettext_lazy
_NOTES: Final = {
    "systolic": _("sitting, mean of two"),
    "fasting_glucose": _("fasting 8 hours"),
    "height": _("once a year"),
    "fev1_fvc": _("as a ratio: 0.696 for 69.6 %"),
}


@dataclass(slots=True)
class Sheet:
    """The form in its sections."""

    days: list[str]
    main: list[Row]
    further: list[Row]
    findings: list[Row]
    measuring: list[tuple[BoundField, str]]
    repeats: list[tuple[BoundField, BoundField]]
    measuring_open: bool
    single: list[Row]
    insulin: list[BoundField]
    habits: list[Habit]
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
    remember(form, newest)
    singles = [name for name in visit_fields.findings(form.programmes) if name not in _INSULIN]
    return Sheet(
        days=[day_of(visit.on) for visit in visits] + [""] * (EARLIER - len(visits)),
        main=[*main, *_choices(form, ("foot_pulse",), visits)],
        further=further,
        findings=_choices(form, _FINDINGS, visits),
        measuring=[(form[name], _unit_of(name)) for name in visit_fields.MEASURING],
        repeats=[(form[f"systolic_{time}"], form[f"diastolic_{time}"]) for time in REPEATS],
        measuring_open=_measured(form),
        single=[row_of(form, name, visits, slot=name if name == GROUPED else "") for name in singles],
        insulin=[form[name] for name in _INSULIN if name in form.fields],
        habits=habits_of(form),
        habits_line=list(habits_line(form, newest)),
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


_INSULIN: Final = ("insulin_kind", "insulin_dose")
_BESIDE: Final = {
    "symptoms": ("symptom_other",),
    "medication_adherence": ("adherence_reason",),
    "adverse_reaction": ("adverse_reaction_text", "reaction_severity"),
    "foot_pulse": ("foot_pulse_side",),
}


def _measured(form: VisitForm) -> bool:
    names = (
        *visit_fields.MEASURING,
        *(f"{side}_{time}" for time in REPEATS for side in ("systolic", "diastolic")),
    )
    return any(form[name].value() not in (None, "") or form[name].errors for name in names)


def _unit_of(name: str) -> str:
    unit = FINDINGS[name].unit
    return str(_UNITS.get(unit, unit))


def _filled(row: Row) -> bool:
    return any(field.value() not in (None, "") for field in row.fields)


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
        earlier=padded(
            Earlier(day_of(visit.on), _value(visit, names), _above(visit, names, limits)) for visit in visits
        ),
        unit=str(_UNITS.get(reading.unit, reading.unit)),
        slot=name if name in limits or name in REMARKED else "",
        lines=tuple(beside(names, lines)),
        note=notes.get(name, str(_NOTES.get(name, ""))),
        doubts=doubts_of(form, names),
        beside=[form["hba1c_on"]] if name == "hba1c" and "hba1c_on" in form.fields else [],
    )


_UNITS: Final = {"/min": _("beats/min"), "min": _("minutes"), "h": _("hours")}


def doubts_of(form: VisitForm, names: Iterable[str]) -> tuple[tuple[str, str, str, bool], ...]:
    """For each field outside its usual range: name, mark to send back, value, and whether it is confirmed."""
    if not form.is_bound or not hasattr(form, "cleaned_data"):
        return ()
    marks = ((name, form.mark(name)) for name in names if name not in form.errors)
    return tuple((name, mark, mark.partition(":")[2], mark in form.confirmed) for name, mark in marks if mark)


def _above(visit: Encounter, names: Sequence[str], lines: Mapping[str, Number]) -> bool:
    values = ((name, _stored(visit, name)) for name in names if name in lines)
    return any(value is not None and value >= exact(lines[name]) for name, value in values)


def _value(visit: Encounter, names: Sequence[str]) -> str:
    values = [_stored(visit, name) for name in names]
    if any(value is None for value in values):
        return "–"
    return "/".join(
        f"{value:.{VISIT_READINGS[name].decimals}f}" for name, value in zip(names, values, strict=True)
    )


def _stored(visit: Encounter, name: str) -> Decimal | None:
    """A reading of the visit, of its own row or beside it."""
    if name in TYPED_READINGS:
        return getattr(visit, name)
    return next((row.value for row in visit.further_observations.all() if row.code == name), None)


def _goal_notes(goals: Iterable[Goal]) -> Iterator[tuple[str, str]]:
    by_measure = {goal.measure: goal for goal in goals}
    for measure, goal in by_measure.items():
        bound = target_text(goal)
        upper, lower = by_measure.get("systolic"), by_measure.get("diastolic")
        if measure == "systolic" and upper and lower and upper.high and lower.high:
            bound = f"<{plain(upper.high)}/{plain(lower.high)}"
        yield measure, gettext("target %(bound)s") % {"bound": bound}


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
        earlier=padded(Earlier(day_of(visit.on), _words(name, visit)) for visit in visits),
        note=str(_HINTS.get(name, "")),
        beside=[form[each] for each in _BESIDE.get(name, ()) if each in form.fields],
    )


_WORDS: Final[dict[str, Any]] = {
    "symptoms": Symptom,
    "medication_adherence": Adherence,
    "adverse_reaction": Programme,
    "new_complication": Programme,
    "hypoglycaemia": Frequency,
    "foot_pulse": Pulse,
}


def _words(name: str, visit: Encounter) -> str:
    """An earlier answer, short: the word, “none”, or the first of several with their number."""
    value = getattr(visit, name)
    if isinstance(value, list):
        if not value:
            return none_of(name, visit.findings)
        first = str(_WORDS[name](value[0]).label)
        return (
            first
            if len(value) == 1
            else gettext("%(first)s +%(more)s") % {"first": first, "more": len(value) - 1}
        )
    return str(_WORDS[name](value).label) if value else "–"
