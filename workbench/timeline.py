"""What happened to a resident, newest first: visits, referrals, signed plans, records opened in an emergency."""

from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from followups.models import Action, Assessment, Klass
from patients.models import EmergencyAccess, EmergencyFinding, Encounter
from referrals.models import ServiceRequest
from workbench.record import Record

SHOWN = 12


def timeline(
    record: Record, *, shown: int = SHOWN, may_record: bool = False
) -> tuple[list[dict[str, Any]], int]:
    """The newest entries for `yl_timeline`, and how many there are in all."""
    entries = [_visit(visit, record.assessments[visit.pk], linked=may_record) for visit in record.visits]
    entries.extend(_referral(request) for request in record.referrals)
    entries.extend(_emergency(access) for access in record.emergencies)
    if record.plan and record.plan.signed_at:
        entries.append(
            {
                "on": _day(record.plan.signed_at),
                "icon": "pen",
                "tone": "info",
                "title": _("Plan %(number)s signed") % {"number": record.plan.revision},
                "text": record.plan.diagnosis,
                "note": f"{record.plan.signed_for or ''} {record.plan.signed_by or ''}",
            }
        )
    entries.sort(key=lambda entry: entry["on"], reverse=True)
    return entries[:shown], len(entries)


def _day(at: datetime) -> date:
    return timezone.localdate(at)


def _referral(request: ServiceRequest) -> dict[str, Any]:
    return {
        "on": _day(request.submitted_at or request.created_at),
        "icon": "arrow-left-right",
        "tone": "info",
        "title": _("Referral to %(hospital)s") % {"hospital": request.target_organization},
        "text": str(request.get_state_display()),
        "note": str(request.target_department),
        "href": reverse("referrals:case", args=[request.pk]),
    }


def _emergency(access: EmergencyAccess) -> dict[str, Any]:
    unjustified = access.finding == EmergencyFinding.UNJUSTIFIED
    finding = access.get_finding_display() if access.finding else _("waiting for review")
    who = _("%(person)s (%(place)s), %(at)s") % {
        "person": access.opened_by.name,
        "place": access.organization,
        "at": timezone.localtime(access.opened_at).strftime("%H:%M"),
    }
    return {
        "on": _day(access.opened_at),
        "icon": "unlock",
        "tone": "red" if unjustified else "amber",
        "title": _("Opened in an emergency"),
        "text": f"{who}: {access.get_reason_display()}",
        "note": f"{access.text} · {finding}",
    }


def _visit(visit: Encounter, assessments: list[Assessment], *, linked: bool) -> dict[str, Any]:
    readings = []
    if visit.systolic:
        readings.append(f"{visit.systolic}/{visit.diastolic}")
    if visit.fasting_glucose is not None:
        readings.append(_("fasting glucose %(value)s") % {"value": visit.fasting_glucose})
    classes = [f"{a.get_programme_display()} {a.get_klass_display()}" for a in assessments]
    urgent = any(a.action == Action.EMERGENCY for a in assessments)
    fine = all(a.klass == Klass.CONTROLLED for a in assessments)
    return {
        "on": visit.on,
        "kind": str(visit.get_method_display()),
        "icon": "exclamation-octagon-fill" if urgent else "clipboard2-pulse",
        "tone": "red" if urgent else "green" if fine and assessments else "amber" if assessments else "mute",
        "title": _("Follow-up"),
        "text": "; ".join(filter(None, [", ".join(readings), ", ".join(classes)])),
        "note": visit.practitioner_name or str(visit.practitioner or ""),
        "href": reverse("workbench:visit-saved", args=[visit.patient_id, visit.pk]) if linked else "",
    }
