"""Who manages a resident: dated, one at a time, never changed by a referral."""

from datetime import date

from django.db import transaction
from psycopg2.extras import DateRange

from alliances.models import CareTeam, Organization
from alliances.scope import Actor
from journal import audit
from patients import lifecycle
from patients.identity import INDEX_COLUMNS, reindex
from patients.models import Identity, Patient, Responsibility


@transaction.atomic
def assign(
    patient: Patient, *, organization: Organization, care_team: CareTeam | None, on: date, by: Actor | None
) -> Responsibility:
    """Make an organization (and team) responsible from a day on; the earlier responsibility ends on that day.

    ValueError when the team is another organization's, or when the day lies before the running responsibility began.
    """
    if care_team is not None and care_team.organization_id != organization.pk:
        raise ValueError("the team belongs to another organization")
    locked = Patient.objects.select_for_update().get(pk=patient.pk)
    current = Responsibility.objects.filter(patient=locked, period__endswith__isnull=True).first()
    if current is not None:
        if (current.organization_id, current.care_team_id) == (
            organization.pk,
            care_team.pk if care_team else None,
        ):
            return current
        if on <= current.period.lower:
            raise ValueError("a hand-over cannot lie before the running responsibility began")
        current.period = DateRange(current.period.lower, on)
        current.save(update_fields=["period"])
    row = Responsibility.objects.create(
        patient=locked, organization=organization, care_team=care_team, period=DateRange(on, None)
    )
    moved = locked.organization_id != organization.pk
    locked.organization, locked.care_team = organization, care_team
    locked.save(update_fields=["organization", "care_team"])
    identity = Identity.objects.filter(pk=locked.pk).first()
    if moved and identity is not None:
        reindex(identity, organization.pk).save(update_fields=INDEX_COLUMNS)
    audit.record(
        "responsibility.assign", by=by, subject=locked, detail={"team": care_team.pk if care_team else None}
    )
    lifecycle.happened(lifecycle.Event.MOVED, locked, on=on, by=by)
    return row
