"""A follow-up that somebody has begun to write and not saved."""

from datetime import datetime, timedelta
from typing import ClassVar, Final, Self

from django.db import models

from accounts.models import User
from patients.models import Patient
from patients.scope import PatientOwnedQuerySet

KEPT: Final = timedelta(days=3)  # design: longer ago, nobody remembers what was measured


class VisitDraftQuerySet(PatientOwnedQuerySet["VisitDraft"]):
    def live(self, *, at: datetime) -> Self:
        """Drafts that are still worth restoring at the moment."""
        return self.filter(saved_at__gt=at - KEPT)


class VisitDraft(models.Model):
    """What is typed into the follow-up form, one a person who writes and resident, as the browser would send it.

    Nobody but its author is shown it; it is no part of the record, so it is in no feed and keeps no history.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="+")
    content = models.JSONField(help_text="Lists of texts by field name.")
    saved_at = models.DateTimeField()

    objects = VisitDraftQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "patient"], name="visitdraft_one_of_an_author"),
        ]
        indexes: ClassVar = [models.Index(fields=["saved_at"], name="visitdraft_by_age")]
