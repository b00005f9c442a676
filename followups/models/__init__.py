"""From a visit to the next step: the plan, the due follow-up, and what the protocol said of a visit."""

from followups.models.appointment import (
    Appointment,
    AppointmentQuerySet,
    AppointmentReason,
    AppointmentStatus,
)
from followups.models.assessment import Action, Assessment, Klass
from followups.models.plan import CarePlan, CarePlanHistory, CarePlanRevision, Goal
from followups.models.visit_draft import VisitDraft

__all__ = [
    "Action",
    "Appointment",
    "AppointmentQuerySet",
    "AppointmentReason",
    "AppointmentStatus",
    "Assessment",
    "CarePlan",
    "CarePlanHistory",
    "CarePlanRevision",
    "Goal",
    "Klass",
    "VisitDraft",
]
