"""Archive rows against the archives that are there: what would change, and writing it in one transaction per batch.

A filled cell wins over what the archive says (the earlier version stays in its history); an empty cell changes nothing.
Diagnoses, enrolments and contracts are only added: what a doctor ended or withdrew does not come back by a roster.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from psycopg2.extras import DateRange

from accounts.models import User
from accounts.names import keys_of
from exchange.imports.copying import copy_in
from exchange.imports.known import MEASURES, KnownArchive, archives
from exchange.imports.registry import DatabaseRegistry
from exchange.roster.archive import Resident
from exchange.roster.faults import Fault, FaultCode
from exchange.roster.layout import ARCHIVE
from followups.models import CarePlan
from followups.protocols.months import add_months
from journal.keys import new_key
from patients import lifecycle, responsibilities
from patients.identity import COLUMNS, IdentityText, new_identity
from patients.models import (
    Condition,
    Contract,
    Enrolment,
    Identity,
    Observation,
    Patient,
    Responsibility,
    ServicePackage,
)
from patients.models.encounter import ObservationSource
from patients.programmes import ICD10, Programme

CONTRACT_MONTHS: Final = 12  # a contract without an end
PROGRAMME_LABELS: Final = ("高血压", "糖尿病")  # said by diagnosis and enrolment, not by a label
_PACKAGE_NAMES: Final = {"basic": "基础包", "personalised": "个性化包"}


@dataclass(slots=True)
class ArchivePlan:
    """What one row would change. `columns` are the patient's; all other parts are additions."""

    resident: Resident
    known: KnownArchive | None
    patient_id: UUID
    columns: dict[str, Any] = field(default_factory=dict)
    text: IdentityText | None = None
    diagnoses: dict[str, date | None] = field(default_factory=dict)
    redated: list[Condition] = field(default_factory=list)
    enrolments: dict[str, date] = field(default_factory=dict)
    signs_contract: bool = False
    measures: dict[str, Decimal] = field(default_factory=dict)
    warnings: list[Fault] = field(default_factory=list)

    @property
    def is_new(self) -> bool:
        """Whether the person has no archive yet."""
        return self.known is None

    @property
    def changes(self) -> bool:
        """Whether anything would be written."""
        additions = (self.diagnoses, self.redated, self.enrolments, self.measures, self.columns)
        return self.is_new or self.text is not None or self.signs_contract or any(additions)


def plan(
    residents: Sequence[Resident], registry: DatabaseRegistry, *, on: date, lock: bool = False
) -> list[ArchivePlan]:
    """Compare a batch of accepted rows with the database; a fixed number of statements. `lock` before writing."""
    here = registry.patients_here([resident.number for resident in residents])
    there = archives(here.values(), lock=lock)
    known = {number: there[patient] for number, patient in here.items()}
    return [_plan_one(resident, known.get(resident.number), registry, on) for resident in residents]


def _plan_one(
    resident: Resident, known: KnownArchive | None, registry: DatabaseRegistry, on: date
) -> ArchivePlan:
    made = ArchivePlan(resident, known, known.patient.pk if known else new_key())
    if known is not None and known.patient.deceased_on is not None:
        return made  # the archive of a dead person is closed
    made.columns = _columns(resident, registry, known.patient if known else None)
    made.text = _text(resident, known)
    _plan_diseases(made, on)
    _plan_contract(made)
    there = known.measures if known else set()
    for code in MEASURES:
        value = getattr(resident, code)
        if value is not None and (code, value) not in there:
            made.measures[code] = value
    return made


def _columns(resident: Resident, registry: DatabaseRegistry, patient: Patient | None) -> dict[str, Any]:
    """The patient's columns that the row fills and that differ from what is there."""
    said: dict[str, Any] = {
        "name": resident.name,
        "sex": resident.sex,
        "birth_date": resident.birth_date,
        "ethnicity": resident.ethnicity,
        "community": resident.village,
        "care_team_id": registry.teams[resident.team].pk,
        "labels": [label for label in resident.groups if label not in PROGRAMME_LABELS],
        "height": resident.height,
        "smoking": resident.smoking,
        "allergies": list(resident.allergies),
        "archived_on": resident.archived_on,
    }
    filled = {column: value for column, value in said.items() if value not in (None, "", [])}
    return {
        column: value
        for column, value in filled.items()
        if patient is None or getattr(patient, column) != value
    }


