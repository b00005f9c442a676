"""Who may see a patient's rows: every patient-owned queryset inherits `visible_to`."""

from datetime import date
from typing import Self, TypeVar

from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.utils import timezone

from alliances.permissions import Permission
from alliances.scope import Asker, Scope, scope_of

M = TypeVar("M", bound=models.Model)

# A plain sub-select: a join over grants would repeat a patient granted twice.
_GRANTED = "SELECT patient_id FROM patients_accessgrant WHERE department_id = ANY(%s) AND period @> %s::date"

# The person's own emergency grants. The grant counts days, the access says when within the day it ends; and it ends with
# the last post at the organization from which it was opened.
_OPENED_IN_AN_EMERGENCY = (
    "SELECT g.patient_id FROM patients_accessgrant g JOIN patients_emergencyaccess e ON e.grant_id = g.id"
    " WHERE g.user_id = %s AND g.organization_id = ANY(%s) AND g.period @> %s::date AND e.ends_at > %s"
)


def patients_in(scope: Scope, *, on: date, prefix: str = "") -> Q:
    """The condition over a patient (`prefix` leads to it, e.g. "patient__") for what a scope opens on a day.

    Residents of the scope's organizations and teams, those granted to one of its departments for the period, and those
    whom the person has opened in an emergency.
    """
    seen = Q(**{f"{prefix}organization_id__in": list(scope.organization_ids)})
    if scope.team_ids:
        seen |= Q(**{f"{prefix}care_team_id__in": list(scope.team_ids)})
    if scope.department_ids:
        seen |= Q(**{f"{prefix}id__in": RawSQL(_GRANTED, (list(scope.department_ids), on))})  # noqa: S611
    if scope.emergency_user_id is not None:
        values = (scope.emergency_user_id, list(scope.own_organization_ids), on, timezone.now())
        seen |= Q(**{f"{prefix}id__in": RawSQL(_OPENED_IN_AN_EMERGENCY, values)})  # noqa: S611
    return seen


class PatientOwnedQuerySet(models.QuerySet[M]):
    """Rows that belong to a patient. `patient_prefix` is the path to the patient, empty for the patient itself."""

    patient_prefix = "patient__"

    def visible_to(self, actor: Asker, *, on: date | None = None, doing: Permission | None = None) -> Self:
        """Only rows of patients whom the actor may see on the day (default today); nothing for a visitor.

        With `doing` only those for whom one of the actor's posts carries the permission: for everything beyond reading.
        """
        day = on or timezone.localdate()
        scope = scope_of(actor, on=day)
        if doing is not None:
            scope = scope.doing(doing, on=day)
        return self.filter(patients_in(scope, on=day, prefix=self.patient_prefix))
