"""Follow-ups that a team lead moved together, so that they can be put back with one click."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import User
from alliances.models import CareTeam, Organization
from followups.models.appointment import Appointment
from journal.keys import new_key


class PlanMove(models.Model):
    """One move of many follow-ups of a team; the newest can be undone until the next one."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    care_team = models.ForeignKey(CareTeam, models.CASCADE, related_name="+")
    moved_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    moved_at = models.DateTimeField()
    undone_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="planmove_undone_by_somebody",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["care_team", "-moved_at"], name="planmove_of_team")]


class PlanMoveLine(models.Model):
    """One follow-up of a move: from which planned day to which."""

    move = models.ForeignKey(PlanMove, models.CASCADE, related_name="lines")
    appointment = models.ForeignKey(Appointment, models.CASCADE, related_name="+")
    from_day = models.DateField(null=True)
    to_day = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["move", "appointment"], name="planmoveline_once"),
        ]
