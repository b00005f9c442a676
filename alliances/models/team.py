"""Family-doctor teams: the accountable unit, who works in them, and who joins them from elsewhere."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from alliances.models.organization import Organization
from alliances.models.role import Role
from journal.enumerations import all_known, known
from journal.triggers import VERSION, feed


class TeamKind(models.TextChoices):
    AREA = "area", _("area team")
    SPECIALTY = "specialty", _("specialty team")


class Composition(models.TextChoices):
    """How a team has to be made up; what each asks for stands in alliances/composition.py."""

    ONE_ONE_X = "one_one_x", _("1+1+X")
    THREE_PRACTITIONERS = "three_practitioners", _("three practitioners")
    FAMILY_PHARMACIST = "family_pharmacist", _("family pharmacist")


class CareTeam(models.Model):
    """A family-doctor team of a centre: the accountable unit."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="care_teams")
    code = models.SlugField(max_length=40)
    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(max_length=10, choices=TeamKind, default=TeamKind.AREA)
    composition = ArrayField(
        models.CharField(max_length=20, choices=Composition), default=list, blank=True,
        verbose_name=_("composition"),
    )  # fmt: skip
    areas = models.JSONField(
        default=list, blank=True, help_text="Names of the communities and villages it covers."
    )
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    version = models.BigIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["organization_id", "code"]
        constraints: ClassVar = [
            known("kind", TeamKind, table="careteam"),
            all_known("composition", Composition, table="careteam"),
            models.UniqueConstraint(fields=["organization", "code"], name="careteam_code_once"),
            models.UniqueConstraint(
                fields=["organization", "name"],
                condition=Q(closed_on__isnull=True),
                name="careteam_name_once",
            ),
        ]
        triggers: ClassVar = [VERSION, *feed("care-team", patient="NULL")]

    def __str__(self) -> str:
        return self.name


class CareTeamMember(models.Model):
    """Somebody whose post is elsewhere joins a team for a period: a hospital's specialist, a neighbour's pharmacist.

    Counts for the team's composition and gives no access by itself. Who has a post in the team is its member anyway.
    """

    care_team = models.ForeignKey(CareTeam, models.PROTECT, related_name="visiting_members")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    role = models.CharField(_("role"), max_length=24, choices=Role)
    period = DateRangeField(_("period"))

    class Meta:
        constraints: ClassVar = [
            known("role", Role, table="careteammember"),
            ExclusionConstraint(
                name="careteammember_once_at_a_time",
                expressions=[
                    ("care_team", RangeOperators.EQUAL),
                    ("user", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(condition=Q(period__isempty=False), name="careteammember_lasts"),
        ]
