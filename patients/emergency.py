"""Emergency access (break-glass): ask where a resident is registered, open the record with a reason, have it judged.

The document number that was asked for is never written down: not in the audit line, not in a message of an error.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from psycopg2.extras import DateRange

from accounts.models import User
from alliances.models import Organization
from alliances.scope import scope_of
from journal import audit
from journal.models import AgentType, AuditEvent
from patients import emergency_notices
from patients.identifiers import parse_resident_number
from patients.identity import patients_by_number
from patients.models import AccessGrant, EmergencyAccess, EmergencyFinding, EmergencyReason, Patient
from patients.models.emergency import SHORTEST_TEXT
from patients.models.responsibility import GrantBasis

ASKED = "patient.emergency_lookup"
_LOCK_CLASS = 0x59494D47  # any number that no other advisory lock of this database uses


class Standing(StrEnum):
    """Where the resident of a document number is registered, as far as the one who asks may know."""

    NOBODY = "nobody"  # no archive anywhere
    YOURS = "yours"  # open to the one who asks
    ANOTHER_TEAM = "another_team"  # of the asker's own organization
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True)
class Answer:
    """The standing, with the resident for those who go on to open the record; never shown as such."""

    standing: Standing
    patient: Patient | None = None


class TooManyLookUps(Exception):
    """The person, or the address, has asked as often as is allowed."""


class ReasonTooShort(ValueError):
    """An emergency is told in a sentence."""


class AlreadyOpen(ValueError):
    """The record is open to the person without an emergency."""


class AlreadyReviewed(ValueError):
    """Somebody has given a finding; it stands."""


class OwnOpening(ValueError):
    """Nobody judges an opening of their own."""


@transaction.atomic
def look_up(number: str, *, by: User, at: datetime) -> Answer:
    """Where the resident with this full document number is registered. Every question leaves an audit line.

    `ResidentNumberError` when it is no full number (nothing is asked then), `TooManyLookUps` beyond the limits.
    """
    asked = parse_resident_number(number, on=timezone.localdate(at)).number
    line = audit.event(ASKED, by=by)
    _within_limits(line, at)
    patient_id = patients_by_number([asked]).get(asked)
    answer = Answer(Standing.NOBODY)
    if patient_id is not None:
        patient = Patient.objects.get(pk=patient_id)
        answer = Answer(_standing(patient, by), patient)
        line.subject_kind, line.subject_id = "patient", str(patient.pk)
        line.patient_id, line.organization_id = patient.pk, patient.organization_id
    line.detail = {"answer": answer.standing.value}
    line.save(force_insert=True)
    return answer


def _standing(patient: Patient, by: User) -> Standing:
    if Patient.objects.visible_to(by).filter(pk=patient.pk).exists():
        return Standing.YOURS
    own = patient.organization_id in scope_of(by).own_organization_ids
    return Standing.ANOTHER_TEAM if own else Standing.ELSEWHERE


def _within_limits(line: AuditEvent, at: datetime) -> None:
    """Count what the person asked in a day and the address in an hour; questions at the same moment wait in turn."""
    keys = [f"person:{line.agent_id}", *([f"address:{line.address}"] if line.address else [])]
    with connection.cursor() as cursor:
        for key in keys:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK_CLASS, key])
    asked = AuditEvent.objects.filter(action=ASKED)
    person = asked.filter(agent_type=AgentType.USER, agent_id=line.agent_id, at__gt=at - timedelta(days=1))
    if person.count() >= settings.BREAK_GLASS_LOOKUPS_A_DAY:
        raise TooManyLookUps
    if line.address is not None:
        place = asked.filter(address=line.address, at__gt=at - timedelta(hours=1))
        if place.count() >= settings.BREAK_GLASS_LOOKUPS_AN_HOUR_AT_AN_ADDRESS:
            raise TooManyLookUps


@transaction.atomic
def open_record(
    patient: Patient,
    *,
    by: User,
    organization: Organization,
    reason: EmergencyReason,
    text: str,
    at: datetime,
) -> EmergencyAccess:
    """Open the record to the person, for reading, until it ends by itself; opened twice, it is the one that runs.

    The caller has found the resident by the full number. Raises `ReasonTooShort`, and `AlreadyOpen` when the person
    sees the record anyhow. The resident's team is told.
    """
    if len(text.strip()) < SHORTEST_TEXT:
        raise ReasonTooShort
    locked = Patient.objects.select_for_update().get(pk=patient.pk)
    running = opened_by(by, locked, at=at)
    if running is not None:
        return running
    if Patient.objects.visible_to(by).filter(pk=locked.pk).exists():
        raise AlreadyOpen
    ends_at = at + timedelta(hours=settings.BREAK_GLASS_HOURS)
    last_day = timezone.localdate(ends_at)
    grant = AccessGrant.objects.create(
        patient=locked, organization=organization, user=by, granted_by=by, basis=GrantBasis.BREAK_GLASS,
        period=DateRange(timezone.localdate(at), last_day + timedelta(days=1)),
    )  # fmt: skip
    access = EmergencyAccess.objects.create(
        patient=locked, grant=grant, opened_by=by, organization=organization, opened_at=at, ends_at=ends_at,
        reason=reason, text=text.strip(),
    )  # fmt: skip
    detail = {"access": str(access.pk), "reason": reason, "until": ends_at.isoformat()}
    audit.record("patient.break_glass", by=by, subject=locked, detail=detail)
    emergency_notices.tell_team(access, emergency_notices.opened(access), at=at)
    return access


def opened_by(user: User, patient: Patient, *, at: datetime) -> EmergencyAccess | None:
    """The person's access to the record that is running, if any."""
    return EmergencyAccess.objects.live(at=at).filter(opened_by=user, patient=patient).first()


