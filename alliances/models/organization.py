"""Where people work: organizations in the tree of administration, their departments and the areas they serve."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from tree_queries.fields import TreeNodeForeignKey
from tree_queries.models import TreeNode
from tree_queries.query import TreeQuerySet

from alliances.identifiers import validate_area_code, validate_institution_code, validate_uscc
from alliances.tree import TREE_LOCK
from journal.enumerations import known
from journal.triggers import VERSION, feed


class Tier(models.TextChoices):
    """What kind of organization it is (FHIR Organization.type)."""

    TERTIARY = "tertiary", _("tertiary hospital")
    SECONDARY = "secondary", _("secondary hospital")
    COMMUNITY = "community", _("community health centre")
    CDC = "cdc", _("CDC")
    BUREAU = "bureau", _("health bureau")


# Under the lock of alliances.tree: of two moves that together would close a circle the second sees the first.
NO_CIRCLE = pgtrigger.Trigger(
    name="no_circle",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf("parent_id"),
    condition=pgtrigger.Q(old__parent__df=pgtrigger.F("new__parent")),
    func=f"""
        PERFORM pg_advisory_xact_lock({TREE_LOCK});
        IF EXISTS (
            WITH RECURSIVE above AS (
                SELECT NEW.parent_id AS id
                UNION SELECT o.parent_id FROM alliances_organization o JOIN above ON o.id = above.id
            ) SELECT FROM above WHERE id = NEW.id
        ) THEN
            RAISE EXCEPTION 'organization % cannot stand below itself', NEW.id USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """,  # noqa: S608 - the number is ours
)


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
    uscc = models.CharField(
        _("unified social credit code"), max_length=18, blank=True, validators=[validate_uscc]
    )
    institution_code = models.CharField(
        _("health institution code"), max_length=22, blank=True, validators=[validate_institution_code]
    )
    area_code = models.CharField(_("area code"), max_length=12, blank=True, validators=[validate_area_code])
    address = models.CharField(_("address"), max_length=200, blank=True)
    phone = models.CharField(_("telephone"), max_length=30, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("merged into")
    )
    version = models.BigIntegerField(default=1)

    objects = TreeQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [
            known("tier", Tier, table="organization"),
            models.UniqueConstraint(fields=["uscc"], condition=~Q(uscc=""), name="organization_uscc_once"),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True)
                | (Q(closed_on__isnull=False) & ~Q(merged_into=F("id"))),
                name="organization_merged_is_closed",
            ),
            models.UniqueConstraint(
                fields=["institution_code"],
                condition=~Q(institution_code=""),
                name="organization_institution_code_once",
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")), name="organization_not_its_own_parent"
            ),
        ]
        triggers: ClassVar = [VERSION, NO_CIRCLE, *feed("organization", patient="NULL", organization="id")]

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
    closed_on = models.DateField(_("closed on"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["organization_id", "code"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "code"], name="department_code_once")
        ]

    def __str__(self) -> str:
        return self.name


class AreaKind(models.TextChoices):
    """What a served area is."""

    COMMUNITY = "community", _("community")
    VILLAGE = "village", _("village")


class ServiceArea(models.Model):
    """A community (居委会) or village (村) that an organization serves; one of its teams may cover it."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="areas")
    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(_("kind"), max_length=10, choices=AreaKind, default=AreaKind.COMMUNITY)
    code = models.CharField(_("area code"), max_length=12, blank=True, validators=[validate_area_code])
    care_team = models.ForeignKey(
        "alliances.CareTeam", models.SET_NULL, null=True, blank=True, related_name="service_areas",
        verbose_name=_("team"),
    )  # fmt: skip

    class Meta:
        ordering: ClassVar = ["organization_id", "name"]
        constraints: ClassVar = [
            known("kind", AreaKind, table="servicearea"),
            models.UniqueConstraint(fields=["organization", "name"], name="servicearea_name_once"),
        ]

    def __str__(self) -> str:
        return self.name
