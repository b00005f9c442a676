"""What can be measured at a visit, as data: name, unit, possible and usual values, decimals, LOINC code.

Forms, imports, the API, `manage.py assess` and the CHECK constraints of the database all read this one table.
*Hard* bounds (both inclusive) part a possible value from an impossible one: outside them a value is refused.
*Warning* bounds part the usual from what a person should confirm: outside them a form asks again.
Bounds are a design choice, not taken from a standard (facts section 8.4); LOINC codes were checked there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from django.utils.translation import gettext_noop

Number = int | float | Decimal


def exact(value: Number) -> Decimal:
    """The decimal number a person wrote: 3.9 means 3.9, not the nearest binary fraction below it.

    Without this a typed 3.9 would compare as smaller than a limit of 3.9.
    """
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


@dataclass(frozen=True, slots=True)
class Reading:
    """One kind of measurement: its English label (a msgid), unit (UCUM-like), bounds, printed decimals, LOINC."""

    name: str
    label: str
    unit: str
    hard: tuple[Decimal, Decimal]
    warn: tuple[Decimal, Decimal] | None
    decimals: int
    loinc: str

    def possible(self, value: Number) -> bool:
        """Whether the value is a number within the hard bounds (inclusive)."""
        given = exact(value)
        return given.is_finite() and self.hard[0] <= given <= self.hard[1]

    def usual(self, value: Number) -> bool:
        """Whether the value lies within the warning bounds (inclusive); True where no bounds are known."""
        given = exact(value)
        return given.is_finite() and (self.warn is None or self.warn[0] <= given <= self.warn[1])


def _reading(
    name: str, label: str, unit: str, hard: str, warn: str, *, loinc: str = "", decimals: int = 0
) -> Reading:
    return Reading(name, label, unit, _span(hard), _span(warn) if warn else None, decimals, loinc)


def _table(*readings: Reading) -> Mapping[str, Reading]:
    return MappingProxyType({reading.name: reading for reading in readings})


def _span(text: str) -> tuple[Decimal, Decimal]:
    low, high = text.split("..")
    return Decimal(low), Decimal(high)


_ = gettext_noop

# The observation names of a visit, as promised to integrators. Where facts 8.4 is silent (postprandial glucose, FEV1
# in percent, CAT, mMRC, exacerbations) the bounds are ours: random glucose's, the scale's own ends, or generous.
# The decimals are those of the national form, but never so few that rounding carries a value over a clinical cut:
# 0.696 is an obstruction and 0.70 is none, potassium 5.54 is above 5.5 and 5.5 is not.
# fmt: off
VISIT_READINGS: Final[Mapping[str, Reading]] = _table(
    _reading("systolic", _("Systolic pressure"), "mmHg", "50..300", "90..180", loinc="8480-6"),
    _reading("diastolic", _("Diastolic pressure"), "mmHg", "20..200", "50..110", loinc="8462-4"),
    _reading("heart_rate", _("Heart rate"), "/min", "20..250", "50..100", loinc="8867-4"),
    _reading("respiratory_rate", _("Respiratory rate"), "/min", "4..80", "12..24", loinc="9279-1"),
    _reading("temperature", _("Temperature"), "°C", "30..45", "36..37.9", loinc="8310-5", decimals=1),
    _reading("height", _("Height"), "cm", "80..230", "140..195", loinc="8302-2", decimals=1),
    _reading("weight", _("Weight"), "kg", "20..300", "35..120", loinc="29463-7", decimals=1),
    _reading("waist", _("Waist"), "cm", "40..200", "55..130", loinc="8280-0", decimals=1),
    _reading("fasting_glucose", _("Fasting glucose"), "mmol/L", "0.6..50", "3.9..16.6", loinc="14771-0", decimals=1),
    _reading("postprandial_glucose", _("Postprandial glucose"), "mmol/L", "0.6..60", "3.9..16.6", decimals=1),
    _reading("random_glucose", _("Random glucose"), "mmol/L", "0.6..60", "3.9..16.6", loinc="14749-6", decimals=1),
    _reading("hba1c", _("HbA1c"), "%", "3..20", "4..12", loinc="4548-4", decimals=1),
    _reading("total_cholesterol", _("Total cholesterol"), "mmol/L", "0.5..30", "2..10", loinc="14647-2", decimals=2),
    _reading("triglycerides", _("Triglycerides"), "mmol/L", "0.1..60", "0.3..10", loinc="14927-8", decimals=2),
    _reading("hdl", _("HDL cholesterol"), "mmol/L", "0.1..6", "0.5..3", loinc="14646-4", decimals=2),
    _reading("ldl", _("LDL cholesterol"), "mmol/L", "0.1..25", "0.5..8", loinc="22748-8", decimals=2),
    _reading("creatinine", _("Creatinine"), "µmol/L", "10..3000", "30..200", loinc="14682-9", decimals=1),
    _reading("acr", _("Urine albumin/creatinine"), "mg/g", "0..10000", "", loinc="9318-7", decimals=1),
    _reading("potassium", _("Potassium"), "mmol/L", "1.5..10", "3.5..5.5", loinc="2823-3", decimals=2),
    _reading("spo2", _("Oxygen saturation"), "%", "50..100", "94..100", loinc="59408-5"),
    _reading("fev1_percent", _("FEV1, percent of predicted"), "%", "5..200", "", loinc="20152-5", decimals=1),
    _reading("fev1", _("FEV1"), "L", "0.1..8", "0.5..6", loinc="20150-9", decimals=2),
    _reading("fev1_fvc", _("FEV1/FVC"), "", "0.10..1.00", "", loinc="19926-5", decimals=3),
    _reading("cat", _("CAT score"), "", "0..40", ""),
    _reading("mmrc", _("mMRC grade"), "", "0..4", ""),
    _reading("exacerbations_since_last", _("Exacerbations since the last visit"), "", "0..50", "0..10"),
)
# fmt: on

# Further kinds that laboratories, health checks and instruments report; no visit rule reads them.
# fmt: off
OTHER_READINGS: Final[Mapping[str, Reading]] = _table(
    _reading("bmi", _("Body mass index"), "kg/m²", "10..70", "15..45", loinc="39156-5", decimals=1),
    _reading("egfr", _("eGFR"), "mL/min/1.73 m²", "1..200", "", loinc="98979-8", decimals=1),
    _reading("uric_acid", _("Uric acid"), "µmol/L", "50..1500", "100..700", loinc="14933-6"),
    _reading("alt", _("ALT"), "U/L", "0..10000", "0..200", loinc="1742-6"),
    _reading("ast", _("AST"), "U/L", "0..10000", "0..200", loinc="1920-8"),
    _reading("fvc", _("FVC"), "L", "0.1..10", "", loinc="19868-9", decimals=2),
)
# fmt: on

READINGS: Final[Mapping[str, Reading]] = MappingProxyType({**VISIT_READINGS, **OTHER_READINGS})


@dataclass(frozen=True, slots=True)
class Hint:
    """A sentence for the person who typed a value: an English msgid with named parameters."""

    text: str
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _OtherUnit:
    """A unit people also use: value * factor + shift is the value in our unit."""

    names: tuple[str, ...]
    unit: str
    factor: Decimal
    shift: Decimal = Decimal(0)
    above: Decimal | None = None  # suspect from here on although the value would still be possible


_GLUCOSE = ("fasting_glucose", "postprandial_glucose", "random_glucose")
_OTHER_UNITS = (
    # Meters print at most 33.3 mmol/L, so a higher "mmol/L" is more likely a mg/dL.
    _OtherUnit(_GLUCOSE, "mg/dL", 1 / Decimal("18.016"), above=Decimal("33.3")),
    _OtherUnit(("systolic", "diastolic"), "kPa", Decimal("7.50062")),
    _OtherUnit(("total_cholesterol", "hdl", "ldl"), "mg/dL", 1 / Decimal("38.67")),
    _OtherUnit(("triglycerides",), "mg/dL", 1 / Decimal("88.57")),
    _OtherUnit(("creatinine",), "mg/dL", Decimal("88.4")),
    _OtherUnit(("hba1c",), "mmol/mol", Decimal("0.09148"), Decimal("2.152")),
    _OtherUnit(("temperature",), "°F", 5 / Decimal(9), Decimal(-160) / 9),
    _OtherUnit(("height",), "m", Decimal(100)),
    _OtherUnit(("waist",), _("chi (市尺)"), 100 / Decimal(3)),
    _OtherUnit(("fev1_fvc",), "%", Decimal("0.01")),
)


_OF_A_UNIT = _("looks like %(value)s %(unit)s = %(meant)s %(our_unit)s")
_OF_NONE = _("looks like %(value)s %(unit)s = %(meant)s")


def looks_like(name: str, value: Number) -> Hint | None:
    """The other unit a typed value was probably meant in, or None: 126 for fasting glucose looks like mg/dL.

    Asked for values that are refused or, for glucose, higher than any meter prints. Raises KeyError for an unknown name.
    """
    reading, given = READINGS[name], exact(value)
    for other in _OTHER_UNITS:
        if name not in other.names:
            continue
        meant = given * other.factor + other.shift  # not a number stays not a number, and is never usual
        suspect = not reading.possible(given) or (other.above is not None and given > other.above)
        if suspect and reading.possible(meant) and reading.usual(meant):
            return Hint(
                _OF_A_UNIT if reading.unit else _OF_NONE,
                {
                    "value": value,
                    "unit": other.unit,
                    "meant": round(meant, reading.decimals),
                    "our_unit": reading.unit,
                },
            )
    return None


def looks_swapped(systolic: Number, diastolic: Number) -> Hint | None:
    """Whether the two pressures stand in each other's field: lower first, and usual when exchanged."""
    first, second = READINGS["systolic"], READINGS["diastolic"]
    if exact(systolic) < exact(diastolic) and first.possible(diastolic) and second.possible(systolic):
        text = _("systolic and diastolic look swapped: %(systolic)s/%(diastolic)s")
        return Hint(text, {"systolic": diastolic, "diastolic": systolic})
    return None
