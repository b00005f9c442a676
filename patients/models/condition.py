"""What a resident has (diagnosis) and what a resident is managed for (enrolment): diagnosed is not yet managed."""

from datetime import date
from typing import ClassVar

import pghistory
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from alliances.models import Organization
from journal.enumerations import known
from journal.keys import new_key
from journal.triggers import VERSION, feed
from patients.models.patient import Patient
from patients.programmes import Programme
from patients.scope import PatientOwnedQuerySet


class ClinicalStatus(models.TextChoices):
    ACTIVE = "active", _("active")
    RESOLVED = "resolved", _("resolved")
    REFUTED = "refuted", _("refuted")


class Condition(models.Model):
    """A diagnosis."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="conditions")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    code = models.CharField(_("disease"), max_length=16, choices=Programme)
    icd10 = models.CharField("ICD-10", max_length=12, blank=True)
    diagnosed_on = models.DateField(_("diagnosed on"), null=True, blank=True)
    clinical_status = models.CharField(max_length=10, choices=ClinicalStatus, default=ClinicalStatus.ACTIVE)
    recorded_at = models.DateTimeField(db_default=Now())
    version = models.BigIntegerField(default=1)

    objects = PatientOwnedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            known("code", Programme, table="condition"),
            known("clinical_status", ClinicalStatus, table="condition"),
            models.UniqueConstraint(
                fields=["patient", "code"],
                condition=Q(clinical_status="active"),
                name="condition_active_once",
            ),
        ]
        triggers: ClassVar = [VERSION, *feed("condition")]


class EndReason(models.TextChoices):
    """Why management ended (随访终止原因)."""

    DIED = "died", _("died")
    MOVED = "moved", _("moved away")
    LOST = "lost", _("lost to follow-up")
    REFUSED = "refused", _("refused")
    RECOVERED = "recovered", _("diagnosis withdrawn or recovered")


class EnrolmentQuerySet(PatientOwnedQuerySet["Enrolment"]):
    def live(self, *, on: date) -> "EnrolmentQuerySet":
        """Managed on the day."""
        return self.filter(period__contains=on)


class Enrolment(models.Model):
    """Managed in a programme for a period; the same programme twice at once is refused."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="enrolments")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    programme = models.CharField(max_length=16, choices=Programme)
    period = DateRangeField()
    end_reason = models.CharField(max_length=10, choices=EndReason, blank=True)
    version = models.BigIntegerField(default=1)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            known("programme", Programme, table="enrolment"),
            models.CheckConstraint(
                condition=Q(end_reason__in=["", *EndReason.values]), name="enrolment_end_reason_known"
            ),
            ExclusionConstraint(
                name="enrolment_once_at_a_time",
                expressions=[
                    ("patient", RangeOperators.EQUAL),
                    ("programme", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(condition=Q(period__isempty=False), name="enrolment_lasts"),
        ]
        indexes: ClassVar = [models.Index(fields=["programme", "patient"], name="enrolment_by_programme")]
        triggers: ClassVar = [VERSION, *feed("enrolment")]


ConditionHistory = pghistory.create_event_model(
    Condition,
    pghistory.UpdateEvent(row=pghistory.Old),
    pghistory.DeleteEvent(),
    model_name="ConditionHistory",
    abstract=False,
)
EnrolmentHistory = pghistory.create_event_model(
    Enrolment,
    pghistory.UpdateEvent(row=pghistory.Old),
    pghistory.DeleteEvent(),
    model_name="EnrolmentHistory",
    abstract=False,
)
