"""From a visit to the next step: the plan, the due follow-up, and what the protocol said of a visit."""

from datetime import date
from typing import ClassVar

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from alliances.models import CareTeam, Organization
from journal.enumerations import known
from journal.keys import new_key
from journal.triggers import APPEND_ONLY, VERSION, feed
from patients.models import Encounter, Patient
from patients.programmes import Programme
from patients.scope import PatientOwnedQuerySet


class CarePlan(models.Model):
    """One plan per patient for all programmes; the row that every follow-up action locks first.

    The specialist signs it (`signed_by`); each signature is kept as a CarePlanRevision.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    patient = models.OneToOneField(Patient, models.CASCADE, related_name="+")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField(default=0)
    diagnosis = models.TextField(blank=True)
    treatment = models.TextField(blank=True)
    advice = models.TextField(blank=True)
    signed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    signed_for = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)
    review_on = models.DateField(null=True)
    version = models.BigIntegerField(default=1)

    objects = PatientOwnedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(revision=0) | Q(signed_by__isnull=False, signed_at__isnull=False),
                name="careplan_revision_is_signed",
            )
        ]
        triggers: ClassVar = [VERSION, *feed("care-plan")]


class Goal(models.Model):
    """A target of the patient's own plan, set by the specialist; never changes the assessment rule."""

    plan = models.ForeignKey(CarePlan, models.CASCADE, related_name="goals")
    measure = models.CharField(max_length=30, help_text="A name of patients.readings.")
    low = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    high = models.DecimalField(max_digits=7, decimal_places=2, null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "measure"], name="goal_once_per_measure"),
            models.CheckConstraint(
                condition=Q(low__isnull=False) | Q(high__isnull=False), name="goal_has_a_bound"
            ),
        ]


class CarePlanRevision(models.Model):
    """A signed state of the plan; append-only."""

    plan = models.ForeignKey(CarePlan, models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    diagnosis = models.TextField(blank=True)
    treatment = models.TextField(blank=True)
    advice = models.TextField(blank=True)
    goals = models.JSONField(default=list)
    signed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    signed_for = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()
    basis_id = models.UUIDField(null=True, help_text="The referral whose return wrote it.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "number"], name="careplanrevision_once")
        ]
        triggers: ClassVar = [APPEND_ONLY]


class AppointmentStatus(models.TextChoices):
    """FHIR Appointment.status, narrowed to what a follow-up needs."""

    BOOKED = "booked", _("due")
    FULFILLED = "fulfilled", _("done")
    NOSHOW = "noshow", _("missed")
    CANCELLED = "cancelled", _("cancelled")


class AppointmentReason(models.TextChoices):
    """Why the follow-up is due on its day."""

    FIRST = "first", _("first follow-up")
    ROUTINE = "routine", _("routine follow-up")
    RECHECK = "recheck", _("the deciding reading was missing")
    ADJUST = "adjust", _("after a change of treatment")
    REFER = "refer", _("ask about the referral")
    EMERGENCY = "emergency", _("ask about the emergency referral")
    RETURNED = "returned", _("back from hospital")


class AppointmentQuerySet(PatientOwnedQuerySet["Appointment"]):
    def booked(self) -> "AppointmentQuerySet":
        return self.filter(status=AppointmentStatus.BOOKED)

    def overdue(self, *, on: date) -> "AppointmentQuerySet":
        return self.booked().filter(due_on__lt=on)

    def due(self, *, on: date) -> "AppointmentQuerySet":
        """Due on the day itself."""
        return self.booked().filter(due_on=on)


class Appointment(models.Model):
    """The due follow-up: at most one open per patient, for all programmes; booking again brings it forward."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="+")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    care_team = models.ForeignKey(CareTeam, models.PROTECT, null=True, related_name="+")
    booked_on = models.DateField(help_text="The day of the visit or event that led to it.")
    due_on = models.DateField()
    reason = models.CharField(max_length=10, choices=AppointmentReason, default=AppointmentReason.ROUTINE)
    status = models.CharField(max_length=10, choices=AppointmentStatus, default=AppointmentStatus.BOOKED)
    fulfilled_by = models.ForeignKey(Encounter, models.SET_NULL, null=True, related_name="+")
    fulfilled_on = models.DateField(null=True)
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    version = models.BigIntegerField(default=1)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            known("status", AppointmentStatus, table="appointment"),
            known("reason", AppointmentReason, table="appointment"),
            models.UniqueConstraint(
                fields=["patient"], condition=Q(status="booked"), name="appointment_one_open_per_patient"
            ),
            models.CheckConstraint(
                condition=~Q(status="fulfilled") | Q(fulfilled_on__isnull=False),
                name="appointment_fulfilled_on_a_day",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["organization", "due_on", "id"], name="appointment_open", condition=Q(status="booked")
            ),
            models.Index(
                fields=["care_team", "due_on", "id"],
                name="appointment_open_by_team",
                condition=Q(status="booked"),
            ),
            # The worklist of somebody over many organizations: read in order, as far as the page reaches.
            models.Index(fields=["due_on", "id"], name="appointment_in_order", condition=Q(status="booked")),
            models.Index(fields=["patient", "-due_on"], name="appointment_of_patient"),
        ]
        triggers: ClassVar = [VERSION, *feed("appointment")]


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
        ]
        triggers: ClassVar = [VERSION, *feed("assessment")]


CarePlanHistory = pghistory.create_event_model(
    CarePlan,
    pghistory.UpdateEvent(row=pghistory.Old),
    pghistory.DeleteEvent(),
    model_name="CarePlanHistory",
    abstract=False,
)
