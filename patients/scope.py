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


def patients_in(scope: Scope, *, on: date, prefix: str = "") -> Q:
    """The condition over a patient (`prefix` leads to it, e.g. "patient__") for what a scope opens on a day.

    Residents of the scope's organizations and teams, and those granted to one of its departments for the period.
    """
    seen = Q(**{f"{prefix}organization_id__in": list(scope.organization_ids)})
    if scope.team_ids:
        seen |= Q(**{f"{prefix}care_team_id__in": list(scope.team_ids)})
    if scope.department_ids:
        seen |= Q(**{f"{prefix}id__in": RawSQL(_GRANTED, (list(scope.department_ids), on))})  # noqa: S611
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
