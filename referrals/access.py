"""The department sees the record for the period of care and 30 days after it; then the grant has ended by itself."""

from datetime import date, timedelta

from psycopg2.extras import DateRange

from accounts.models import User
from patients.models import AccessGrant
from patients.models.responsibility import GrantBasis
from referrals.models import ServiceRequest

#: How long the record stays open after the period of care.
AFTER_CARE = timedelta(days=30)


def open_record(request: ServiceRequest, *, on: date, by: User | None) -> AccessGrant:
    """Grant the addressed department the record from a day on, without an end as long as the care lasts."""
    grant, _new = AccessGrant.objects.get_or_create(
        basis=GrantBasis.REFERRAL,
        basis_id=request.pk,
        department_id=request.target_department_id,
        defaults={
            "patient_id": request.patient_id,
            "organization_id": request.target_organization_id,
            "granted_by": by,
            "period": DateRange(on, None),
        },
    )
    return grant


def end_care(request: ServiceRequest, *, on: date) -> int:
    """Let the grants of a request end: the last open day is 30 days after `on`. Returns how many ended."""
    last = on + AFTER_CARE
    ended = 0
    running = AccessGrant.objects.filter(
        basis=GrantBasis.REFERRAL, basis_id=request.pk, period__endswith__isnull=True
    )
    for grant in running:
        grant.period = DateRange(min(grant.period.lower, on), last + timedelta(days=1))
        grant.save(update_fields=["period"])
        ended += 1
    return ended