def _text(resident: Resident, known: KnownArchive | None) -> IdentityText | None:
    """The identity to seal: of a new person, or with a changed telephone or address; else None."""
    if known is None:
        return IdentityText(number=resident.number, phone=resident.phone, address=resident.address)
    phone, address = resident.phone or known.text.phone, resident.address or known.text.address
    if (phone, address) == (known.text.phone, known.text.address):
        return None
    return replace(known.text, phone=phone, address=address)


def _plan_diseases(made: ArchivePlan, on: date) -> None:
    """Add what is not there; correct the date of an active diagnosis. Management begins on the date of diagnosis."""
    resident, known = made.resident, made.known
    for code, diagnosed_on in resident.diagnoses.items():
        condition = known.conditions.get(code) if known else None
        if condition is None and (known is None or code not in known.diagnosed):
            made.diagnoses[code] = diagnosed_on
        elif condition is not None and diagnosed_on is not None and condition.diagnosed_on != diagnosed_on:
            condition.diagnosed_on = diagnosed_on
            made.redated.append(condition)
        refuted = condition is None and known is not None and code in known.diagnosed
        if not refuted and (known is None or code not in known.enrolled):
            made.enrolments[code] = diagnosed_on or resident.archived_on or on


def _plan_contract(made: ArchivePlan) -> None:
    signed_on = made.resident.contracted_on
    if signed_on is None:
        return
    there = made.known.contracts if made.known else []
    if any(contract.signed_on == signed_on for contract in there):
        return
    end = add_months(signed_on, CONTRACT_MONTHS)
    if any(_overlap(contract.period, signed_on, end) for contract in there):
        column = ARCHIVE.heading("contracted_on")
        made.warnings.append(Fault(made.resident.row, column, FaultCode.CONTRACT_OVERLAPS))
        return
    made.signs_contract = True


def _overlap(period: DateRange, begin: date, end: date) -> bool:
    return (period.upper is None or begin < period.upper) and (period.lower is None or period.lower < end)


def write(plans: Iterable[ArchivePlan], registry: DatabaseRegistry, *, on: date, by: User | None) -> int:
    """Write the plans that change something; returns how many. The caller holds the transaction and the audit line."""
    changed = [made for made in plans if made.changes]
    new = [made for made in changed if made.is_new]
    organization = registry.organization
    copy_in(_patient(made, organization.pk) for made in new)
    copy_in(new_identity(made.patient_id, organization.pk, made.text) for made in new if made.text)
    copy_in(
        Responsibility(
            patient_id=made.patient_id,
            organization=organization,
            care_team_id=made.columns["care_team_id"],
            period=DateRange(made.resident.archived_on or on, None),
        )
        for made in new
    )
    amended = [made for made in changed if not made.is_new]
    _update(amended)
    _hand_over([made for made in amended if "care_team_id" in made.columns], registry, on=on, by=by)
    _add_diseases(changed, organization.pk)
    _add_contracts(changed, registry)
    _add_measures(changed, organization.pk, on)
    return len(changed)


def _patient(made: ArchivePlan, organization_id: int) -> Patient:
    pinyin, initials = keys_of(made.columns["name"])
    return Patient(
        pk=made.patient_id,
        organization_id=organization_id,
        pinyin=pinyin,
        initials=initials,
        programmes=sorted(made.enrolments),
        **made.columns,
    )


def _update(plans: list[ArchivePlan]) -> None:
    """Archives that were there: changed columns, telephone and address."""
    patients, identities = [], []
    for made in plans:
        known = made.known
        if known is None:
            continue
        columns = {column: value for column, value in made.columns.items() if column != "care_team_id"}
        if "name" in columns:
            columns["pinyin"], columns["initials"] = keys_of(columns["name"])
        if made.enrolments:
            columns["programmes"] = sorted({*known.patient.programmes, *made.enrolments})
        for column, value in columns.items():
            setattr(known.patient, column, value)
        if columns:
            patients.append(known.patient)
        if made.text is not None:
            identities.append(new_identity(made.patient_id, known.patient.organization_id, made.text))
    Patient.objects.bulk_update(patients, _PATIENT_COLUMNS)
    Identity.objects.bulk_update(identities, COLUMNS)


