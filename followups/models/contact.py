"""Attempts to reach a resident whose follow-up is due."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from alliances.models import CareTeam, Organization
from followups.models.appointment import Appointment
from journal.enumerations import known
from journal.keys import new_key
from journal.triggers import APPEND_ONLY
from patients.models import Patient
from patients.scope import PatientOwnedQuerySet


class ContactMethod(models.TextChoices):
    """How somebody tried."""

    PHONE = "phone", _("telephone")
    HOME = "home", _("at home")
    MESSAGE = "message", _("message")
    OTHER = "other", _("other way")


class ContactResult(models.TextChoices):
    """What came of it."""

    REACHED = "reached", _("spoken to")
    NO_ANSWER = "no_answer", _("no answer")
    WRONG_NUMBER = "wrong_number", _("wrong number")
    NOT_AT_HOME = "not_at_home", _("nobody at home")
    MOVED = "moved", _("said to have moved away")
    REFUSED = "refused", _("reached, refuses the follow-up")
    OTHER = "other", _("other")


#: Somebody was spoken to: the resident is not lost.
SPOKEN_TO = (ContactResult.REACHED, ContactResult.REFUSED)


class ContactAttempt(models.Model):
    """One attempt; append-only. A mistake is corrected by the next attempt."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="+")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    care_team = models.ForeignKey(CareTeam, models.PROTECT, null=True, related_name="+")
    appointment = models.ForeignKey(Appointment, models.CASCADE, null=True, related_name="+")
    on = models.DateField()
    method = models.CharField(max_length=10, choices=ContactMethod)
    result = models.CharField(max_length=14, choices=ContactResult)
    call_again_on = models.DateField(null=True)
    note = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    objects = PatientOwnedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            known("method", ContactMethod, table="contactattempt"),
            known("result", ContactResult, table="contactattempt"),
            models.CheckConstraint(
                condition=Q(call_again_on__isnull=True) | Q(call_again_on__gt=models.F("on")),
                name="contactattempt_again_later",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["patient", "-on"], name="contactattempt_of_patient")]
        triggers: ClassVar = [APPEND_ONLY]
