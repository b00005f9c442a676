"""A department reads the record while its signature or its support is asked for, and 30 days after; then the grant has ended."""

from datetime import date, datetime, timedelta
from typing import Any, Final

from psycopg2.extras import DateRange

from accounts.models import User
from alliances.models import Department
from followups.standing import lock
from patients.models import AccessGrant, Consent, Patient
from patients.models.responsibility import ConsentKind, GrantBasis

#: How long the record stays open after the reason for it (the who-sees-whom table).
AFTER_CARE: Final = timedelta(days=30)
#: A plan without a day of review is its department's business for a year.
WITHOUT_REVIEW: Final = timedelta(days=365)


def agreed(patient: Patient, *, by: User, at: datetime) -> Consent:
    """Write down that the resident agrees that the department reads the record."""
    return Consent.objects.create(
        patient=patient, kind=ConsentKind.REFERRAL, given=True, at=at, recorded_by=by
    )


def open_record(
    patient: Patient,
    department: Department,
    *,
    basis_id: Any,
    on: date,
    by: User | None,
    until: date | None = None,
) -> AccessGrant:
    """Grant the record to the department from a day on: without an end, or until 30 days after `until`.

    A grant for the same reason that exists already is opened anew.
    """
    lock([patient.pk])
    upper = None if until is None else until + AFTER_CARE + timedelta(days=1)
    grant, made = AccessGrant.objects.get_or_create(
        basis=GrantBasis.PLAN, basis_id=basis_id, department=department,
        defaults={"patient": patient, "organization_id": department.organization_id, "granted_by": by,
                  "period": DateRange(on, upper)},
    )  # fmt: skip
    if not made:
        grant.period = DateRange(min(grant.period.lower, on), upper)
        grant.save(update_fields=["period"])
    return grant


def end_record(basis_id: Any, *, on: date, after: timedelta = timedelta(0)) -> int:
    """Let the grants for a reason end; the last open day is `on`, or `after` later. Returns how many ended."""
    last = on + after
    ended = 0
    for grant in AccessGrant.objects.filter(basis=GrantBasis.PLAN, basis_id=basis_id):
        if grant.period.upper is None or grant.period.upper > last + timedelta(days=1):
            grant.period = DateRange(min(grant.period.lower, last), last + timedelta(days=1))
            grant.save(update_fields=["period"])
            ended += 1
    return ended


def department_of(patient: Patient, department_ids: Any, *, on: date) -> Department | None:
    """Through which of the departments the record is open on the day; the one longest."""
    grants = AccessGrant.objects.filter(
        patient=patient, department_id__in=list(department_ids), period__contains=on
    )
    grant = grants.select_related("department__organization").order_by("period", "pk").first()
    return grant.department if grant else None
