"""What the health manager agrees with the patient, and what was done about it."""

from typing import ClassVar

import pghistory
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from alliances.models import Organization
from journal.enumerations import known
from journal.keys import new_key
from journal.triggers import VERSION
from patients.models import Patient
from patients.scope import PatientOwnedQuerySet


class LifestyleKind(models.TextChoices):
    """What can be agreed on, one goal at a time for each."""

    DIET = "diet", _("diet")
    EXERCISE = "exercise", _("exercise")
    SALT = "salt", _("salt")
    SMOKING = "smoking", _("tobacco")
    ALCOHOL = "alcohol", _("alcohol")
    MOOD = "mood", _("mood")
    SELF_MEASUREMENT = "self_measurement", _("self-measurement")


class GoalState(models.TextChoices):
    """What became of a goal."""

    ACTIVE = "active", _("agreed")
    REACHED = "reached", _("reached")
    GIVEN_UP = "given_up", _("given up")
    REPLACED = "replaced", _("replaced by a new agreement")
    ENDED = "ended", _("ended")


class LifestyleGoalQuerySet(PatientOwnedQuerySet["LifestyleGoal"]):
    def active(self) -> "LifestyleGoalQuerySet":
        return self.filter(state=GoalState.ACTIVE)


class LifestyleGoal(models.Model):
    """From where to where, in which unit, by when: agreed with the patient, one active a kind."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16, choices=LifestyleKind)
    aim = models.CharField(max_length=200, blank=True, help_text="In the patient's own words.")
    unit = models.CharField(max_length=20)
    baseline = models.DecimalField(max_digits=7, decimal_places=1)
    target = models.DecimalField(max_digits=7, decimal_places=1)
    agreed_on = models.DateField()
    by_on = models.DateField()
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=GoalState, default=GoalState.ACTIVE)
    ended_on = models.DateField(null=True)
    ended_why = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    version = models.BigIntegerField(default=1)

    objects = LifestyleGoalQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            known("kind", LifestyleKind, table="lifestylegoal"),
            known("state", GoalState, table="lifestylegoal"),
            models.UniqueConstraint(
                fields=["patient", "kind"], condition=Q(state="active"), name="lifestylegoal_one_active"
            ),
            models.CheckConstraint(
                condition=Q(by_on__gte=models.F("agreed_on")), name="lifestylegoal_looks_ahead"
            ),
            models.CheckConstraint(
                condition=Q(baseline__gte=0, target__gte=0), name="lifestylegoal_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(state="active", ended_on__isnull=True)
                | ~Q(state="active") & Q(ended_on__isnull=False),
                name="lifestylegoal_ends_on_a_day",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["patient", "kind"], name="lifestylegoal_of_patient")]
        triggers: ClassVar = [VERSION]


class InterventionMethod(models.TextChoices):
    """How the patient was reached."""

    FACE = "face", _("face to face")
    HOME = "home", _("home visit")
    PHONE = "phone", _("telephone")
    GROUP = "group", _("group")


class InterventionQuerySet(PatientOwnedQuerySet["Intervention"]):
    def standing(self) -> "InterventionQuerySet":
        """Without those entered in error."""
        return self.filter(withdrawn_at__isnull=True)


class Intervention(models.Model):
    """One session about the way of living: what was done, how long, how far the patient has come, when the next one is."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="+")
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", help_text="Of its day; later moves do not change it."
    )
    goal = models.ForeignKey(LifestyleGoal, models.CASCADE, null=True, related_name="interventions")
    kind = models.CharField(max_length=16, choices=LifestyleKind)
    method = models.CharField(max_length=8, choices=InterventionMethod)
    on = models.DateField()
    what = models.TextField()
    minutes = models.PositiveSmallIntegerField()
    progress = models.DecimalField(max_digits=7, decimal_places=1, null=True)
    next_on = models.DateField(null=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_why = models.CharField(max_length=200, blank=True)
    version = models.BigIntegerField(default=1)

    objects = InterventionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            known("kind", LifestyleKind, table="intervention"),
            known("method", InterventionMethod, table="intervention"),
            models.CheckConstraint(
                condition=Q(minutes__gte=1, minutes__lte=480), name="intervention_lasts_minutes"
            ),
            models.CheckConstraint(
                condition=Q(progress__isnull=True) | Q(progress__gte=0, goal__isnull=False),
                name="intervention_progress_of_a_goal",
            ),
            models.CheckConstraint(
                condition=Q(next_on__isnull=True) | Q(next_on__gt=models.F("on")),
                name="intervention_next_later",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawn_why="")
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_why=""),
                name="intervention_withdrawn_with_reason",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["patient", "-on"], name="intervention_of_patient")]
        triggers: ClassVar = [VERSION]


LifestyleGoalHistory = pghistory.create_event_model(
    LifestyleGoal,
    pghistory.UpdateEvent(row=pghistory.Old),
    pghistory.DeleteEvent(),
    model_name="LifestyleGoalHistory",
    abstract=False,
)
InterventionHistory = pghistory.create_event_model(
    Intervention,
    pghistory.UpdateEvent(row=pghistory.Old),
    pghistory.DeleteEvent(),
    model_name="InterventionHistory",
    abstract=False,
)
