"""How a resident wants to hear from us."""

from datetime import time
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from journal.enumerations import known
from journal.models import OUTSIDE, Channel, Language
from patients.models.patient import Patient
from patients.scope import PatientOwnedQuerySet


class ContactPreference(models.Model):
    """The resident's own order of channels, hours of rest and language; without a row the installation's apply.

    Consent stands apart (`Consent`), telephone and e-mail stand sealed in `Identity` and are read at sending time.
    """

    patient = models.OneToOneField(Patient, models.CASCADE, primary_key=True, related_name="+")
    channels = ArrayField(models.CharField(max_length=8), default=list, help_text="First choice first.")
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)
    language = models.CharField(max_length=8, choices=Language, default=Language.CHINESE)

    objects = PatientOwnedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            known("language", Language, table="contactpreference"),
            models.CheckConstraint(
                condition=Q(channels__contained_by=[str(channel) for channel in OUTSIDE]),
                name="contactpreference_channels_reach_a_resident",
            ),
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="contactpreference_quiet_from_and_until",
            ),
        ]

    @property
    def quiet(self) -> tuple[time, time] | None:
        """The hours of rest, where the resident has named any."""
        return (
            None
            if self.quiet_from is None or self.quiet_until is None
            else (self.quiet_from, self.quiet_until)
        )

    @property
    def order(self) -> tuple[Channel, ...]:
        """The channels as the outbox knows them."""
        return tuple(Channel(name) for name in self.channels)
