"""Who works where: organizations, departments, alliances, teams and posts. Everything that can end is dated."""

from datetime import date
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from tree_queries.fields import TreeNodeForeignKey
from tree_queries.models import TreeNode
from tree_queries.query import TreeQuerySet

from accounts.models import ApiClient, User
from journal.enumerations import known
from journal.triggers import VERSION, feed


class Tier(models.TextChoices):
    """What kind of organization it is (FHIR Organization.type)."""

    TERTIARY = "tertiary", _("tertiary hospital")
    SECONDARY = "secondary", _("secondary hospital")
    COMMUNITY = "community", _("community health centre")
    CDC = "cdc", _("CDC")
    BUREAU = "bureau", _("health bureau")


class Organization(TreeNode):
    """A hospital, a centre, a station below a centre, a CDC or a bureau, in the tree of administration."""

    # Protected: deleting an organization never takes those below with it.
    parent = TreeNodeForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("belongs to")
    )
    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    short_name = models.CharField(_("short name"), max_length=30, blank=True)
    tier = models.CharField(_("tier"), max_length=10, choices=Tier)
    uscc = models.CharField(_("unified social credit code"), max_length=18, blank=True)
    area_code = models.CharField(_("area code"), max_length=12, blank=True)
    phone = models.CharField(_("telephone"), max_length=30, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    version = models.BigIntegerField(default=1)

    objects = TreeQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [known("tier", Tier, table="organization")]
        triggers: ClassVar = [VERSION, *feed("organization", patient="NULL", organization="id")]

    def __str__(self) -> str:
        return self.name


class Department(models.Model):
    """A department of a hospital; referrals are addressed to it and records are granted to it."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="departments")
    code = models.SlugField(max_length=40)
    name = models.CharField(_("name"), max_length=60)
    phone = models.CharField(_("telephone"), max_length=30, blank=True)
    programmes = models.JSONField(
        default=list, blank=True, help_text="Programme codes whose referrals come here by default."
    )

    class Meta:
        ordering: ClassVar = ["organization_id", "code"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "code"], name="department_code_once")
        ]

    def __str__(self) -> str:
        return self.name


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
    period = DateRangeField()

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
        ]


class TeamKind(models.TextChoices):
    AREA = "area", _("area team")
    SPECIALTY = "specialty", _("specialty team")


class CareTeam(models.Model):
    """A family-doctor team of a centre: the accountable unit."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="care_teams")
    code = models.SlugField(max_length=40)
    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(max_length=10, choices=TeamKind, default=TeamKind.AREA)
    areas = models.JSONField(
        default=list, blank=True, help_text="Names of the communities and villages it covers."
    )
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    version = models.BigIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["organization_id", "code"]
        constraints: ClassVar = [
            known("kind", TeamKind, table="careteam"),
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


class Role(models.TextChoices):
    """What somebody does in a post. What each role sees and may do stands in alliances/permissions.py."""

    GENERAL_PRACTITIONER = "general_practitioner", _("general practitioner")
    SPECIALIST = "specialist", _("specialist")
    HEALTH_MANAGER = "health_manager", _("health manager")
    NURSE = "nurse", _("nurse")
    PHARMACIST = "pharmacist", _("pharmacist")
    PUBLIC_HEALTH_PHYSICIAN = "public_health_physician", _("public-health physician")
    TCM_PHYSICIAN = "tcm_physician", _("TCM physician")
    VILLAGE_DOCTOR = "village_doctor", _("village doctor")
    TEAM_LEAD = "team_lead", _("team lead")
    REFERRAL_DESK = "referral_desk", _("referral desk")
    ORGANIZATION_ADMIN = "organization_admin", _("organization administrator")
    ALLIANCE_ADMIN = "alliance_admin", _("alliance administrator")
    PRIVACY_OFFICER = "privacy_officer", _("privacy officer")
    CDC_ANALYST = "cdc_analyst", _("CDC analyst")
    BUREAU_VIEWER = "bureau_viewer", _("health bureau")
    OPERATOR = "operator", _("operator")


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


class ClientPost(models.Model):
    """The organization whose rows an API client works on."""

    client = models.OneToOneField(ApiClient, models.CASCADE, primary_key=True, related_name="+")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
