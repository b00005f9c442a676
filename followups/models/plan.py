"""The plan that a specialist signs: one a patient, for all programmes."""

from typing import ClassVar

import pghistory
from django.db import models
from django.db.models import Q

from accounts.models import User
from alliances.models import Organization
from journal.keys import new_key
from journal.triggers import APPEND_ONLY, VERSION, feed
from patients.models import Patient
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
        indexes: ClassVar = [
            models.Index(
                fields=["review_on", "id"], name="careplan_review", condition=Q(review_on__isnull=False)
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
    review_on = models.DateField(null=True)
    why = models.TextField(blank=True, help_text="Why the plan was written anew, in the signer's words.")
    basis_id = models.UUIDField(null=True, help_text="The referral whose return wrote it.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "number"], name="careplanrevision_once")
        ]
        triggers: ClassVar = [APPEND_ONLY]


CarePlanHistory = pghistory.create_event_model(
    CarePlan,
    pghistory.UpdateEvent(row=pghistory.Old),
    pghistory.DeleteEvent(),
    model_name="CarePlanHistory",
    abstract=False,
)
