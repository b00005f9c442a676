"""Counted once, in SQL, and opened into patients: the register, the targets, and two integers a cell."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from alliances.models import CareTeam, Organization


class Population(models.Model):
    """The population register: the base of contract rates, by organization, team and year.

    Where a centre became a part of another within the year, its lines end on the day (`until`) and go on as lines of
    the successor (`since`): each day of the year counts everybody once, where they belonged on that day.
    """

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    care_team = models.ForeignKey(CareTeam, models.PROTECT, null=True, related_name="+")
    year = models.PositiveSmallIntegerField()
    residents = models.PositiveIntegerField()
    elderly = models.PositiveIntegerField(default=0, help_text="65 and over.")
    since = models.DateField(
        null=True, blank=True, help_text="Counts from this day of the year; empty: from its first."
    )
    until = models.DateField(null=True, blank=True, help_text="No longer counts from this day on.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "year"],
                condition=Q(care_team__isnull=True, since__isnull=True),
                name="population_once_untold_team",
            ),
            models.UniqueConstraint(
                fields=["organization", "care_team", "year"],
                condition=Q(care_team__isnull=False, since__isnull=True),
                name="population_once_per_team",
            ),
            models.CheckConstraint(
                condition=Q(elderly__lte=F("residents")), name="population_elderly_within"
            ),
            models.CheckConstraint(
                condition=Q(since__isnull=True) | Q(until__isnull=True) | Q(until__gt=F("since")),
                name="population_lasts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.care_team_id or ''} {self.year}"


class Target(models.Model):
    """The value an indicator should reach in a year, in percent; for all or for one organization."""

    indicator = models.CharField(max_length=40)
    year = models.PositiveSmallIntegerField()
    organization = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="+")
    percent = models.DecimalField(max_digits=5, decimal_places=2)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["indicator", "year"], condition=Q(organization__isnull=True), name="target_once"
            ),
            models.UniqueConstraint(
                fields=["indicator", "year", "organization"],
                condition=Q(organization__isnull=False),
                name="target_once_per_organization",
            ),
            models.CheckConstraint(
                condition=Q(percent__gte=0, percent__lte=100), name="target_is_a_percentage"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.year}"


class IndicatorValue(models.Model):
    """One leaf cell: an indicator for a team (0: no team) of an organization, year-to-date at a month's end.

    Two integers, never a rate: parents are sums of leaves. Recomputed whole, never incremented.
    """

    indicator = models.CharField(max_length=40)
    month = models.DateField(help_text="First day of the month whose end the cell describes.")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    team = models.BigIntegerField(default=0, help_text="CareTeam id, 0 where no team is responsible.")
    numerator = models.IntegerField()
    denominator = models.IntegerField()
    computed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["indicator", "month", "organization", "team"], name="indicatorvalue_one_cell"
            ),
            models.CheckConstraint(
                condition=Q(numerator__gte=0, denominator__gte=0), name="indicatorvalue_counts"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "month", "indicator"], name="indicatorvalue_dashboard")
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.month:%Y-%m} {self.organization_id}/{self.team}"


class Handover(models.Model):
    """A team whose cells a change of responsibility, or a death, touches from a day on.

    Written by triggers (performance/triggers.py), read and removed by the refresh. Plain ids: the resident may be gone.
    """

    organization_id = models.BigIntegerField()
    team = models.BigIntegerField(default=0)
    since = models.DateField()

    def __str__(self) -> str:
        return f"{self.organization_id}/{self.team} {self.since}"


class RollupCursor(models.Model):
    """How far the rollup has read the change feed."""

    name = models.CharField(max_length=20, primary_key=True)
    epoch = models.IntegerField(default=0)
    xact_id = models.BigIntegerField(default=0)
    seq = models.BigIntegerField(default=0)
    on = models.DateField(null=True, help_text="The day as of which the running month was computed.")
    refreshed_at = models.DateTimeField(null=True)
    cells = models.IntegerField(default=0, help_text="Cells recomputed by the last run.")

    def __str__(self) -> str:
        return self.name
