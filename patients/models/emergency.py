"""Emergency access (break-glass): somebody opens a record that another organization keeps, with a reason, for a while."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Length, Now
from django.db.models.lookups import GreaterThanOrEqual
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


#: A reason in fewer characters says nothing.
SHORTEST_TEXT = 10
#: How long the privacy officer has for the review.
REVIEW_WITHIN = timedelta(days=7)


class Lasting(Func):
    """From the opening to the end, as a range of moments."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class EmergencyAccessQuerySet(models.QuerySet["EmergencyAccess"]):
    """Openings in the words of those who review them."""

    def live(self, *, at: datetime) -> "EmergencyAccessQuerySet":
        """Those that have not ended."""
        return self.filter(ends_at__gt=at)

    def waiting(self) -> "EmergencyAccessQuerySet":
        """Those without a finding."""
        return self.filter(reviewed_at__isnull=True)

    def overdue(self, *, at: datetime) -> "EmergencyAccessQuerySet":
        """Those that should have been reviewed by now."""
        return self.waiting().filter(opened_at__lte=at - REVIEW_WITHIN)

    def for_review(
        self, *, watched: Collection[int], watched_by_others: Collection[int]
    ) -> "EmergencyAccessQuerySet":
        """Those an officer who watches over some organizations judges.

        Records of residents of theirs; and of what was opened from theirs, records that no officer watches over.
        """
        unwatched = ~Q(patient__organization_id__in=[*watched, *watched_by_others])
        return self.filter(
            Q(patient__organization_id__in=list(watched)) | Q(organization_id__in=list(watched)) & unwatched
        )


class EmergencyAccess(models.Model):
    """One opening: by whom, for which resident, why, and what the review found.

    The view itself is the grant's, which counts whole days; `ends_at` says when within the day it ends.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="+")
    grant = models.OneToOneField(AccessGrant, models.PROTECT, related_name="+")
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", help_text="Where the person who opened works."
    )
    opened_at = models.DateTimeField(db_default=Now())
    ends_at = models.DateTimeField()
    ended_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", help_text="Who ended it before its time."
    )
    reason = models.CharField(_("reason"), max_length=20, choices=EmergencyReason)
    text = models.CharField(_("what happened"), max_length=300)
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    finding = models.CharField(max_length=12, choices=EmergencyFinding, blank=True)
    review_text = models.CharField(max_length=300, blank=True)

    objects = EmergencyAccessQuerySet.as_manager()

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
            models.CheckConstraint(
                condition=Q(GreaterThanOrEqual(Length("text"), SHORTEST_TEXT)),
                name="emergencyaccess_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gte=F("opened_at")), name="emergencyaccess_ends_after_it_began"
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("opened_by")),
                name="emergencyaccess_judged_by_somebody_else",
            ),
            ExclusionConstraint(
                name="emergencyaccess_one_at_a_time",
                expressions=[
                    ("opened_by", RangeOperators.EQUAL),
                    ("patient", RangeOperators.EQUAL),
                    (Lasting("opened_at", "ends_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["patient", "-opened_at"], name="emergencyaccess_by_patient"),
            models.Index(
                fields=["opened_at"], name="emergencyaccess_to_review", condition=Q(reviewed_at__isnull=True)
            ),
        ]

    def is_live(self, *, at: datetime) -> bool:
        """Whether the record is still open to the person."""
        return self.ends_at > at

    def is_overdue(self, *, at: datetime) -> bool:
        """Whether the review should have been done by now."""
        return self.reviewed_at is None and self.opened_at <= at - REVIEW_WITHIN
