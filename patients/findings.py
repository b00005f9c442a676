"""What is asked at a visit beyond readings, symptoms and habits, as data: one table for form, interface and database.

The national forms of single diseases ask for signs, devices, vaccines, targets agreed on, and how a reading was taken
(facts 1.3, 1.4, 2.1, 2.3). Each is a *finding* with a kind and what it may say; a visit keeps those that were answered
(`Encounter.findings`), so that a further form is further rows here and no further columns.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from django.utils.translation import gettext_noop

from patients.readings import READINGS


class Kind(StrEnum):
    """How a finding is answered."""

    CHOICE = "choice"
    CHOICES = "choices"
    NUMBER = "number"
    TEXT = "text"
    DAY = "day"
    PRESSURES = "pressures"


@dataclass(frozen=True, slots=True)
class Finding:
    """One question: label and words are msgids; `bounds` of a number are possible values, both ends included."""

    name: str
    label: str
    kind: Kind
    words: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""
    bounds: tuple[Decimal, Decimal] = (Decimal(0), Decimal(0))
    decimals: int = 0
    longest: int = 0


@dataclass(frozen=True, slots=True)
class Wrong:
    """A finding that cannot be: its name, a code for machines, a msgid with its values for people."""

    name: str
    code: str
    text: str
    params: Mapping[str, Any]


_ = gettext_noop
_YES_NO: Final = {"yes": _("in use"), "no": _("not in use")}
_SALT: Final = {"light": _("light"), "medium": _("medium"), "heavy": _("heavy")}


def _one(name: str, label: str, words: Mapping[str, str]) -> Finding:
    return Finding(name, label, Kind.CHOICE, MappingProxyType(dict(words)))


def _many(name: str, label: str, words: Mapping[str, str]) -> Finding:
    return Finding(name, label, Kind.CHOICES, MappingProxyType(dict(words)))


def _number(name: str, label: str, unit: str, span: str, decimals: int = 0) -> Finding:
    low, high = span.split("..")
    return Finding(
        name, label, Kind.NUMBER, unit=unit, bounds=(Decimal(low), Decimal(high)), decimals=decimals
    )


def _text(name: str, label: str, longest: int = 80) -> Finding:
    return Finding(name, label, Kind.TEXT, longest=longest)


# fmt: off
_TABLE: Final = (
    # How the readings were taken (facts 1.3). Three pairs at the most: the first of them is what was typed first.
    Finding("pressures", _("Repeated readings"), Kind.PRESSURES, unit="mmHg"),
    _number("rest_minutes", _("Rested before"), "min", "0..60"),
    _one("arm", _("Arm"), {"left": _("left side"), "right": _("right side")}),
    _one("posture", _("Posture"), {"sitting": _("sitting"), "lying": _("lying"), "standing": _("standing")}),
    _number("arm_circumference", _("Upper arm, round"), "cm", "12..60", 1),
    _one("cuff", _("Cuff"), {"small": _("small"), "standard": _("standard"), "large": _("large")}),
    _one("device", _("Device"), {"automatic": _("upper-arm automatic"), "mercury": _("mercury column"),
                                 "kiosk": _("self-service kiosk"), "own": _("the resident's own")}),
    _number("fasting_hours", _("Hours without food"), "h", "0..48"),
    # Every form. An empty list says nothing: nobody asked, or there was none; this tells which it was.
    _many("answered_none", _("Asked, and answered with none"), {
        "symptoms": _("Symptoms"), "adverse_reaction": _("Adverse drug reaction")}),
    _text("symptom_other", _("Other symptom")),
    _one("adherence_reason", _("Why not regularly"), {
        "cost": _("cost"), "forgets": _("forgets"), "reaction": _("adverse reaction"),
        "hard_to_get": _("hard to get"), "other": _("other")}),
    _one("reaction_severity", _("How severe"), {"mild": _("mild"), "severe": _("severe")}),
    # What resident and doctor agreed on: the second half of “now / target” on the national forms.
    _number("weight_target", _("Weight, target"), "kg", "20..300", 1),
    _number("cigarettes_target", _("Cigarettes, target"), "/d", "0..200"),
    _number("alcohol_target", _("Alcohol, target"), "liang/d", "0..50", 1),
    _number("exercise_per_week_target", _("Exercise, target"), "/wk", "0..21"),
    _number("exercise_minutes_target", _("Each time, target"), "min", "0..300"),
    _one("salt_target", _("Salt, target"), _SALT),
    _number("staple_food_target", _("Staple food, target"), "g/d", "0..2000"),
    # Diabetes.
    _one("foot_pulse_side", _("Which foot"), {"both": _("both"), "left": _("left side"), "right": _("right side")}),
    Finding("hba1c_on", _("HbA1c taken on"), Kind.DAY),
    _text("insulin_kind", _("Insulin")),
    _text("insulin_dose", _("Dose of insulin")),
    # COPD (facts 2.1).
    _many("copd_signs", _("Signs"), {
        "barrel_chest": _("barrel chest"), "leg_oedema": _("swollen legs"), "clubbing": _("clubbed fingers"),
        "cyanosis": _("cyanosis"), "weak_breath_sounds": _("weak breath sounds"), "rales": _("rales"),
        "jugular_distension": _("distended neck veins")}),
    _number("exacerbations_year", _("Exacerbations this year"), "", "0..50"),
    _number("hospital_stays_year", _("Hospital stays for them"), "", "0..50"),
    _one("inhaler", _("Inhaler"), {"skilled": _("skilled"), "unskilled": _("not skilled"),
                                   "not_mastered": _("not mastered"), "no_inhaler": _("no inhaler")}),
    _one("home_oxygen", _("Oxygen at home"), _YES_NO),
    _one("ventilation", _("Ventilation by mask"), _YES_NO),
    _many("vaccines", _("Vaccines"), {"flu": _("flu, this year"), "pneumococcal": _("pneumococcal")}),
    _text("blood_count", _("Blood count")),
    _one("copd_level", _("Level of management"), {
        "stable_low": _("stable, low risk"), "stable_high": _("stable, high risk"),
        "exacerbation": _("acute exacerbation")}),
    # Stroke and coronary heart disease (facts 2.3).
    _one("stroke_kind", _("Kind of stroke"), {
        "ischaemic": _("ischaemic"), "haemorrhage": _("haemorrhage"), "subarachnoid": _("subarachnoid haemorrhage"),
        "tia": _("TIA")}),
    _text("stroke_site", _("Site")),
    Finding("stroke_on", _("Day of the stroke"), Kind.DAY),
    _one("mrs", _("mRS"), {str(grade): str(grade) for grade in range(6)}),
    _one("limb_recovery", _("Limbs"), {"full": _("recovered"), "partial": _("partly recovered"),
                                       "none": _("not recovered")}),
    _one("rehabilitation", _("Rehabilitation"), {"none": _("none"), "home": _("exercises at home"),
                                                 "institution": _("in an institution")}),
    _many("uncontrolled_risks", _("Risks not under control"), {
        "pressure": _("blood pressure"), "glucose": _("blood glucose"), "lipids": _("blood lipids"),
        "smoking": _("smoking"), "heart": _("heart disease"), "alcohol": _("alcohol"),
        "carotid": _("carotid stenosis"), "tia": _("TIA")}),
    _many("medicine_groups", _("Takes medicines for"), {
        "pressure": _("blood pressure"), "glucose": _("blood glucose"), "lipids": _("blood lipids"),
        "platelets": _("against platelets"), "anticoagulant": _("against clotting")}),
    _one("angina", _("Angina"), {"none": _("none"), "exertion": _("on exertion"), "rest": _("at rest")}),
    _one("bleeding", _("Bleeding"), {"none": _("none"), "minor": _("minor"), "major": _("major")}),
    _text("imaging", _("Imaging"), 200),
    # CKD.
    _one("urine_protein", _("Urine protein"), {"negative": "-", "trace": "±", "1": "1+", "2": "2+", "3": "3+"}),
)
# fmt: on

FINDINGS: Final[Mapping[str, Finding]] = MappingProxyType({each.name: each for each in _TABLE})
MOST_PRESSURES: Final = 3


def wrong(values: Mapping[str, Any]) -> Iterator[Wrong]:
    """Every finding that cannot be recorded. Blank ones (None, "", []) are not answered and right."""
    for name, value in values.items():
        finding = FINDINGS.get(name)
        if finding is None:
            yield Wrong(name, "unknown", _("“%(word)s” is not known here."), {"word": name})
        elif value not in (None, "", [], ()):
            yield from _CHECKS[finding.kind](finding, value)


def kept(values: Mapping[str, Any]) -> dict[str, Any]:
    """The findings as the archive keeps them: answered ones only, numbers rounded half up, days as text.

    For values that `wrong` found nothing in; a value that cannot be is kept as it came, to be told apart from a stored one.
    """
    answered = {name: value for name, value in values.items() if value not in (None, "", [], ())}
    return {
        name: _kept(FINDINGS[name], value) if name in FINDINGS else value for name, value in answered.items()
    }


def _kept(finding: Finding, value: Any) -> Any:
    if finding.kind is Kind.NUMBER and (number := _decimal(value)) is not None:
        rounded = number.quantize(Decimal(1).scaleb(-finding.decimals), ROUND_HALF_UP)
        return float(rounded) if finding.decimals else int(rounded)
    if finding.kind is Kind.DAY and isinstance(value, date):
        return value.isoformat()
    if finding.kind is Kind.CHOICES and isinstance(value, list | tuple):
        return [word for word in finding.words if word in value] or list(value)
    if finding.kind is Kind.PRESSURES and isinstance(value, list | tuple):
        return [list(pair) if isinstance(pair, list | tuple) else pair for pair in value]
    return value


def _unknown(finding: Finding, word: Any) -> Wrong:
    return Wrong(finding.name, "unknown", _("“%(word)s” is not known here."), {"word": word})


def _choice(finding: Finding, value: Any) -> Iterator[Wrong]:
    if not isinstance(value, str) or value not in finding.words:
        yield _unknown(finding, value)


def _choices(finding: Finding, value: Any) -> Iterator[Wrong]:
    if not isinstance(value, list | tuple):
        yield _unknown(finding, value)
        return
    yield from (
        _unknown(finding, word) for word in value if not isinstance(word, str) or word not in finding.words
    )


def _within(finding: Finding, value: Any) -> Iterator[Wrong]:
    number, (low, high) = _decimal(value), finding.bounds
    if number is None or not low <= number <= high:
        yield Wrong(finding.name, "out_of_range", _("must be %(low)s–%(high)s."), {"low": low, "high": high})


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _short(finding: Finding, value: Any) -> Iterator[Wrong]:
    if not isinstance(value, str) or len(value) > finding.longest:
        text = _("at most %(longest)s characters.")
        yield Wrong(finding.name, "too_long", text, {"longest": finding.longest})


def _day(finding: Finding, value: Any) -> Iterator[Wrong]:
    if isinstance(value, date):
        return
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError):
        yield Wrong(finding.name, "not_a_day", _("A day is written as 2026-01-31."), {})


def _pressures(finding: Finding, value: Any) -> Iterator[Wrong]:
    pairs = list(value) if isinstance(value, list | tuple) else []
    if not 2 <= len(pairs) <= MOST_PRESSURES or not all(_is_pressure(pair) for pair in pairs):
        text = _("Two or three possible pairs of upper and lower pressure.")
        yield Wrong(finding.name, "not_pressures", text, {})


def _is_pressure(pair: Any) -> bool:
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        return False
    upper, lower = pair
    if any(isinstance(one, bool) or not isinstance(one, int) for one in pair):
        return False
    return READINGS["systolic"].possible(upper) and READINGS["diastolic"].possible(lower) and upper > lower


_CHECKS: Final = {
    Kind.CHOICE: _choice,
    Kind.CHOICES: _choices,
    Kind.NUMBER: _within,
    Kind.TEXT: _short,
    Kind.DAY: _day,
    Kind.PRESSURES: _pressures,
}
