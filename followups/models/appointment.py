"""The due follow-up: one open a patient."""

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from alliances.models import CareTeam, Organization
from journal.enumerations import known
from journal.keys import new_key
from journal.triggers import VERSION, feed
from patients.models import Encounter, Patient
from patients.scope import PatientOwnedQuerySet


class AppointmentStatus(models.TextChoices):
    """FHIR Appointment.status, narrowed to what a follow-up needs."""

    BOOKED = "booked", _("due")
    FULFILLED = "fulfilled", _("followed up")
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
    FOUND = "found", _("found again")


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
    due_on = models.DateField(help_text="The day that the protocol promises; planning never changes it.")
    planned_on = models.DateField(null=True, help_text="The working day on which the team means to do it.")
    call_again_on = models.DateField(
        null=True, help_text="What the last attempt to reach the resident agreed."
    )
    escalated_on = models.DateField(null=True, help_text="When the team lead was told that it is overdue.")
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
            models.Index(
                fields=["care_team", "planned_on"],
                name="appointment_planned_by_team",
                condition=Q(status="booked"),
            ),
            # What a day's list shows beside the due: planned for today, to be called again.
            models.Index(fields=["planned_on"], name="appointment_planned", condition=Q(status="booked")),
            models.Index(
                fields=["call_again_on"],
                name="appointment_call_again",
                condition=Q(status="booked", call_again_on__isnull=False),
            ),
        ]
        triggers: ClassVar = [VERSION, *feed("appointment")]
