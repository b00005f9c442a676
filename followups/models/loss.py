"""Residents lost to follow-up (失访), and found again."""

from datetime import date
from typing import ClassVar

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from alliances.models import CareTeam, Organization
from journal.keys import new_key
from journal.triggers import VERSION, feed
from patients.models import Patient
from patients.scope import PatientOwnedQuerySet


class LossEnd(models.TextChoices):
    """Why a resident is not counted as lost any more."""

    FOUND = "found", _("found again")
    DIED = "died", _("died")
    UNMANAGED = "unmanaged", _("management ended")


class FollowUpLossQuerySet(PatientOwnedQuerySet["FollowUpLoss"]):
    def open(self) -> "FollowUpLossQuerySet":
        """Those who are lost now."""
        return self.filter(ended_on__isnull=True)

    def end(self, *, on: date, reason: LossEnd) -> int:
        """End those that are open, all at once; returns how many. The caller writes the audit line."""
        return self.open().update(ended_on=on, end_reason=reason)


class FollowUpLoss(models.Model):
    """A time during which a managed resident is lost: still managed and counted, with nothing due.

    Confirmed by a person who has seen the attempts; ends when the resident is found, dies or is managed no more.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="+")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    care_team = models.ForeignKey(CareTeam, models.PROTECT, null=True, related_name="+")
    lost_on = models.DateField()
    due_on = models.DateField(help_text="The due day of the follow-up that was given up.")
    attempts = models.PositiveSmallIntegerField(help_text="How many attempts stood when it was confirmed.")
    note = models.CharField(max_length=200, blank=True)
    confirmed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField()
    ended_on = models.DateField(null=True)
    end_reason = models.CharField(max_length=10, choices=LossEnd, blank=True)
    version = models.BigIntegerField(default=1)

    objects = FollowUpLossQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(end_reason__in=["", *LossEnd.values]), name="followuploss_end_reason_known"
            ),
            models.UniqueConstraint(
                fields=["patient"], condition=Q(ended_on__isnull=True), name="followuploss_one_open"
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True, end_reason="")
                | Q(ended_on__isnull=False) & ~Q(end_reason=""),
                name="followuploss_ends_with_a_reason",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["organization", "care_team"],
                name="followuploss_open",
                condition=Q(ended_on__isnull=True),
            ),
            models.Index(fields=["patient", "-lost_on"], name="followuploss_of_patient"),
        ]
        triggers: ClassVar = [VERSION, *feed("follow-up-loss")]


FollowUpLossHistory = pghistory.create_event_model(
    FollowUpLoss,
    pghistory.UpdateEvent(row=pghistory.Old),
    pghistory.DeleteEvent(),
    model_name="FollowUpLossHistory",
    abstract=False,
)
