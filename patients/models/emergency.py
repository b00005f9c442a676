"""Emergency access (break-glass): somebody opens a record that another organization keeps, with a reason, for a while."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from alliances.models import Organization
from journal.enumerations import known
from journal.keys import new_key
from patients.models.patient import Patient
from patients.models.responsibility import AccessGrant


class EmergencyReason(models.TextChoices):
    """Why the record had to be opened."""

    EMERGENCY = "emergency", _("emergency treatment")
    VISIT_ELSEWHERE = "visit_elsewhere", _("the resident came here for treatment")
    OTHER = "other", _("other")


class EmergencyFinding(models.TextChoices):
    """What the privacy officer found."""

    JUSTIFIED = "justified", _("justified")
    UNJUSTIFIED = "unjustified", _("not justified")


class EmergencyAccess(models.Model):
    """One opening: by whom, for which resident, why, and what the review found. The view itself is the grant's."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="+")
    grant = models.OneToOneField(AccessGrant, models.PROTECT, related_name="+")
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", help_text="Where the person who opened works."
    )
    opened_at = models.DateTimeField(db_default=Now())
    reason = models.CharField(_("reason"), max_length=20, choices=EmergencyReason)
    text = models.CharField(_("what happened"), max_length=300)
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    finding = models.CharField(max_length=12, choices=EmergencyFinding, blank=True)
    review_text = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            known("reason", EmergencyReason, table="emergencyaccess"),
            models.CheckConstraint(
                condition=Q(reviewed_at__isnull=True, reviewed_by__isnull=True, finding="")
                | Q(
                    reviewed_at__isnull=False, reviewed_by__isnull=False, finding__in=EmergencyFinding.values
                ),
                name="emergencyaccess_finding_known",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="emergencyaccess_has_a_reason"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["patient", "-opened_at"], name="emergencyaccess_by_patient"),
            models.Index(
                fields=["opened_at"], name="emergencyaccess_to_review", condition=Q(reviewed_at__isnull=True)
            ),
        ]
