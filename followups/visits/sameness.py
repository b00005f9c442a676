"""Whether a visit sent again is the visit that is stored."""

from datetime import date
from decimal import Decimal

from followups.entry.visit import HABITS, VisitInput, rounded
from patients import findings
from patients.models import Encounter
from patients.readings import VISIT_READINGS

_SETS = ("symptoms", "danger_signs", "adverse_reaction", "new_complication")
_WORDS = (
    "adverse_reaction_text", "pregnant", "lactating", "medication_adherence", "hypoglycaemia", "foot_pulse",
    "salt", "mood", "compliance", "note",
)  # fmt: skip


def differs(encounter: Encounter, reading: VisitInput, *, on: date, method: str) -> list[str]:
    """The names of what is not the same; empty when the content is. Medicine changes are events and not compared.

    Reads `further_observations`: prefetch them for many.
    """
    stored = {
        **{name: Decimal(str(value)) for name, value in encounter.observations().items()},
        **{row.code: row.value for row in encounter.further_observations.all()},
    }
    pairs: list[tuple[str, object, object]] = [
        ("on", encounter.on, on),
        ("method", encounter.method, method),
        ("observations", stored, _kept(reading)),
        ("findings", encounter.findings, findings.kept(reading.findings)),
        *((name, set(getattr(encounter, name)), set(getattr(reading, name))) for name in _SETS),
        *((name, getattr(encounter, name), getattr(reading, name)) for name in (*_WORDS, *HABITS)),
    ]
    return [name for name, here, there in pairs if here != there]


def _kept(reading: VisitInput) -> dict[str, object]:
    """The readings as the archive would keep them. One that cannot be is the same as none that is stored."""
    return {
        name: rounded(name, value)
        if name in VISIT_READINGS and VISIT_READINGS[name].possible(value)
        else None
        for name, value in reading.observations.items()
    }
