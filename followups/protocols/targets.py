"""The clinical targets (临床目标) of the guidelines, as data: the second of two target sets.

The first is the assessment line (考核线), which decides the class of a visit and is read from the protocols' own rules
(`followups.lines`). A clinical target decides no class and no rate; the person's own plan is a third and neither.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from django.utils.translation import gettext_noop as _

from followups.protocols.conditions import Condition, Scene, evaluate
from followups.protocols.definition import Certainty
from followups.protocols.evidence import Person
from followups.protocols.months import age_on
from patients.readings import Number

CERTAIN, LIKELY = Certainty.CERTAIN, Certainty.LIKELY


@dataclass(frozen=True, slots=True)
class Target:
    """A reading's target in one programme, in its own unit: from `low` on, below `high`.

    `when` says for whom, by numbers (age, acr) and flags (the person's programmes and sex); `source` is a tag of
    `terms.SOURCES`, `section` a msgid.
    """

    programme: str
    reading: str
    low: float | None
    high: float | None
    when: Condition
    source: str
    section: str
    certainty: Certainty


EVERYBODY: Final[Condition] = {"all": []}
BELOW_80: Final[Condition] = {"obs": "age", "lt": 80}
FROM_80: Final[Condition] = {"obs": "age", "gte": 80}
BELOW_65: Final[Condition] = {"obs": "age", "lt": 65}
FROM_65: Final[Condition] = {"obs": "age", "gte": 65}
VASCULAR: Final[Condition] = {"any": [{"flag": "stroke"}, {"flag": "chd"}]}
DIABETES_FROM_40: Final[Condition] = {"all": [{"flag": "diabetes"}, {"obs": "age", "gte": 40}]}
HIGH_RISK: Final[Condition] = {"any": [DIABETES_FROM_40, {"flag": "ckd"}]}
ALBUMINURIA: Final[Condition] = {"obs": "acr", "gte": 30, "untaken": False}
NO_ALBUMINURIA: Final[Condition] = {"obs": "acr", "lt": 30, "untaken": True}

_BY_AGE: Final = _("Target by age")
_OLDER: Final = _("Target by age: fit older people")
_DIABETES: Final = _("Comprehensive targets in type 2 diabetes")
_SYMPTOMS: Final = _("Few symptoms, no exacerbation")
_LIPIDS: Final = _("LDL target by risk; other lipids")
_SECONDARY: Final = _("Secondary prevention")
_ALBUMIN: Final = _("Blood pressure target by albuminuria")


def _below(
    programme: str,
    source: str,
    section: str,
    certainty: Certainty = CERTAIN,
    when: Condition = EVERYBODY,
    /,
    **limits: float,
) -> tuple[Target, ...]:
    """One target a reading, each below its limit."""
    return tuple(
        Target(programme, name, None, high, when, source, section, certainty) for name, high in limits.items()
    )


TARGETS: Final[tuple[Target, ...]] = (
    *_below("hypertension", "JCHTN25", _BY_AGE, LIKELY, BELOW_80, systolic=130, diastolic=80),
    *_below("hypertension", "JCHTN25", _BY_AGE, LIKELY, FROM_80, systolic=150, diastolic=90),
    Target("diabetes", "fasting_glucose", 4.4, 7.0, EVERYBODY, "CDS20", _DIABETES, CERTAIN),
    *_below("diabetes", "CDS20", _DIABETES, postprandial_glucose=10.0, random_glucose=10.0),
    *_below("diabetes", "CDS20", _DIABETES, CERTAIN, BELOW_65, hba1c=7.0),
    *_below("diabetes", "CDSOLD", _OLDER, LIKELY, FROM_65, hba1c=7.5),
    *_below("diabetes", "CDS20", _DIABETES, CERTAIN, BELOW_80, systolic=130, diastolic=80),
    *_below("diabetes", "CDS20", _DIABETES, ldl=2.6, total_cholesterol=4.5, triglycerides=1.7),
    *_below("diabetes", "CDS20", _DIABETES, CERTAIN, VASCULAR, ldl=1.8),
    Target("diabetes", "hdl", 1.0, None, {"flag": "male"}, "CDS20", _DIABETES, CERTAIN),
    Target("diabetes", "hdl", 1.3, None, {"flag": "female"}, "CDS20", _DIABETES, CERTAIN),
    *_below("copd", "GOLD", _SYMPTOMS, cat=10, mmrc=2, exacerbations_since_last=1),
    Target("copd", "spo2", 90, None, EVERYBODY, "XY22", _SYMPTOMS, LIKELY),
    *_below("dyslipidaemia", "LIPID23", _LIPIDS, ldl=3.4, total_cholesterol=5.2, triglycerides=1.7),
    *_below("dyslipidaemia", "LIPID23", _LIPIDS, CERTAIN, HIGH_RISK, ldl=2.6),
    *_below("dyslipidaemia", "LIPID23", _LIPIDS, CERTAIN, VASCULAR, ldl=1.8),
    Target("dyslipidaemia", "hdl", 1.0, None, EVERYBODY, "LIPID23", _LIPIDS, CERTAIN),
    *_below("stroke", "XY22", _SECONDARY, LIKELY, BELOW_80, systolic=130, diastolic=80),
    *_below("stroke", "XY22", _SECONDARY, LIKELY, FROM_80, systolic=140, diastolic=90),
    *_below("stroke", "LIPID23", _SECONDARY, LIKELY, ldl=1.8),
    *_below("chd", "XY22", _SECONDARY, LIKELY, BELOW_80, systolic=130, diastolic=80),
    *_below("chd", "LIPID23", _SECONDARY, LIKELY, ldl=1.8),
    *_below("ckd", "KDIGO24", _ALBUMIN, LIKELY, ALBUMINURIA, systolic=130, diastolic=80),
    *_below("ckd", "KDIGO24", _ALBUMIN, LIKELY, NO_ALBUMINURIA, systolic=140, diastolic=90),
    *_below("ckd", "LIPID23", _LIPIDS, LIKELY, ldl=2.6),
)  # fmt: skip


def clinical_targets(
    person: Person, *, on: date, known: Mapping[str, Number] = MappingProxyType({})
) -> list[Target]:
    """The guideline targets of all the person's programmes on the day; `known` are readings that part them (acr).

    A target that depends on an age or reading that is not known is left out.
    """
    numbers = dict(known)
    if "known_acr" in known:
        numbers.setdefault("acr", known["known_acr"])
    if person.birth_date is not None:
        numbers["age"] = age_on(person.birth_date, on)
    flags = {*person.conditions, *([person.sex] if person.sex else [])}
    scene = Scene(on, numbers, frozenset(), frozenset(flags))
    return [
        target
        for target in TARGETS
        if target.programme in person.conditions and evaluate(target.when, scene).holds
    ]


def strictest(targets: Iterable[Target]) -> dict[str, Target]:
    """One target a reading: the lowest upper bound, else the highest lower one; the first of equals."""
    found: dict[str, Target] = {}
    for target in targets:
        before = found.get(target.reading)
        if before is None or _strictness(target) < _strictness(before):
            found[target.reading] = target
    return found


def _strictness(target: Target) -> float:
    if target.high is not None:
        return target.high
    return -target.low if target.low is not None else 0.0
