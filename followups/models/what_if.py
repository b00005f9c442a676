"""What a draft would have said of the visits of the last year: a run, its sums, and the visits behind them."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from alliances.models import Organization
from followups.models.assessment import Action, Klass
from followups.models.protocol_version import ProtocolVersion
from journal.enumerations import known
from patients.models import Encounter, Patient
from patients.programmes import Programme
from patients.scope import PatientOwnedQuerySet


class WhatIfStatus(models.TextChoices):
    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("finished")
    CANCELLED = "cancelled", _("run stopped")
    FAILED = "failed", _("failed")


class WhatIf(models.Model):
    """One run of a draft over visits; a new run of the same draft replaces it.

    `settings` are those that were run: where the draft says something else by now, the result is stale. `cursor` is
    the last person done; a chunk, its sums and the cursor are one transaction, so a run goes on where it stopped.
    """

    version = models.OneToOneField(ProtocolVersion, models.CASCADE, related_name="+")
    settings = models.JSONField()
    since = models.DateField()
    until = models.DateField()
    organization_ids = ArrayField(models.BigIntegerField())
    status = models.CharField(max_length=10, choices=WhatIfStatus, default=WhatIfStatus.QUEUED)
    people_total = models.PositiveIntegerField(default=0)
    people_done = models.PositiveIntegerField(default=0)
    visits_done = models.PositiveIntegerField(default=0)
    cursor = models.UUIDField(null=True)
    asked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            known("status", WhatIfStatus, table="whatif"),
            models.CheckConstraint(condition=Q(since__lte=models.F("until")), name="whatif_days_in_order"),
        ]


class WhatIfCell(models.Model):
    """How many visits of the residents of one organization were judged so before and would be judged so now.

    `moved` counts those of them whose next date would be another one. Numbers only.
    """

    run = models.ForeignKey(WhatIf, models.CASCADE, related_name="+")
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    programme = models.CharField(max_length=16, choices=Programme)
    klass = models.CharField(max_length=16, choices=Klass)
    action = models.CharField(max_length=10, choices=Action)
    new_klass = models.CharField(max_length=16, choices=Klass)
    new_action = models.CharField(max_length=10, choices=Action)
    visits = models.PositiveIntegerField()
    moved = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            known("programme", Programme, table="whatifcell"),
            known("klass", Klass, table="whatifcell"),
            known("action", Action, table="whatifcell"),
            known("new_klass", Klass, table="whatifcell"),
            known("new_action", Action, table="whatifcell"),
            models.UniqueConstraint(
                fields=["run", "organization", "programme", "klass", "action", "new_klass", "new_action"],
                name="whatifcell_once",
            ),
        ]


class WhatIfChange(models.Model):
    """One visit that would be classed or acted on otherwise."""

    run = models.ForeignKey(WhatIf, models.CASCADE, related_name="+")
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="+")
    encounter = models.ForeignKey(Encounter, models.CASCADE, related_name="+")
    on = models.DateField()
    programme = models.CharField(max_length=16, choices=Programme)
    klass = models.CharField(max_length=16, choices=Klass)
    action = models.CharField(max_length=10, choices=Action)
    new_klass = models.CharField(max_length=16, choices=Klass)
    new_action = models.CharField(max_length=10, choices=Action)

    objects = PatientOwnedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            known("programme", Programme, table="whatifchange"),
            known("klass", Klass, table="whatifchange"),
            known("action", Action, table="whatifchange"),
            known("new_klass", Klass, table="whatifchange"),
            known("new_action", Action, table="whatifchange"),
            models.UniqueConstraint(fields=["run", "encounter", "programme"], name="whatifchange_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["run", "programme", "-on", "-id"], name="whatifchange_in_order")
        ]
