"""What is there already: the archives and visits that a batch of rows is compared with, in a fixed number of statements."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from followups import standing
from followups.entry.visit import rounded
from patients.identity import IdentityText, plain
from patients.models import (
    Condition,
    Contract,
    Encounter,
    Enrolment,
    Identity,
    MedicationStatement,
    Observation,
    Patient,
    Responsibility,
)
from patients.models.condition import ClinicalStatus
from patients.models.encounter import ObservationSource
from patients.readings import VISIT_READINGS, Number

MEASURES = ("weight", "waist")  # of the archive sheet; height is a column of the patient


@dataclass(slots=True)
class KnownArchive:
    """One archive as it stands, with everything that a roster row may touch."""

    patient: Patient
    identity: Identity
    text: IdentityText
    conditions: dict[str, Condition] = field(default_factory=dict)
    diagnosed: set[str] = field(default_factory=set)  # codes of any status
    enrolled: set[str] = field(default_factory=set)  # programmes, ended ones included
    contracts: list[Contract] = field(default_factory=list)
    measures: set[tuple[str, Decimal]] = field(default_factory=set)
    responsibility: Responsibility | None = None


def archives(patient_ids: Collection[UUID], *, lock: bool = False) -> dict[UUID, KnownArchive]:
    """The archives by patient id. `lock` keeps others from writing them until the transaction ends. Seven statements."""
    ids = list(patient_ids)
    if not ids:
        return {}
    patients = Patient.objects.order_by("pk").select_for_update() if lock else Patient.objects.all()
    rows = {patient.pk: patient for patient in patients.filter(pk__in=ids)}
    found = {
        identity.pk: KnownArchive(rows[identity.pk], identity, plain(identity))
        for identity in Identity.objects.filter(pk__in=ids)
    }
    for condition in Condition.objects.filter(patient__in=ids):
        known = found[condition.patient_id]
        known.diagnosed.add(condition.code)
        if condition.clinical_status == ClinicalStatus.ACTIVE:
            known.conditions[condition.code] = condition
    for patient_id, programme in Enrolment.objects.filter(patient__in=ids).values_list(
        "patient_id", "programme"
    ):
        found[patient_id].enrolled.add(programme)
    for contract in Contract.objects.filter(patient__in=ids):
        found[contract.patient_id].contracts.append(contract)
    measured = Observation.objects.filter(patient__in=ids, code__in=MEASURES)
    for patient_id, code, value in measured.values_list("patient_id", "code", "value"):
        found[patient_id].measures.add((code, value))
    for responsibility in Responsibility.objects.filter(patient__in=ids, period__endswith__isnull=True):
        found[responsibility.patient_id].responsibility = responsibility
    return found


@dataclass(slots=True)
class KnownPerson:
    """A person whose visits are imported: who it is, what for and since when managed, and the visits already there."""

    patient: Patient
    enrolments: list[tuple[str, date, date | None]] = field(default_factory=list)
    encounters: list[Encounter] = field(default_factory=list)
    further: dict[UUID, dict[str, Number]] = field(
        default_factory=dict
    )  # of these visits, beyond the form's ten
    medicines: set[str] = field(default_factory=set)  # names of those taken now

    def programmes(self, on: date) -> list[str]:
        """The programmes that managed the person on the day, in their usual order."""
        running = (name for name, begin, end in self.enrolments if begin <= on and (end is None or on < end))
        return sorted(running)


def people(patient_ids: Collection[UUID], *, lock: bool = False) -> dict[UUID, KnownPerson]:
    """The persons by patient id. Five statements, and the lock that everything takes which moves a follow-up."""
    ids = list(patient_ids)
    if not ids:
        return {}
    if lock:
        standing.lock(ids)
    found = {patient.pk: KnownPerson(patient) for patient in Patient.objects.filter(pk__in=ids)}
    for patient_id, programme, period in Enrolment.objects.filter(patient__in=ids).values_list(
        "patient_id", "programme", "period"
    ):
        found[patient_id].enrolments.append((programme, period.lower, period.upper))
    for encounter in Encounter.objects.filter(patient__in=ids).order_by("on", "pk"):
        found[encounter.patient_id].encounters.append(encounter)
    beside = Observation.objects.filter(
        patient__in=ids, encounter__isnull=False, source=ObservationSource.VISIT
    )
    for patient_id, visit_id, code, value in beside.values_list(
        "patient_id", "encounter_id", "code", "value"
    ):
        if code in VISIT_READINGS:
            found[patient_id].further.setdefault(visit_id, {})[code] = rounded(code, value)
    taken = MedicationStatement.objects.filter(patient__in=ids, status="active")
    for patient_id, name in taken.values_list("patient_id", "name"):
        found[patient_id].medicines.add(name)
    return found
