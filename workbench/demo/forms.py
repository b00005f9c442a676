"""The follow-up form of one visit, filled in as somebody of the team would."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from accounts.models import User
from alliances.models import CareTeam, Role
from followups.models import AppointmentReason
from patients.models import Encounter
from patients.models.encounter import (
    FACE_TO_FACE,
    Adherence,
    DangerSign,
    EntrySource,
    Frequency,
    Grade,
    Method,
    Pulse,
    Salt,
    Symptom,
)
from patients.models.patient import Smoking
from patients.programmes import Programme
from workbench.demo.chance import Chance
from workbench.demo.courses import as_read

if TYPE_CHECKING:
    from workbench.demo.visits import Life

Script = tuple[str, int, int, float | None]

_REACTIONS: Final = {
    Programme.HYPERTENSION: ("干咳", "踝部水肿", "面部潮红", "头晕"),
    Programme.DIABETES: ("胃肠不适", "腹胀", "泌尿道不适"),
    Programme.COPD: ("口干", "声音嘶哑"),
    Programme.DYSLIPIDAEMIA: ("肌肉酸痛", "转氨酶轻度升高"),
    Programme.STROKE: ("皮下瘀斑", "胃部不适"),
    Programme.CHD: ("皮下瘀斑", "胃部不适"),
    Programme.CKD: ("干咳", "头晕"),
}
_SYMPTOMS: Final = (
    Symptom.HEADACHE_DIZZINESS, Symptom.PALPITATION, Symptom.NUMBNESS, Symptom.BLURRED_VISION, Symptom.LEG_OEDEMA,
)  # fmt: skip


def filled(life: Life, on: date, programmes: list[Programme], script: Script | None) -> Encounter:
    """The unsaved visit with readings, findings and habits."""
    chance, one, team = life.chance, life.one, life.one.team_on(on)
    method = Method(script[0]) if script else method_of(life, on)
    at = chance.hour(on)
    readings = _scripted(life, script) if script else _measured(life, on, method, team)
    systolic = readings.get("systolic") or 0
    adherence = Adherence.REGULAR if script else life.course.adherence
    encounter = Encounter(
        id=chance.key(at), patient_id=one.patient.pk, organization_id=team.organization_id, care_team_id=team.pk,
        practitioner=_author(life, team, method), on=on, method=method, source=EntrySource.FORM,
        recorded_at=at, created_at=at + timedelta(seconds=1), programmes=[str(p) for p in programmes],
        medication_adherence=adherence, **readings, **_habits(life, programmes),
    )  # fmt: skip
    if not script:
        _findings(encounter, chance, programmes, int(systolic))
    return encounter


def _author(life: Life, team: CareTeam, method: Method) -> User:
    """The doctor mostly; the village doctor or nurse on home visits, the health manager on the telephone."""
    staff = dict(life.stage.staff[team.pk])
    helper = {
        Method.HOME: Role.VILLAGE_DOCTOR,
        Method.PHONE: Role.HEALTH_MANAGER,
        Method.CLINIC: Role.NURSE,
    }.get(method)
    share = 0.15 if method is Method.CLINIC else 0.5
    if helper in staff and life.chance.happens(share) and not life.one.script:
        return staff[helper]
    return staff.get(Role.GENERAL_PRACTITIONER) or life.stage.doctor(team)[1]


def _scripted(life: Life, script: Script) -> dict[str, Any]:
    _method, systolic, diastolic, glucose = script
    return {
        "systolic": systolic, "diastolic": diastolic, "heart_rate": life.course.heart_rate(),
        "weight": Decimal(f"{life.course.weight():.1f}"),
        "fasting_glucose": None if glucose is None else Decimal(str(glucose)),
    }  # fmt: skip


def _measured(life: Life, on: date, method: Method, team: CareTeam) -> dict[str, Any]:
    """What is measured on a visit; on the telephone only what the person has measured at home."""
    chance, course, near = life.chance, life.course, method in FACE_TO_FACE
    again = life.open is not None and life.open.reason == AppointmentReason.RECHECK
    found: dict[str, Any] = {}
    if chance.happens(0.995 if near else 0.9 if again else 0.75):
        # Half of the teams still measure by ear: even numbers, too many zeros.
        by_ear = near and team.pk % 2 == 0
        found["systolic"], found["diastolic"] = (
            as_read(v, chance, by_ear=by_ear) for v in course.pressure(on)
        )
    if near:
        found["heart_rate"] = course.heart_rate()
        if chance.happens(0.85):
            found["weight"] = Decimal(f"{course.weight():.1f}")
        if chance.happens(0.2):
            found["waist"] = Decimal(f"{course.waist():.1f}")
    share = (0.98 if near or again else 0.6) if course.diabetic else 0.1 if near else 0.0
    if chance.happens(share):
        found["fasting_glucose"] = Decimal(f"{course.fasting_glucose(on):.1f}")
        if course.diabetic and chance.happens(0.15):
            after = float(found["fasting_glucose"]) + abs(chance.gauss(2.4, 0.9))
            found["postprandial_glucose"] = Decimal(f"{after:.1f}")
    return found


def _findings(encounter: Encounter, chance: Chance, programmes: list[Programme], systolic: int) -> None:
    """Symptoms, adverse reactions, and rarely a complication or a danger sign."""
    if chance.happens(0.1 + 0.25 * (systolic >= 155)):
        encounter.symptoms = [str(chance.choice(_SYMPTOMS))]
    for programme in programmes:
        if programme in _REACTIONS and chance.happens(0.011):
            encounter.adverse_reaction = [*encounter.adverse_reaction, str(programme)]
            encounter.adverse_reaction_text = chance.choice(_REACTIONS[programme])
        if chance.happens(0.0025):
            encounter.new_complication = [*encounter.new_complication, str(programme)]
    asked = [name for name in ("symptoms", "adverse_reaction") if not getattr(encounter, name)]
    if asked:
        encounter.findings = {"answered_none": asked}
    if systolic >= 165 and chance.happens(0.08):
        encounter.danger_signs = [str(DangerSign.SEVERE_HEADACHE_DIZZINESS)]
    elif chance.happens(0.001):
        encounter.danger_signs = [str(DangerSign.PRECORDIAL_PAIN)]


def _habits(life: Life, programmes: list[Programme]) -> dict[str, Any]:
    chance, patient = life.chance, life.one.patient
    smokes = patient.smoking == Smoking.CURRENT
    habits: dict[str, Any] = {
        "cigarettes_per_day": chance.choice((5, 10, 10, 15, 20)) if smokes else 0,
        "exercise_per_week": chance.choice((0, 2, 3, 5, 7)),
        "exercise_minutes": chance.choice((20, 30, 30, 40)),
        "salt": chance.weighted(((Salt.LIGHT, 0.4), (Salt.MEDIUM, 0.45), (Salt.HEAVY, 0.15))),
        "mood": chance.weighted(((Grade.GOOD, 0.75), (Grade.FAIR, 0.22), (Grade.POOR, 0.03))),
        "compliance": chance.weighted(((Grade.GOOD, 0.7), (Grade.FAIR, 0.25), (Grade.POOR, 0.05))),
    }
    if Programme.DIABETES in programmes:
        habits["staple_food"] = chance.choice((200, 250, 250, 300, 350))
        habits["hypoglycaemia"] = chance.weighted(((Frequency.NONE, 0.95), (Frequency.SOMETIMES, 0.05)))
        habits["foot_pulse"] = chance.weighted(((Pulse.NORMAL, 0.95), (Pulse.WEAK, 0.05)))
    return habits


def method_of(life: Life, on: date) -> Method:
    """How the follow-up is done: mostly face to face; asking about a referral often by telephone."""
    old = life.one.patient.age(on=on) >= 78
    asking = life.open is not None and life.open.reason in (
        AppointmentReason.REFER,
        AppointmentReason.EMERGENCY,
    )
    if asking and life.chance.happens(0.45):
        return Method.PHONE
    weights = ((Method.CLINIC, 0.35 if old else 0.70), (Method.HOME, 0.55 if old else 0.18), (Method.PHONE, 0.19),
               (Method.VIDEO, 0.03))  # fmt: skip
    return life.chance.weighted(weights)
