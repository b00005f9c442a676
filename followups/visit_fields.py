"""Which readings and symptoms the follow-up form asks for, by programme (national forms, facts 1.4)."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from patients.models.encounter import Symptom
from patients.programmes import Programme

ALWAYS: Final = ("systolic", "diastolic", "heart_rate", "weight", "waist")
_MAIN: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        Programme.DIABETES: ("fasting_glucose",),
        Programme.COPD: ("cat", "exacerbations_since_last", "spo2"),
        Programme.DYSLIPIDAEMIA: ("ldl",),
        Programme.CKD: ("creatinine", "acr"),
    }
)
_FURTHER: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        Programme.DIABETES: ("postprandial_glucose", "random_glucose", "hba1c"),
        Programme.COPD: ("mmrc", "fev1_percent", "respiratory_rate"),
        Programme.DYSLIPIDAEMIA: ("total_cholesterol", "triglycerides", "hdl"),
        Programme.STROKE: ("ldl",),
        Programme.CHD: ("ldl",),
        Programme.CKD: ("potassium",),
    }
)
_OFTEN: Final = ("height", "temperature")

_S = Symptom
_SYMPTOMS: Final[Mapping[str, tuple[Symptom, ...]]] = MappingProxyType(
    {
        Programme.HYPERTENSION: (
            _S.HEADACHE_DIZZINESS, _S.NAUSEA_VOMITING, _S.BLURRED_VISION, _S.DYSPNOEA, _S.PALPITATION,
            _S.NOSEBLEED, _S.NUMBNESS, _S.LEG_OEDEMA,
        ),
        Programme.DIABETES: (
            _S.THIRST, _S.HUNGER, _S.POLYURIA, _S.BLURRED_VISION, _S.INFECTION, _S.NUMBNESS, _S.LEG_OEDEMA,
            _S.WEIGHT_LOSS,
        ),
    }
)  # fmt: skip


def main_readings(programmes: Iterable[str]) -> tuple[str, ...]:
    """The readings that stand open on the form: pressure first, then what decides a class, then the rest."""
    deciding = [name for programme in programmes for name in _MAIN.get(programme, ())]
    return tuple(dict.fromkeys((*ALWAYS[:2], *deciding, *ALWAYS[2:])))


def further_readings(programmes: Iterable[str]) -> tuple[str, ...]:
    """The readings behind “more readings”."""
    programmes = tuple(programmes)
    open_ones = main_readings(programmes)
    wanted = (*(name for programme in programmes for name in _FURTHER.get(programme, ())), *_OFTEN)
    return tuple(name for name in dict.fromkeys(wanted) if name not in open_ones)


def symptoms(programmes: Iterable[str]) -> tuple[Symptom, ...]:
    """The symptom lists of the programmes, merged without repeats; the whole list where one has none of its own."""
    lists = [_SYMPTOMS.get(programme) for programme in programmes]
    if None in lists or not lists:
        return tuple(Symptom)
    return tuple(dict.fromkeys((*(each for known in lists if known for each in known), Symptom.OTHER)))
