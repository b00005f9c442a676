"""Each setting as a form and a page need it: label, kind, bounds, where its default comes from, how sure it is.

Read from the fields of `Settings` themselves, so that a new setting appears by itself. A field's metadata may say
`label`, `low`, `high` and `certainty`; what it leaves out is derived from its name and its default, and what does not say
how sure it is counts as to be confirmed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, Final

from django.utils.translation import gettext_noop as _

from followups.protocols.definition import DEFAULTS, Settings
from patients.readings import VISIT_READINGS, Reading, exact

Value = int | float | bool

LABELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "again_within_months": _("Second failure in a row counts within"),
        "routine_months": _("Next visit when controlled, after"),
        "recheck_days": _("Next visit otherwise, after"),
        "age_relaxed": _("Relaxed pressure line from the age of"),
        "hypoglycaemia_inclusive": _("A glucose of exactly 3.9 is an emergency"),
        "pregnancy_systolic": _("Emergency in pregnancy and breast-feeding: systolic pressure from"),
        "pregnancy_diastolic": _("Emergency in pregnancy and breast-feeding: diastolic pressure from"),
        "pregnancy_fasting_glucose": _("Emergency in pregnancy and breast-feeding: fasting glucose from"),
        "home_systolic": _("High at home: systolic pressure from"),
        "home_diastolic": _("High at home: diastolic pressure from"),
        "copd_cat": _("COPD not controlled: CAT score from"),
        "copd_exacerbations": _("COPD not controlled: exacerbations since the last visit from"),
        "copd_months": _("COPD: next visit when controlled, after"),
        "ldl_target": _("LDL target where the person has none"),
        "ldl_by_risk": _("Dyslipidaemia after stroke or with coronary disease: the LDL line of those counts"),
        "dyslipidaemia_months": _("Dyslipidaemia: next visit when controlled, after"),
        "dyslipidaemia_recheck_days": _(
            "Dyslipidaemia: measured again, or treatment adjusted: next visit after"
        ),
        "vascular_systolic": _("Stroke and coronary disease: systolic pressure not controlled from"),
        "vascular_diastolic": _("Stroke and coronary disease: diastolic pressure not controlled from"),
        "vascular_ldl": _("Stroke and coronary disease: LDL not controlled from"),
        "stroke_months": _("Stroke: next visit when controlled, after"),
        "chd_months": _("Coronary disease: next visit when controlled, after"),
        "vascular_signs_refer": _(
            "Stroke and coronary disease: angina at rest, major bleeding or a new TIA is referred at once"
        ),
        "ckd_acr": _("Kidney disease: stricter line from an albumin/creatinine ratio of"),
        "ckd_acr_lasts": _("Kidney disease: the last albumin/creatinine ratio counts until the next one"),
        "ckd_systolic": _("Kidney disease: systolic pressure not controlled from"),
        "ckd_diastolic": _("Kidney disease: diastolic pressure not controlled from"),
        "ckd_systolic_albuminuria": _(
            "Kidney disease with albuminuria: systolic pressure not controlled from"
        ),
        "ckd_diastolic_albuminuria": _(
            "Kidney disease with albuminuria: diastolic pressure not controlled from"
        ),
        "ckd_months": _("Kidney disease: next visit when controlled, after"),
        "elderly_months": _("Elderly: next visit when controlled, after"),
        "crisis_everywhere": _("180/110 is an emergency in every programme"),
        "copd_breathing_urgent": _(
            "COPD: low oxygen saturation, fast breathing, new cyanosis or swelling is an emergency"
        ),
        "copd_refer": _("COPD: two exacerbations a year are referred"),
        "lipids_refer": _("Very high blood lipids are referred at once"),
        "ckd_refer": _(
            "Kidney disease: potassium out of range, a very high ratio or a low eGFR is referred at once"
        ),
        "egfr_2021": _("eGFR by the CKD-EPI formula of 2021"),
        "third_reading_last_two": _("A third pressure reading is averaged with the second alone"),
    }
)
UNSURE: Final = "unsure"
CERTAINTIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "certain": _("as printed"),
        "likely": _("likely, to be read again"),
        UNSURE: _("to be confirmed"),
        "design": _("choice of this product"),
    }
)
_BY_WORD: Final[Mapping[str, tuple[str, tuple[int, int]]]] = MappingProxyType(
    {"months": (_("months"), (1, 24)), "days": (_("days"), (1, 90)), "age": (_("years"), (18, 120))}
)


class SettingsError(ValueError):
    """A value that a setting cannot have; `field` names the setting, the text is a msgid for `params`."""

    def __init__(self, field: str, text: str, params: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"{field}: {text % (params or {})}")
        self.field, self.text, self.params = field, text, dict(params or {})


@dataclass(frozen=True, slots=True)
class Knob:
    """One setting. `low` and `high` are inclusive and meaningless for a yes or no; `label`, `unit`, `why` are msgids."""

    name: str
    label: str
    default: Value
    why: str
    certainty: str
    unit: str = ""
    low: Value = 0
    high: Value = 1
    decimals: int = 0

    @property
    def yes_or_no(self) -> bool:
        """Whether it is switched rather than counted."""
        return isinstance(self.default, bool)

    @property
    def unsure(self) -> bool:
        """Whether a clinical lead is asked to confirm it."""
        return self.certainty == UNSURE


def knobs() -> tuple[Knob, ...]:
    """Every setting that can be set, in the order of `Settings`."""
    return _KNOBS


def check(values: Mapping[str, Any]) -> dict[str, Value]:
    """The values of all settings, complete and in bounds, those not given at their defaults.

    Raises SettingsError for the first unknown name, wrong type or value out of bounds.
    """
    known = {knob.name: knob for knob in knobs()}
    for name in values:
        if name not in known:
            raise SettingsError(name, _("There is no such setting."))
    return {name: _checked(knob, values.get(name, knob.default)) for name, knob in known.items()}


def known_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the values that are settings of this release."""
    names = {knob.name for knob in knobs()}
    return {name: value for name, value in values.items() if name in names}


