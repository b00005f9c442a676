"""How many follow-ups a team does on a day: a weekly pattern, and days that differ."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alliances.models import CareTeam

MOST = 500


class TeamCapacity(models.Model):
    """The weekly pattern of a team, Monday to Sunday. A team without one is not limited, and works on working days.

    Whoever plans for the team locks this row first: two savers cannot both take the last place of a day.
    """

    care_team = models.OneToOneField(CareTeam, models.CASCADE, related_name="+")
    places = ArrayField(models.PositiveSmallIntegerField(), size=7, help_text="Monday to Sunday.")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(places__len=7), name="teamcapacity_seven_days"),
        ]


class TeamDay(models.Model):
    """A day on which a team does more or fewer follow-ups than its pattern says."""

    care_team = models.ForeignKey(CareTeam, models.CASCADE, related_name="+")
    on = models.DateField(_("day"))
    places = models.PositiveSmallIntegerField(_("follow-ups on this day"))
    reason = models.CharField(_("reason"), max_length=100)

    class Meta:
        ordering: ClassVar = ["on"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["care_team", "on"], name="teamday_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="teamday_has_a_reason"),
            models.CheckConstraint(condition=Q(places__lte=MOST), name="teamday_within_reason"),
        ]
