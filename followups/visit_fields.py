"""Which readings and symptoms the follow-up form asks for (national forms, facts 1.4).

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
            _S.THIRST, _S.HUNGER, _S.POLYURIA, _S.BLURRED_VISION, _S.INFECTION, _S.NUMBNESS, _S.LEG_OEDEMA,
            _S.WEIGHT_LOSS,
        ),
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
