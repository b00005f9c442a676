"""Something a role, a team or a person has to do about a patient."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from alliances.models import CareTeam, Department, Organization, Role
from journal.enumerations import known
from journal.keys import new_key
from journal.triggers import VERSION, feed
from patients.models.patient import Patient
from patients.scope import PatientOwnedQuerySet


class TaskKind(models.TextChoices):
    REFERRAL_ADVISED = "referral_advised", _("referral advised")
    CONFIRM_RETURN = "confirm_return", _("confirm the return from hospital")
    CALL_NO_SHOW = "call_no_show", _("call: did not come to hospital")
    # After a visit (诊后): see followups/visits/after.py.
    REVISIT = "revisit", _("come again")
    RESULT_PENDING = "result_pending", _("look up the result")
    CALL_AFTER_CHANGE = "call_after_change", _("call: how the changed medicine is taken")
    PLAN_SIGN = "plan_sign", _("sign the proposed plan")
    PLAN_SENT_BACK = "plan_sent_back", _("revise the plan that was sent back")
    PLAN_CARRY_OUT = "plan_carry_out", _("carry out the newly signed plan")
    INTERVENTION = "intervention", _("next lifestyle intervention")
    PATHWAY_STEP = "pathway_step", _("step of a pathway")


class TaskStatus(models.TextChoices):
    """FHIR Task.status, narrowed."""

    REQUESTED = "requested", _("open")
    COMPLETED = "completed", _("done")
    CANCELLED = "cancelled", _("cancelled")


class Urgency(models.TextChoices):
    ROUTINE = "routine", _("routine")
    URGENT = "urgent", _("urgent")
    EMERGENCY = "emergency", _("emergency")


class TaskQuerySet(PatientOwnedQuerySet["Task"]):
    def open(self) -> "TaskQuerySet":
        return self.filter(status=TaskStatus.REQUESTED)


class Task(models.Model):
    """A task with its owner (role within a team or a hospital's department, or a person), its due moment, its cause and its outcome."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="tasks")
    kind = models.CharField(max_length=20, choices=TaskKind)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    care_team = models.ForeignKey(CareTeam, models.PROTECT, null=True, related_name="+")
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="Of a hospital, when it is its work.",
    )
    role = models.CharField(max_length=24, choices=Role, blank=True)
    owner = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    status = models.CharField(max_length=10, choices=TaskStatus, default=TaskStatus.REQUESTED)
    urgency = models.CharField(max_length=10, choices=Urgency, default=Urgency.ROUTINE)
    due_at = models.DateTimeField(null=True)
    programme = models.CharField(max_length=16, blank=True)
    basis_kind = models.CharField(max_length=30, blank=True)
    basis_id = models.CharField(max_length=40, blank=True)
    reasons = models.JSONField(
        default=list, help_text="Why, as {text, params} pairs of a msgid and its values."
    )
    outcome = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    completed_at = models.DateTimeField(null=True)
    completed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    version = models.BigIntegerField(default=1)

    objects = TaskQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            known("kind", TaskKind, table="task"),
            known("status", TaskStatus, table="task"),
            known("urgency", Urgency, table="task"),
            models.CheckConstraint(condition=Q(role__in=["", *Role.values]), name="task_role_known"),
            models.UniqueConstraint(
                fields=["patient", "kind"], condition=Q(status="requested", kind="referral_advised"),
                name="task_one_open_advice",
            ),
            models.CheckConstraint(
                condition=Q(status="requested", completed_at__isnull=True)
                | ~Q(status="requested") & Q(completed_at__isnull=False),
                name="task_ends_with_a_moment",
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(
                fields=["organization", "care_team", "due_at"],
                name="task_open",
                condition=Q(status="requested"),
            ),
            models.Index(fields=["patient", "-created_at"], name="task_of_patient"),
            models.Index(
                fields=["department", "due_at"],
                name="task_open_of_department",
                condition=Q(status="requested", department__isnull=False),
            ),
        ]
        triggers: ClassVar = [VERSION, *feed("task")]
