"""Posts: who works where, as what, and for how long; who stands in for whom; whose rows another system works on."""

from datetime import date
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiClient, User
from alliances.models.alliance import Alliance
from alliances.models.organization import Department, Organization
from alliances.models.role import Role
from alliances.models.team import CareTeam
from journal.enumerations import known


class PractitionerRoleQuerySet(models.QuerySet["PractitionerRole"]):
    def live(self, *, on: date) -> "PractitionerRoleQuerySet":
        """Posts in force on the day."""
        return self.filter(period__contains=on)


class PractitionerRole(models.Model):
    """A post: a user in a role at an organization (a department, a team, an alliance) for a period."""

    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    role = models.CharField(max_length=24, choices=Role)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="posts")
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="posts")
    care_team = models.ForeignKey(CareTeam, models.PROTECT, null=True, blank=True, related_name="posts")
    alliance = models.ForeignKey(Alliance, models.PROTECT, null=True, blank=True, related_name="posts")
    period = DateRangeField()

    #: Where the post was read as one of a stand-in's (alliances/scope.py): by which delegation, and whose post it is.
    delegation_id: int | None = None
    holder_name: str = ""

    objects = PractitionerRoleQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            known("role", Role, table="practitionerrole"),
            ExclusionConstraint(
                name="practitionerrole_once_at_a_time",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    ("organization", RangeOperators.EQUAL),
                    (models.functions.Coalesce("department", 0), RangeOperators.EQUAL),
                    (models.functions.Coalesce("care_team", 0), RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                condition=~Q(role=Role.ALLIANCE_ADMIN) | Q(alliance__isnull=False),
                name="practitionerrole_alliance_admin_names_the_alliance",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["user"], name="practitionerrole_by_user")]


class Delegation(models.Model):
    """Somebody stands in for the holder of a post while on leave: dated, within the organization, recorded."""

    post = models.ForeignKey(PractitionerRole, models.PROTECT, related_name="delegations")
    delegator = models.ForeignKey(User, models.PROTECT, related_name="+")
    delegate = models.ForeignKey(User, models.PROTECT, related_name="+")
    period = DateRangeField(_("period"))
    reason = models.CharField(_("reason"), max_length=200)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            ExclusionConstraint(
                name="delegation_one_at_a_time",
                expressions=[("post", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(condition=~Q(delegator=F("delegate")), name="delegation_to_somebody_else"),
            # An empty period is one that was taken back before it began; an open one would be a second post.
            models.CheckConstraint(condition=Q(period__upper_inf=False), name="delegation_ends"),
        ]
        indexes: ClassVar = [models.Index(fields=["delegate"], name="delegation_by_delegate")]


class ClientPost(models.Model):
    """The organization whose rows an API client works on."""

    client = models.OneToOneField(ApiClient, models.CASCADE, primary_key=True, related_name="+")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
