"""Which readings, symptoms and findings the follow-up form asks for (national forms, facts 1.3, 1.4, 2).

The readings are those that the person's protocols ask for, so a reading that a rule looks at is never left out.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from followups.protocols.catalogue import protocols
from followups.protocols.definition import Protocol
from patients.models.encounter import Symptom
from patients.programmes import Programme

FIRST: Final = ("systolic", "diastolic")
# What every national form asks for, last of the open questions; for a person none of whose programmes has a protocol, all.
LAST: Final = ("heart_rate", "weight", "waist")
_OFTEN: Final = ("height", "temperature")

_S = Symptom
_SYMPTOMS: Final[Mapping[str, tuple[Symptom, ...]]] = MappingProxyType(
    {
        Programme.HYPERTENSION: (
            _S.HEADACHE_DIZZINESS, _S.NAUSEA_VOMITING, _S.BLURRED_VISION, _S.DYSPNOEA, _S.PALPITATION,
            _S.NOSEBLEED, _S.NUMBNESS, _S.LEG_OEDEMA,
        ),
        Programme.DIABETES: (
            _S.THIRST, _S.HUNGER, _S.POLYURIA, _S.BLURRED_SIGHT, _S.INFECTION, _S.NUMBNESS, _S.LEG_OEDEMA,
            _S.WEIGHT_LOSS,
        ),
        Programme.COPD: (
            _S.COUGH, _S.SPUTUM, _S.BREATHLESS, _S.WHEEZE, _S.DYSPNOEA, _S.HAEMOPTYSIS, _S.FATIGUE,
        ),
    }
)  # fmt: skip

# How a reading was taken: behind a fold, never in the way of typing (facts 1.3).
MEASURING: Final = (
    "rest_minutes", "arm", "posture", "arm_circumference", "cuff", "fasting_hours", "device",
)  # fmt: skip
# “Now / target” of the national forms: a target stands beside the habit that it is for.
TARGETS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "cigarettes_per_day": "cigarettes_target",
        "alcohol_per_day": "alcohol_target",
        "exercise_per_week": "exercise_per_week_target",
        "exercise_minutes": "exercise_minutes_target",
        "salt": "salt_target",
        "staple_food": "staple_food_target",
    }
)
# Which habits a form asks for: staple food is the diabetes form's, salt the hypertension form's.
_HABIT_OF: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "staple_food": frozenset({Programme.DIABETES}),
        "salt": frozenset(
            {Programme.HYPERTENSION, Programme.STROKE, Programme.CHD, Programme.CKD, Programme.ELDERLY}
        ),
    }
)
_VESSELS: Final = ("uncontrolled_risks", "medicine_groups", "bleeding", "imaging")
_FINDINGS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        Programme.DIABETES: ("insulin_kind", "insulin_dose"),
        Programme.COPD: (
            "copd_signs", "exacerbations_year", "hospital_stays_year", "inhaler", "home_oxygen", "ventilation",
            "vaccines", "blood_count", "copd_level",
        ),
        Programme.STROKE: (
            "mrs", "stroke_kind", "stroke_site", "stroke_on", "limb_recovery", "rehabilitation", *_VESSELS,
        ),
        Programme.CHD: ("angina", *_VESSELS),
        Programme.CKD: ("urine_protein",),
    }
)  # fmt: skip


def main_readings(programmes: Iterable[str]) -> tuple[str, ...]:
    """The readings that stand open on the form: pressure first, then what decides a class, then the rest; none twice."""
    asked = [name for protocol in _of(programmes) for name in protocol.asks] or [*LAST]
    deciding = [name for name in asked if name not in LAST]
    return tuple(dict.fromkeys((*FIRST, *deciding, *LAST)))


def further_readings(programmes: Iterable[str]) -> tuple[str, ...]:
    """The readings behind “more readings”: what the open ones do not ask for already."""
    programmes = tuple(programmes)
    open_ones = main_readings(programmes)
    wanted = [name for protocol in _of(programmes) for name in protocol.asks_further]
    rest = [name for name in wanted if name not in _OFTEN]
    return tuple(name for name in dict.fromkeys((*rest, *_OFTEN)) if name not in open_ones)


def _of(programmes: Iterable[str]) -> Iterator[Protocol]:
    """The protocols of the programmes that have one."""
    known = protocols()
    return (known[programme] for programme in programmes if programme in known)


def symptoms(programmes: Iterable[str]) -> tuple[Symptom, ...]:
    """The symptom lists of the programmes, merged without repeats; the whole list where one has none of its own."""
    lists = [_SYMPTOMS.get(programme) for programme in programmes]
    if None in lists or not lists:
        return tuple(Symptom)
    return tuple(dict.fromkeys((*(each for known in lists if known for each in known), Symptom.OTHER)))


def habits(programmes: Iterable[str], names: Iterable[str]) -> tuple[str, ...]:
    """Those habits of `names` that one of the programmes asks for."""
    mine = frozenset(programmes)
    return tuple(name for name in names if name not in _HABIT_OF or mine & _HABIT_OF[name])


def findings(programmes: Iterable[str]) -> tuple[str, ...]:
    """The findings of the single diseases, each asked once."""
    return tuple(dict.fromkeys(name for each in programmes for name in _FINDINGS.get(each, ())))


def attached(programmes: Iterable[str]) -> tuple[str, ...]:
    """The findings that belong to another field and stand beside it."""
    programmes = tuple(programmes)
    always = ("weight_target", "symptom_other", "adherence_reason", "reaction_severity")
    dated = ("hba1c_on",) if "hba1c" in (*main_readings(programmes), *further_readings(programmes)) else ()
    return (*always, *(("foot_pulse_side",) if Programme.DIABETES in programmes else ()), *dated)
