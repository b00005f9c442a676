"""Whose record it is, and who may see it."""

from patients.models.condition import Condition, Enrolment
from patients.models.contact import ContactPreference
from patients.models.contract import Contract, ServicePackage
from patients.models.emergency import EmergencyAccess, EmergencyFinding, EmergencyReason
from patients.models.encounter import Encounter, MedicationStatement, Observation
from patients.models.handover import Handover, HandoverReason, HandoverStatus
from patients.models.identity import Identity
from patients.models.patient import Patient
from patients.models.responsibility import AccessGrant, Consent, Responsibility
from patients.models.task import Task

__all__ = [
    "AccessGrant",
    "Condition",
    "Consent",
    "ContactPreference",
    "Contract",
    "EmergencyAccess",
    "EmergencyFinding",
    "EmergencyReason",
    "Encounter",
    "Enrolment",
    "Handover",
    "HandoverReason",
    "HandoverStatus",
    "Identity",
    "MedicationStatement",
    "Observation",
    "Patient",
    "Responsibility",
    "ServicePackage",
    "Task",
]
