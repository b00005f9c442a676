"""A way of care in steps with owners and clocks, and one patient's way along it."""

from datetime import date
from typing import ClassVar

import pghistory
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from alliances.models import Alliance, Department, Role
from journal.enumerations import known
from journal.keys import new_key
from journal.triggers import VERSION
from patients.models import Patient
from patients.scope import PatientOwnedQuerySet


class PathwayTemplate(models.Model):
    """An alliance's own version of a template; what the product brings along is a data file (followups/pathways).

    A version is never changed: an edit is the next one. The highest of an alliance is the one that is started.
    """

    code = models.SlugField(max_length=40)
    number = models.PositiveIntegerField()
    alliance = models.ForeignKey(Alliance, models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    programme = models.CharField(max_length=16, blank=True)
    source = models.TextField(blank=True)
    steps = models.JSONField(help_text="As in the data files of followups/pathways.")
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["alliance", "code", "number"], name="pathwaytemplate_once")
        ]


class PathwayStatus(models.TextChoices):
    """Where a patient's way stands."""

    RUNNING = "running", _("running")
    COMPLETED = "completed", _("completed")
    ENDED = "ended", _("ended early")


class PathwayQuerySet(PatientOwnedQuerySet["Pathway"]):
    def running(self) -> "PathwayQuerySet":
        return self.filter(status=PathwayStatus.RUNNING)


class Pathway(models.Model):
    """A patient's way along a template; its steps were copied when it began, a later version does not change it."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="+")
    code = models.SlugField(max_length=40)
    number = models.PositiveIntegerField(help_text="The template's version.")
    name = models.CharField(max_length=80)
    source = models.TextField(blank=True)
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="+")
    status = models.CharField(max_length=10, choices=PathwayStatus, default=PathwayStatus.RUNNING)
    started_on = models.DateField()
    started_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_why = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    version = models.BigIntegerField(default=1)

    objects = PathwayQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            known("status", PathwayStatus, table="pathway"),
            models.UniqueConstraint(
                fields=["patient", "code"], condition=Q(status="running"), name="pathway_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(status="running", ended_at__isnull=True)
                | ~Q(status="running") & Q(ended_at__isnull=False),
                name="pathway_ends_at_a_moment",
            ),
            models.CheckConstraint(
                condition=~Q(status="ended") | ~Q(ended_why=""), name="pathway_ended_with_reason"
            ),
        ]
        triggers: ClassVar = [VERSION]


class StepStatus(models.TextChoices):
    """Where a step stands; whether it is overdue its due day says."""

    WAITING = "waiting", _("waits for the step before")
    OPEN = "open", _("open")
    DONE = "done", _("step done")
    SKIPPED = "skipped", _("left out")
    CANCELLED = "cancelled", _("not needed any more")


class PathwayStep(models.Model):
    """One step: whose it is, by when, what must be written down."""

    pathway = models.ForeignKey(Pathway, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80)
    role = models.CharField(max_length=24, choices=Role)
    clock = models.JSONField(help_text="{days, working, after}: as in the template.")
    record = models.TextField(blank=True)
    source = models.TextField(blank=True)
    status = models.CharField(max_length=10, choices=StepStatus, default=StepStatus.WAITING)
    due_on = models.DateField(null=True)
    note = models.TextField(blank=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            known("status", StepStatus, table="pathwaystep"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="pathwaystep_role_known"),
            models.UniqueConstraint(fields=["pathway", "position"], name="pathwaystep_once"),
            models.CheckConstraint(
                condition=~Q(status="open") | Q(due_on__isnull=False), name="pathwaystep_open_has_a_clock"
            ),
            models.CheckConstraint(
                condition=~Q(status="skipped") | ~Q(note=""), name="pathwaystep_skipped_with_reason"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["waiting", "open"], settled_at__isnull=True)
                | ~Q(status__in=["waiting", "open"]) & Q(settled_at__isnull=False),
                name="pathwaystep_settled_at_a_moment",
            ),
        ]

    def is_overdue(self, *, on: date) -> bool:
        """Whether an open step's day has passed."""
        return self.status == StepStatus.OPEN and self.due_on is not None and self.due_on < on


PathwayHistory = pghistory.create_event_model(
    Pathway,
    pghistory.UpdateEvent(row=pghistory.Old),
    pghistory.DeleteEvent(),
    model_name="PathwayHistory",
    abstract=False,
)
PathwayStepHistory = pghistory.create_event_model(
    PathwayStep,
    pghistory.UpdateEvent(row=pghistory.Old),
    pghistory.DeleteEvent(),
    model_name="PathwayStepHistory",
    abstract=False,
)
