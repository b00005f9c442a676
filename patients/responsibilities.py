"""Who manages a resident: dated, one at a time, never changed by a referral."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from psycopg2.extras import DateRange

from alliances.models import CareTeam, Organization
from alliances.scope import Actor
from journal import audit
from journal.models import AuditEvent
from patients import lifecycle
from patients.identity import INDEX_COLUMNS, reindex
from patients.models import Identity, Patient, Responsibility


class TooEarly(ValueError):
    """Responsibility counts in whole days: who became responsible on a day keeps the resident for that day."""

    def __init__(self, patient: Patient, running: Responsibility) -> None:
        self.patient, self.since = patient, running.period.lower
        words = _(
            "%(team)s has been responsible for %(name)s only since %(day)s; a change is possible from the day after."
        )
        super().__init__(
            words
            % {
                "team": running.care_team or running.organization,
                "name": patient.name,
                "day": self.since.isoformat(),
            }
        )


@transaction.atomic
def assign(
    patient: Patient, *, organization: Organization, care_team: CareTeam | None, on: date, by: Actor | None
) -> Responsibility:
    """Make an organization (and team) responsible from a day on; the earlier responsibility ends on that day.

    ValueError when the team is another organization's; TooEarly when the day does not lie after the one on which the
    running responsibility began.
    """
    return assign_all([patient.pk], organization=organization, care_team=care_team, on=on, by=by)[0]


@transaction.atomic
def assign_all(
    patient_ids: Collection[UUID],
    *,
    organization: Organization,
    care_team: CareTeam | None,
    on: date,
    by: Actor | None,
) -> list[Responsibility]:
    """`assign` for many residents in a fixed number of statements, whatever their number; all of them or none.

    Returns the running responsibilities, those included that were this team's before.
    """
    if care_team is not None and care_team.organization_id != organization.pk:
        raise ValueError("the team belongs to another organization")
    locked = {
        row.pk: row for row in Patient.objects.select_for_update().filter(pk__in=patient_ids).order_by("pk")
    }
    running = {
        row.patient_id: row
        for row in Responsibility.objects.filter(
            patient__in=locked, period__endswith__isnull=True
        ).select_related("care_team", "organization")
    }
    place = (organization.pk, care_team.pk if care_team else None)
    staying = {key for key, row in running.items() if (row.organization_id, row.care_team_id) == place}
    moving = [row for key, row in locked.items() if key not in staying]
    for patient in moving:
        if patient.pk in running and on <= running[patient.pk].period.lower:
            raise TooEarly(patient, running[patient.pk])
    made = _begin(moving, running, organization, care_team, on) if moving else []
    if moving:
        _record(moving, by=by)
        lifecycle.happened_to(lifecycle.Event.MOVED, moving, on=on, by=by)
    return [*(running[key] for key in locked if key in staying), *made]


def _begin(
    moving: list[Patient],
    running: dict[UUID, Responsibility],
    organization: Organization,
    care_team: CareTeam | None,
    on: date,
) -> list[Responsibility]:
    """End what runs, begin the new one, and let the rows of the residents repeat it."""
    ended = [running[patient.pk] for patient in moving if patient.pk in running]
    for row in ended:
        row.period = DateRange(row.period.lower, on)
    Responsibility.objects.bulk_update(ended, ["period"])
    made = Responsibility.objects.bulk_create(
        Responsibility(
            patient=patient, organization=organization, care_team=care_team, period=DateRange(on, None)
        )
        for patient in moving
    )
    came = [patient.pk for patient in moving if patient.organization_id != organization.pk]
    Patient.objects.filter(pk__in=[patient.pk for patient in moving]).update(
        organization=organization, care_team=care_team
    )
    for patient in moving:
        patient.organization, patient.care_team = organization, care_team
    # The tails of the numbers are found within one organization only.
    known = [reindex(row, organization.pk) for row in Identity.objects.filter(pk__in=came)] if came else []
    Identity.objects.bulk_update(known, INDEX_COLUMNS)
    return made


def _record(moved: list[Patient], *, by: Actor | None) -> None:
    AuditEvent.objects.bulk_create(
        audit.event("responsibility.assign", by=by, subject=patient, detail={"team": patient.care_team_id})
        for patient in moved
    )
