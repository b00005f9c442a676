"""What becomes of due follow-ups when the organization that would do them merges or closes."""

from typing import Final

from django.db import connection
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle import Event, Happening, Matter, Part, register
from followups.models import Appointment, Pathway, PlanProposal
from patients.succession import move_rows

# Persons come first and are locked already (patients.succession); then the plans, as everywhere (followups.standing).
_LOCK: Final = """
SELECT 1 FROM followups_careplan c JOIN followups_appointment a ON a.patient_id = c.patient_id
WHERE a.organization_id = %s AND a.status = 'booked' ORDER BY c.patient_id FOR NO KEY UPDATE OF c
"""


def due(happening: Happening) -> list[Matter]:
    """Follow-ups that are due or booked."""
    booked = Appointment.objects.booked().filter(organization=happening.organization)
    return [Matter(_("follow-ups due"), booked.count())]


def follow(happening: Happening) -> None:
    """Due follow-ups are the successor's; their reminders were readdressed with everything that waits."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [happening.organization.pk])
    move_rows("followups_appointment", "status = 'booked'", happening)
    move_rows("followups_followuploss", "ended_on IS NULL", happening)


def of_department(happening: Happening) -> list[Matter]:
    """What a department that is about to close has promised: signatures and the support of pathways."""
    awaiting = PlanProposal.objects.awaiting().filter(department=happening.department)
    running = Pathway.objects.running().filter(department=happening.department)
    return [Matter(_("plans awaiting a signature"), awaiting.count()),
            Matter(_("pathways supported"), running.count())]  # fmt: skip


def register_all() -> None:
    """Called once, when the app is ready."""
    register(Event.ORGANIZATION_MERGED, "followups", Part(None, due, follow))
    register(Event.ORGANIZATION_CLOSED, "followups", Part(due))
    register(Event.DEPARTMENT_CLOSED, "followups", Part(of_department))
