"""Whose record it is, and who may see it."""

from patients.models.condition import Condition, Enrolment
from patients.models.contract import Contract, ServicePackage
from patients.models.encounter import Encounter, MedicationStatement, Observation
from patients.models.identity import Identity
from patients.models.patient import Patient
from patients.models.responsibility import AccessGrant, Consent, Responsibility
from patients.models.task import Task

__all__ = [
    "AccessGrant",
    "Condition",
    "Consent",
    "Contract",
    "Encounter",
    "Enrolment",
    "Identity",
    "MedicationStatement",
    "Observation",
    "Patient",
    "Responsibility",
    "ServicePackage",
    "Task",
]
