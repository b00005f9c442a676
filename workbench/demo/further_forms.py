"""What the forms of the further diseases ask beyond readings: devices, vaccines, recovery, angina, urine protein."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from patients.findings import kept
from patients.models import Encounter
from patients.models.encounter import Symptom
from patients.programmes import Programme
from workbench.demo.chance import Chance
from workbench.demo.organs import VESSELS

if TYPE_CHECKING:
    from workbench.demo.residents import Resident

_COUGH: Final = (Symptom.COUGH, Symptom.SPUTUM, Symptom.BREATHLESS, Symptom.WHEEZE)
_PROTEIN: Final = ((15, "negative"), (30, "trace"), (150, "1"), (500, "2"))


def fill(
    encounter: Encounter,
    one: Resident,
    programmes: list[Programme],
    readings: Mapping[str, Decimal],
    *,
    chance: Chance,
) -> None:
    """Answer the questions of the person's further diseases on the unsaved visit; `readings` were taken at it."""
    found: dict[str, Any] = {}
    # What does not change from visit to visit is drawn from the person.
    lasting = Chance("lasting", one.patient.pk)
    if Programme.COPD in programmes:
        found |= _lungs(chance, lasting, readings)
        if readings.get("cat", 0) >= 10:
            encounter.symptoms = sorted({*encounter.symptoms, *chance.sample(_COUGH, chance.between(1, 3))})
    if Programme.STROKE in programmes:
        found |= _stroke(lasting, one.diagnosed[Programme.STROKE])
    if Programme.CHD in programmes:
        found["angina"] = chance.weighted((("none", 0.86), ("exertion", 0.14)))
    if any(each in programmes for each in VESSELS):
        found |= _vessels(encounter, chance, readings)
    if Programme.CKD in programmes and "acr" in readings:
        found["urine_protein"] = next((word for below, word in _PROTEIN if readings["acr"] < below), "3")
    encounter.findings = kept(found)


def _lungs(chance: Chance, lasting: Chance, readings: Mapping[str, Decimal]) -> dict[str, Any]:
    air, worse = readings.get("spo2", 96), readings.get("exacerbations_since_last", 0)
    grave = readings.get("cat", 0) >= 10 or worse > 0
    vaccines = [name for name, share in (("flu", 0.5), ("pneumococcal", 0.25)) if lasting.happens(share)]
    return {
        "copd_signs": ["weak_breath_sounds", *(["barrel_chest"] if lasting.happens(0.3) else [])] if grave else [],
        "exacerbations_year": int(worse) + chance.weighted(((0, 0.75), (1, 0.2), (2, 0.05))),
        "inhaler": chance.weighted((("skilled", 0.7), ("unskilled", 0.22), ("not_mastered", 0.08))),
        "home_oxygen": "yes" if air < 92 else "no",
        "vaccines": vaccines,
        "copd_level": "exacerbation" if worse > 1 else "stable_high" if grave else "stable_low",
    }  # fmt: skip


def _stroke(lasting: Chance, since: date) -> dict[str, Any]:
    grade = lasting.weighted((("0", 0.3), ("1", 0.36), ("2", 0.2), ("3", 0.1), ("4", 0.04)))
    return {
        "stroke_kind": lasting.weighted((("ischaemic", 0.8), ("haemorrhage", 0.12), ("tia", 0.08))),
        "stroke_site": lasting.choice(("左侧基底节区", "右侧基底节区", "左侧放射冠", "脑干")),
        "stroke_on": (since - timedelta(days=lasting.between(5, 30))).isoformat(),
        "mrs": grade,
        "limb_recovery": "full" if grade == "0" else "partial" if grade < "4" else "none",
        "rehabilitation": "none" if grade == "0" else lasting.choice(("home", "home", "institution")),
    }  # fmt: skip


def _vessels(encounter: Encounter, chance: Chance, readings: Mapping[str, Decimal]) -> dict[str, Any]:
    ldl = readings.get("ldl")
    risks = {
        "pressure": (encounter.systolic or 0) >= 140,
        "lipids": ldl is not None and ldl >= Decimal("1.8"),
        "smoking": bool(encounter.cigarettes_per_day),
    }
    return {
        "uncontrolled_risks": [name for name, holds in risks.items() if holds],
        "medicine_groups": ["lipids", "platelets"],
        "bleeding": chance.weighted((("none", 0.97), ("minor", 0.03))),
    }
