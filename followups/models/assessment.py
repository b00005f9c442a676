"""What the protocols said of a visit."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alliances.models import CareTeam, Organization
from journal.enumerations import known
from journal.triggers import VERSION, feed
from patients.models import Encounter, Patient
from patients.programmes import Programme
from patients.scope import PatientOwnedQuerySet


class Klass(models.TextChoices):
    """随访分类. Codes 1-4 of the national form in this order; not_assessed when the deciding reading is missing."""

    CONTROLLED = "controlled", _("controlled")
    UNCONTROLLED = "uncontrolled", _("not controlled")
    ADVERSE_REACTION = "adverse_reaction", _("adverse reaction")
    COMPLICATION = "complication", _("complication")
    NOT_ASSESSED = "not_assessed", _("not assessed")


class Action(models.TextChoices):
    """What follows, mildest to strictest."""

    ROUTINE = "routine", _("keep the treatment")
    RECHECK = "recheck", _("measure again")
    ADJUST = "adjust", _("adjust the treatment")
    REFER = "refer", _("refer up")
    EMERGENCY = "emergency", _("treat and refer at once")


class Assessment(models.Model):
    """What the protocol said of one visit for one programme, by which rule of which version."""

    encounter = models.ForeignKey(Encounter, models.CASCADE, related_name="+")
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="+")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    care_team = models.ForeignKey(CareTeam, models.PROTECT, null=True, related_name="+")
    programme = models.CharField(max_length=16, choices=Programme)
    on = models.DateField()
    klass = models.CharField("class", max_length=16, choices=Klass)
    action = models.CharField(max_length=10, choices=Action, null=True)
    rule = models.CharField(max_length=60, blank=True)
    protocol_version = models.CharField(max_length=30, blank=True)
    source = models.CharField(max_length=20, blank=True, help_text="Tag of protocols.terms.SOURCES.")
    section = models.CharField(max_length=200, blank=True, help_text="A msgid: where in the source.")
    reasons = models.JSONField(default=list, help_text="{text, params} pairs: a msgid and its values.")
    missing = ArrayField(models.CharField(max_length=30), default=list)
    red_flags = ArrayField(models.CharField(max_length=40), default=list)
    version = models.BigIntegerField(default=1)

    objects = PatientOwnedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            known("programme", Programme, table="assessment"),
            known("klass", Klass, table="assessment"),
            known("action", Action, table="assessment", null=True),
            models.UniqueConstraint(fields=["encounter", "programme"], name="assessment_once"),
            models.CheckConstraint(
                condition=~Q(action="emergency", klass="controlled"),
                name="assessment_emergency_is_not_controlled",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["patient", "programme", "-on"], name="assessment_latest"),
            models.Index(
                fields=["organization", "care_team", "programme", "on"], name="assessment_by_team_and_day"
            ),
            models.Index(fields=["on"], name="assessment_alarming", condition=~Q(red_flags=[])),
        ]
        triggers: ClassVar = [VERSION, *feed("assessment")]
