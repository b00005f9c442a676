"""A plan that a general practitioner proposes and a department's specialist signs, changes or sends back."""

from typing import ClassVar

import pghistory
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from alliances.models import Department
from journal.enumerations import known
from journal.keys import new_key
from journal.triggers import VERSION
from patients.models import Patient
from patients.scope import PatientOwnedQuerySet


class ProposalStatus(models.TextChoices):
    """Where a proposed plan stands."""

    DRAFT = "draft", _("draft")
    SENT = "sent", _("awaiting signature")
    SENT_BACK = "sent_back", _("sent back")
    SIGNED = "signed", _("signed")
    WITHDRAWN = "withdrawn", _("withdrawn")


#: Still on somebody's table: at most one a patient.
OPEN = (ProposalStatus.DRAFT, ProposalStatus.SENT, ProposalStatus.SENT_BACK)


class PlanProposalQuerySet(PatientOwnedQuerySet["PlanProposal"]):
    def open(self) -> "PlanProposalQuerySet":
        return self.filter(status__in=OPEN)

    def awaiting(self) -> "PlanProposalQuerySet":
        """Sent to a department that has not answered yet."""
        return self.filter(status=ProposalStatus.SENT)


class PlanProposal(models.Model):
    """The draft of a plan and its way to a signature; one open a patient.

    `base_revision` is the revision it was written over, `version` tells a page that somebody else changed it meanwhile.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="+")
    status = models.CharField(max_length=10, choices=ProposalStatus, default=ProposalStatus.DRAFT)
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="+")
    base_revision = models.PositiveIntegerField(default=0)
    diagnosis = models.TextField(blank=True)
    treatment = models.TextField(blank=True)
    advice = models.TextField(blank=True)
    goals = models.JSONField(default=list)
    review_on = models.DateField(null=True)
    why = models.TextField(blank=True)
    written_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True, help_text="Why it was sent back or ended.")
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    signed_revision = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    version = models.BigIntegerField(default=1)

    objects = PlanProposalQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            known("status", ProposalStatus, table="planproposal"),
            models.UniqueConstraint(
                fields=["patient"], condition=Q(status__in=["draft", "sent", "sent_back"]),
                name="planproposal_one_open",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["sent", "sent_back", "signed"])
                | Q(department__isnull=False, sent_at__isnull=False),
                name="planproposal_sent_somewhere",
            ),
            models.CheckConstraint(
                condition=~Q(status="sent_back") | ~Q(answer=""), name="planproposal_sent_back_with_reason"
            ),
            models.CheckConstraint(
                condition=Q(status="signed", signed_revision__isnull=False)
                | ~Q(status="signed") & Q(signed_revision__isnull=True),
                name="planproposal_signed_as_revision",
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(
                fields=["department", "sent_at", "id"],
                name="planproposal_awaiting",
                condition=Q(status="sent"),
            )
        ]
        triggers: ClassVar = [VERSION]


PlanProposalHistory = pghistory.create_event_model(
    PlanProposal,
    pghistory.UpdateEvent(row=pghistory.Old),
    pghistory.DeleteEvent(),
    model_name="PlanProposalHistory",
    abstract=False,
)
