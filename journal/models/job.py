"""What the unhurried half did, and how fast a channel may be: rows of the running, no clinical ones."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from journal.enumerations import known
from journal.models.communication import Channel

#: Marks a row of the schedule that still stands as settings made it (`PeriodicTask.description`).
AS_SET = "as set by the installation"


class JobState(models.TextChoices):
    """How a run of a job stands."""

    ASKED = "asked", _("asked for")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    LOST = "lost", _("broken off")


class JobRun(models.Model):
    """One run of a job: asked for by a person or by the schedule, and what came of it.

    At most one run of a job is open. A run that broke off with its worker is settled by the next one (journal.jobs).
    """

    task = models.CharField(max_length=100)
    state = models.CharField(max_length=8, choices=JobState, default=JobState.RUNNING)
    asked_by = models.CharField(max_length=150, blank=True)
    started_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0, help_text="0 where nobody counts.")
    result = models.JSONField(default=dict)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            known("state", JobState, table="jobrun"),
            models.UniqueConstraint(
                fields=["task"], condition=Q(state__in=["asked", "running"]), name="jobrun_one_open"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "running"], ended_at__isnull=True)
                | Q(state__in=["done", "failed", "lost"], ended_at__isnull=False),
                name="jobrun_ended_at_its_end",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["task", "-id"], name="jobrun_latest")]


class ChannelPace(models.Model):
    """How many messages left by a channel in the running minute, and until when its other end is left alone."""

    channel = models.CharField(max_length=8, choices=Channel, primary_key=True)
    minute = models.DateTimeField(db_default=Now())
    taken = models.PositiveIntegerField(default=0)
    refusals = models.PositiveSmallIntegerField(default=0)
    away_until = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [known("channel", Channel, table="channelpace")]
