"""How many residents are managed where on a day: the base that referrals and teams are set against. Numbers only."""

from collections.abc import Collection
from datetime import date

from django.db.models import Count, Exists, OuterRef

from patients.models import Enrolment, Responsibility


def managed(organization_ids: Collection[int], *, on: date) -> dict[tuple[int, int | None], int]:
    """Residents in at least one programme on the day, by the organization and team responsible that day.

    Each resident counts once, whatever the number of programmes. One statement.
    """
    enrolled = Enrolment.objects.live(on=on).filter(patient_id=OuterRef("patient_id"))
    counted = (
        Responsibility.objects.filter(
            Exists(enrolled), organization_id__in=organization_ids, period__contains=on
        )
        .values_list("organization_id", "care_team_id")
        .annotate(residents=Count("pk"))
        .order_by()
    )
    return {(organization, team): residents for organization, team, residents in counted}
