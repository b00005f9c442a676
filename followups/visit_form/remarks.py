"""What is said beside a reading as it is typed: on which side of its line it is, and what follows from it."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from django.utils.translation import gettext

from followups import gold
from followups.entry.measuring import FASTING_HOURS, apart, cuff_for, mean_of, third_wanted
from followups.line_words import PRESSURE
from followups.lines import Lines
from followups.visit_form.forms import VisitForm
from followups.visit_form.row import Remark
from patients.findings import FINDINGS
from patients.kidney import egfr, stage
from patients.models import Patient
from patients.readings import Number, exact

# Told about with and without an assessment line: a third reading, not fasting, body mass index, GOLD grade, filtration.
REMARKED: Final = ("systolic", "fasting_glucose", "weight", "fev1_percent", "creatinine")
GROUPED: Final = "hospital_stays_year"  # the last of the questions that the GOLD group comes from


def limits_of(lines: Mapping[str, Lines]) -> dict[str, Number]:
    """The assessment lines alone, as limits that a reading stays below."""
    return {name: line.assessment.below for name, line in lines.items() if line.assessment}


def remarks_of(form: VisitForm, lines: Mapping[str, Lines], patient: Patient) -> dict[str, Remark | None]:
    """What the typed numbers mean: on which side of the assessment line they are, and what is computed from them.

    Height, sex and age are those of the archive where none was typed.
    """
    if not form.is_bound:
        return {}
    limits = limits_of(lines)
    asked = (*form.names(), "height", "weight", "arm_circumference", "fasting_hours")
    typed = {name: form.cleaned_data.get(name) for name in asked}
    tall = typed["height"] or patient.height
    said = {name: _line_remark(typed, (name,), limits) for name in limits if name not in PRESSURE}
    said["systolic"] = _pressure_remark(form, typed, limits)
    if "fasting_glucose" in typed:
        said["fasting_glucose"] = _not_fasting(typed) or said.get("fasting_glucose")
    said |= {"arm_circumference": _cuff_remark(typed["arm_circumference"]), "weight": None}
    if typed["weight"] and tall:
        bmi = typed["weight"] / (tall / 100) ** 2
        said["weight"] = Remark(f"BMI {bmi.quantize(Decimal('0.1'), ROUND_HALF_UP)}")
    said |= {**_gold_remarks(form.cleaned_data), "creatinine": _filtration(form, patient)}
    return {name: remark for name, remark in said.items() if name in form.fields}


def _gold_remarks(typed: Mapping[str, Any]) -> dict[str, Remark | None]:
    """Grade and group of a COPD, as soon as what is typed settles them."""
    grade, group = gold.grade_in(typed), gold.group_in(typed, typed)
    return {
        "fev1_percent": Remark(gettext("GOLD %(grade)s") % {"grade": grade}) if grade else None,
        GROUPED: Remark(gettext("GOLD group %(group)s") % {"group": group}) if group else None,
    }


def _filtration(form: VisitForm, patient: Patient) -> Remark | None:
    """The eGFR of a typed creatinine with its stage, and by which edition of the formula."""
    level, day, formula = (
        form.cleaned_data.get("creatinine"),
        form.cleaned_data.get("on"),
        form.settings.egfr_formula,
    )
    age = patient.age(on=day) if day else None
    rate = None if level is None or age is None else egfr(patient.sex, age, level, formula)
    if rate is None:
        return None
    text = gettext("eGFR %(rate)s (CKD-EPI %(formula)s), stage %(stage)s")
    return Remark(text % {"rate": rate, "formula": formula, "stage": stage(rate)})


def _pressure_remark(form: VisitForm, typed: Mapping[str, Any], lines: Mapping[str, Number]) -> Remark | None:
    """On which side of the line the pressure is; of repeated readings their mean, or that a third is wanted."""
    readings = form.pressures()
    if len(readings) < 2:
        return _line_remark(typed, PRESSURE, lines)
    if third_wanted(readings):
        text = gettext("differ by %(by)s mmHg: take a third reading") % {"by": apart(readings)}
        return Remark(text, "amber", "arrow-repeat")
    mean = dict(zip(PRESSURE, mean_of(readings, form.settings), strict=True))
    side = _line_remark(mean, PRESSURE, lines)
    text = gettext("mean %(upper)s/%(lower)s") % {"upper": mean["systolic"], "lower": mean["diastolic"]}
    return Remark(f"{text} {side.text}", side.tone, side.icon) if side else Remark(text)


def _not_fasting(typed: Mapping[str, Any]) -> Remark | None:
    hours = typed["fasting_hours"]
    if hours is None or hours >= FASTING_HOURS or typed["fasting_glucose"] is None:
        return None
    return Remark(gettext("less than 8 hours without food: not a fasting value"), "amber")


def _cuff_remark(arm: Decimal | None) -> Remark | None:
    if arm is None:
        return None
    size = FINDINGS["cuff"].words[cuff_for(arm)]
    return Remark(gettext("cuff: %(size)s") % {"size": gettext(size)})


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