def _hand_over(plans: list[ArchivePlan], registry: DatabaseRegistry, *, on: date, by: User | None) -> None:
    """Another team of the centre becomes responsible, and everything that is open goes with the resident.

    One by one, by the use-case that settles it everywhere: a roster changes few teams. A responsibility of the same
    day is corrected instead of ended.
    """
    teams = {team.pk: team for team in registry.teams.values()}
    for made in plans:
        if made.known is None:
            continue
        running = made.known.responsibility
        if running is not None and running.period.lower is not None and running.period.lower >= on:
            running.care_team_id = made.columns["care_team_id"]
            running.save(update_fields=["care_team"])
            patient = Patient.objects.get(pk=made.patient_id)
            patient.care_team_id = running.care_team_id
            patient.save(update_fields=["care_team"])
            lifecycle.happened(lifecycle.Event.MOVED, patient, on=on, by=by)
        else:
            team = teams[made.columns["care_team_id"]]
            responsibilities.assign(
                made.known.patient, organization=made.known.patient.organization, care_team=team, on=on, by=by
            )


def _organization_of(made: ArchivePlan, fallback: int) -> int:
    return made.known.patient.organization_id if made.known else fallback


def _add_diseases(plans: list[ArchivePlan], organization_id: int) -> None:
    copy_in(
        Condition(
            patient_id=made.patient_id,
            organization_id=_organization_of(made, organization_id),
            code=code,
            icd10=ICD10.get(Programme(code), ""),
            diagnosed_on=diagnosed_on,
        )
        for made in plans
        for code, diagnosed_on in made.diagnoses.items()
    )
    Condition.objects.bulk_update([row for made in plans for row in made.redated], ["diagnosed_on"])
    copy_in(
        Enrolment(
            patient_id=made.patient_id,
            organization_id=_organization_of(made, organization_id),
            programme=programme,
            period=DateRange(begin, None),
        )
        for made in plans
        for programme, begin in made.enrolments.items()
    )
    # Every follow-up action locks the care plan first, so whoever is managed has one.
    enrolled = [made for made in plans if made.enrolments]
    copy_in(_care_plan(made, organization_id) for made in enrolled if made.is_new)
    there = (_care_plan(made, organization_id) for made in enrolled if not made.is_new)
    CarePlan.objects.bulk_create(there, ignore_conflicts=True)


def _care_plan(made: ArchivePlan, organization_id: int) -> CarePlan:
    return CarePlan(patient_id=made.patient_id, organization_id=_organization_of(made, organization_id))


def _add_contracts(plans: list[ArchivePlan], registry: DatabaseRegistry) -> None:
    signing = [made for made in plans if made.signs_contract]
    if not signing:
        return
    packages = {kind: _package(kind) for kind in {made.resident.package or "basic" for made in signing}}
    copy_in(_contract(made, registry, packages) for made in signing)


def _contract(made: ArchivePlan, registry: DatabaseRegistry, packages: dict[str, ServicePackage]) -> Contract:
    resident = made.resident
    signed_on = resident.contracted_on
    if signed_on is None:
        raise ValueError("a contract needs the day it was signed")
    return Contract(
        patient_id=made.patient_id,
        package=packages[resident.package or "basic"],
        organization_id=_organization_of(made, registry.organization.pk),
        care_team_id=registry.teams[resident.team].pk,
        secondary=registry.hospitals.get(resident.secondary),
        tertiary=registry.hospitals.get(resident.tertiary),
        signed_on=signed_on,
        period=DateRange(signed_on, add_months(signed_on, CONTRACT_MONTHS)),
    )


def _package(kind: str) -> ServicePackage:
    """The package of a kind: the one with the kind's own code, else the first there is, else a new one."""
    there = {package.code: package for package in ServicePackage.objects.filter(kind=kind).order_by("pk")}
    if there:
        return there.get(kind) or next(iter(there.values()))
    return ServicePackage.objects.create(code=kind, kind=kind, name=_PACKAGE_NAMES[kind])


def _add_measures(plans: list[ArchivePlan], organization_id: int, on: date) -> None:
    """Weight and waist of the archive sheet, as measured when the archive was set up."""
    copy_in(
        Observation(
            patient_id=made.patient_id,
            organization_id=_organization_of(made, organization_id),
            code=code,
            value=value,
            at=_noon(made.resident.archived_on or on),
            source=ObservationSource.VISIT,
        )
        for made in plans
        for code, value in made.measures.items()
    )


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=timezone.get_default_timezone())


_PATIENT_COLUMNS: Final = [
    "name", "pinyin", "initials", "sex", "birth_date", "ethnicity", "community", "labels", "height",
    "smoking", "allergies", "archived_on", "programmes",
]  # fmt: skip