def changed(values: Mapping[str, Any], base: Mapping[str, Any]) -> list[tuple[Knob, Value, Value]]:
    """The settings that differ: knob, value in `base`, value in `values`; what is left out stands at its default."""
    pairs = (
        (knob, base.get(knob.name, knob.default), values.get(knob.name, knob.default)) for knob in knobs()
    )
    return [(knob, before, after) for knob, before, after in pairs if before != after]


def as_values(settings: Settings) -> dict[str, Value]:
    """Settings as they are stored."""
    return {knob.name: getattr(settings, knob.name) for knob in knobs()}


def _checked(knob: Knob, value: Any) -> Value:
    if knob.yes_or_no:
        if not isinstance(value, bool):
            raise SettingsError(knob.name, _("Yes or no is expected."))
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise SettingsError(knob.name, _("A number is expected."))
    if isinstance(knob.default, int) and value != int(value):
        raise SettingsError(knob.name, _("A whole number is expected."))
    if not knob.low <= value <= knob.high:
        bounds = {"low": knob.low, "high": knob.high}
        raise SettingsError(knob.name, _("Must be between %(low)s and %(high)s."), bounds)
    return int(value) if isinstance(knob.default, int) else float(value)


def _all() -> Iterator[Knob]:
    for field in fields(Settings):
        default = getattr(DEFAULTS, field.name)
        if isinstance(default, (bool, int, float)):
            yield _knob(field.name, default, field.metadata)


def _knob(name: str, default: Value, about: Mapping[str, Any]) -> Knob:
    why = str(about.get("why", ""))
    certainty = str(about.get("certainty", UNSURE))
    reading = _reading_in(name)
    unit, (low, high) = _span(name, default, reading)
    decimals = 0 if isinstance(default, int) else (reading.decimals if reading else 1)
    return Knob(
        name=name,
        label=str(about.get("label") or LABELS.get(name) or name.replace("_", " ")),
        default=default,
        why=why,
        certainty=certainty,
        unit=str(about.get("unit") or unit),
        low=about.get("low", low),
        high=about.get("high", high),
        decimals=decimals,
    )


def _span(name: str, default: Value, reading: Reading | None) -> tuple[str, tuple[Value, Value]]:
    """Unit and bounds: what is usual of the reading that the name speaks of, of months, days or an age, else wide."""
    if reading is not None:
        usual = reading.warn if reading.warn and reading.usual(default) else reading.hard
        low, high = (float(exact(bound)) for bound in usual)
        return reading.unit, (int(low), int(high)) if isinstance(default, int) else (low, high)
    for word, found in _BY_WORD.items():
        if word in name.split("_"):
            return found
    return "", (0, max(10, default * 4))


def _reading_in(name: str) -> Reading | None:
    """The reading whose name stands in the setting's: `pregnancy_fasting_glucose` speaks of fasting glucose."""
    whole = f"_{name}_"
    found = [reading for key, reading in VISIT_READINGS.items() if f"_{key}_" in whole]
    return max(found, key=lambda reading: len(reading.name), default=None)


_KNOBS: Final = tuple(_all())
