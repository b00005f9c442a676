"""Medical alliances (医联体) across the tree of administration. Membership is dated."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alliances.models.organization import Organization
from journal.enumerations import known


class AllianceKind(models.TextChoices):
    """The four national forms of a medical alliance."""

    URBAN_GROUP = "urban_group", _("urban medical group")
    COUNTY_COMMUNITY = "county_community", _("county medical community")
    SPECIALIST = "specialist", _("specialist alliance")
    TELEMEDICINE = "telemedicine", _("telemedicine network")


class Alliance(models.Model):
    """A medical alliance (医联体) across the tree."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=20, choices=AllianceKind, default=AllianceKind.URBAN_GROUP)

    class Meta:
        constraints: ClassVar = [known("kind", AllianceKind, table="alliance")]

    def __str__(self) -> str:
        return self.name


class MembershipRole(models.TextChoices):
    LEAD = "lead", _("lead")
    MEMBER = "member", _("member")


class AllianceMembership(models.Model):
    """An organization belongs to an alliance for a period; the same alliance twice at once is refused."""

    alliance = models.ForeignKey(Alliance, models.PROTECT, related_name="memberships")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=8, choices=MembershipRole, default=MembershipRole.MEMBER)
    period = DateRangeField(_("period"))

    class Meta:
        constraints: ClassVar = [
            known("role", MembershipRole, table="alliancemembership"),
            ExclusionConstraint(
                name="alliancemembership_once_at_a_time",
                expressions=[
                    ("alliance", RangeOperators.EQUAL),
                    ("organization", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
            ),
            ExclusionConstraint(
                name="alliancemembership_one_lead",
                expressions=[("alliance", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
                condition=Q(role=MembershipRole.LEAD),
            ),
            models.CheckConstraint(condition=Q(period__isempty=False), name="alliancemembership_lasts"),
        ]