@transaction.atomic
def end(access: EmergencyAccess, *, by: User, at: datetime) -> EmergencyAccess:
    """Close the record before its time. One that has ended stays as it is."""
    locked = EmergencyAccess.objects.select_for_update().get(pk=access.pk)
    if not locked.is_live(at=at):
        return locked
    _close(locked, by=by, at=at)
    audit.record("patient.break_glass_end", by=by, subject=locked)
    return locked


def _close(access: EmergencyAccess, *, by: User, at: datetime) -> None:
    access.ends_at, access.ended_by = max(at, access.opened_at), by
    access.save(update_fields=["ends_at", "ended_by"])


@transaction.atomic
def review(
    access: EmergencyAccess, *, by: User, finding: EmergencyFinding, text: str, at: datetime
) -> EmergencyAccess:
    """Give the finding, once; the opener is told, and of an unjustified opening, which ends with it, the team too.

    Raises `AlreadyReviewed`, `OwnOpening`, `ReasonTooShort` (an unjustified opening is explained).
    """
    if finding == EmergencyFinding.UNJUSTIFIED and len(text.strip()) < SHORTEST_TEXT:
        raise ReasonTooShort
    locked = EmergencyAccess.objects.select_for_update().get(pk=access.pk)
    if locked.reviewed_at is not None:
        raise AlreadyReviewed
    if locked.opened_by_id == by.pk:
        raise OwnOpening
    if finding == EmergencyFinding.UNJUSTIFIED and locked.is_live(at=at):
        _close(locked, by=by, at=at)
    locked.reviewed_at, locked.reviewed_by = at, by
    locked.finding, locked.review_text = finding, text.strip()
    locked.save(update_fields=["reviewed_at", "reviewed_by", "finding", "review_text"])
    audit.record("patient.break_glass_review", by=by, subject=locked, detail={"finding": finding})
    emergency_notices.tell_opener(locked, at=at)
    if finding == EmergencyFinding.UNJUSTIFIED:
        emergency_notices.tell_team(locked, emergency_notices.UNJUSTIFIED, at=at)
    return locked
