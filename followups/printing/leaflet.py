"""The leaflet a resident takes home: next visit, targets with the latest values, medicines, advice, when to come at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.utils.translation import get_language, gettext, gettext_lazy

from followups.line_words import target_text
from followups.models import Appointment, CarePlan, Goal
from followups.protocols.terms import DANGER_SIGNS
from patients.models import MedicationStatement, Patient
from patients.readings import READINGS, Number

_ = gettext_lazy
WEEKDAYS: Final = (
    _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"),
)  # fmt: skip
# Whatever the programme, a resident should know these; the others are for a clinician's eye.
ALARM: Final = (
    "consciousness_change", "severe_headache_dizziness", "precordial_pain", "cannot_lie_flat", "sudden_vision_loss",
    "focal_neurological_deficit",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Latest:
    """A reading as it was last taken: the printed value and its day."""

    value: str
    on: date


def leaflet(
    patient: Patient,
    *,
    appointment: Appointment | None,
    plan: CarePlan | None,
    goals: Sequence[Goal],
    lines: Mapping[str, Number],
    latest: Mapping[str, Latest],
    medicines: Iterable[MedicationStatement],
    stamp: str,
) -> dict[str, Any]:
    """The data of the leaflet. `lines` are the assessment lines of the person's programmes, shown where the plan has no
    target of its own; `latest` the latest values by reading; `stamp` who printed it and when."""
    organization = patient.organization
    return {
        "lang": "zh" if (get_language() or "").startswith("zh") else "en",
        "title": gettext("My health plan"),
        "organization": str(organization),
        "greeting": gettext("For %(name)s") % {"name": patient.name},
        **_next(appointment, str(organization.phone)),
        "targets_title": gettext("My targets"),
        "targets_head": [gettext("Measure"), gettext("Latest value"), gettext("To reach")],
        "targets": _targets(goals, lines, latest),
        "medicines_title": gettext("My medicines"),
        "medicines": [{"name": each.name, "dosage": each.dosage} for each in medicines],
        "plan_title": gettext("What the doctor advises"),
        "plan": _plan(plan),
        "alarm_title": gettext("Come at once, or call 120"),
        "alarm": [gettext(DANGER_SIGNS[sign]) for sign in ALARM],
        "alarm_do": gettext("Do not wait for the next visit."),
        "printed": stamp,
        "from": str(organization),
    }


def _next(appointment: Appointment | None, phone: str) -> dict[str, str]:
    due = appointment.due_on if appointment else None
    return {
        "next_label": gettext("Next visit"),
        "next": due.isoformat() if due else gettext("none booked"),
        "next_note": str(WEEKDAYS[due.weekday()]) if due else gettext("please ask your team"),
        "contact": gettext("Telephone: %(phone)s") % {"phone": phone} if phone else "",
    }


def _targets(
    goals: Sequence[Goal], lines: Mapping[str, Number], latest: Mapping[str, Latest]
) -> list[dict[str, str]]:
    own = {goal.measure: target_text(goal) for goal in goals}
    wanted = {**{name: f"<{line}" for name, line in lines.items()}, **own}
    return [
        {"name": _with_unit(name), "now": _now(latest.get(name)), "goal": goal}
        for name, goal in wanted.items()
    ]


def _with_unit(name: str) -> str:
    reading = READINGS[name]
    return f"{gettext(reading.label)} ({reading.unit})" if reading.unit else gettext(reading.label)


def _now(value: Latest | None) -> str:
    return "–" if value is None else f"{value.value} ({value.on:%m-%d})"


def _plan(plan: CarePlan | None) -> list[str]:
    if plan is None or not plan.revision:
        return []
    texts = (plan.treatment, plan.advice)
    return [line.strip() for text in texts for line in text.splitlines() if line.strip()]
