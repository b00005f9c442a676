"""What follows a visit: the plan, the due follow-up, what the protocol said, and what somebody has to do."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject
from django.utils.translation import gettext
from django_filters.rest_framework import filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.tokens import Holder
from alliances.permissions import Permission
from exchange.api.rows import PatientFilters, Resource, Row
from followups.models import (
    Action,
    Appointment,
    AppointmentStatus,
    Assessment,
    CarePlan,
    Goal,
    Klass,
)
from followups.overrides import protocol_beside
from followups.protocols.assessment import Reason
from followups.protocols.wording import sentence
from patients.models import Task
from patients.models.task import TaskKind, TaskStatus, Urgency
from patients.programmes import Programme


class GoalRow(serializers.Serializer[dict[str, Any]]):
    measure = serializers.CharField()
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class CarePlanRow(Row[CarePlan]):
    goals = serializers.SerializerMethodField()

    class Meta:
        model = CarePlan
        fields = (
            "id", "patient", "organization", "revision", "diagnosis", "treatment", "advice", "goals", "signed_by",
            "signed_for", "signed_at", "review_on", "version",
        )  # fmt: skip

    @extend_schema_field(GoalRow(many=True))
    def get_goals(self, plan: Any) -> list[dict[str, Any]]:
        """The patient's own targets."""
        goals: list[dict[str, Any]] = plan.targets
        return goals


class CarePlanView(Resource[CarePlan]):
    """One plan per resident for all programmes, signed by a specialist."""

    kind = "care-plan"
    model = CarePlan
    serializer_class = CarePlanRow
    filterset_class = PatientFilters
    permissions = (Permission.PATIENT_OPEN,)

    @classmethod
    def rows(cls, actor: Holder) -> QuerySet[CarePlan]:
        goals = Goal.objects.filter(plan=OuterRef("pk")).order_by("measure")
        written = goals.values(goal=JSONObject(measure="measure", low="low", high="high"))
        return CarePlan.objects.visible_to(actor).annotate(targets=ArraySubquery(written))


class AppointmentRow(Row[Appointment]):
    class Meta:
        model = Appointment
        fields = (
            "id", "patient", "organization", "care_team", "due_on", "planned_on", "reason", "status", "fulfilled_by",
            "fulfilled_on", "ended_at", "created_at", "version",
        )  # fmt: skip


class AppointmentFilters(PatientFilters):
    due_on = filters.DateFromToRangeFilter()
    planned_on = filters.DateFromToRangeFilter()
    status = filters.ChoiceFilter(choices=AppointmentStatus.choices)
    care_team = filters.NumberFilter(field_name="care_team_id")


class AppointmentView(Resource[Appointment]):
    """Due follow-ups in the order of their days: at most one open per resident. `due_on` is promised, `planned_on` the
    working day on which the team means to do it (written through `sync/push`)."""

    kind = "appointment"
    model = Appointment
    serializer_class = AppointmentRow
    filterset_class = AppointmentFilters
    ordering = ("due_on", "id")
    permissions = (Permission.PATIENT_OPEN,)

    @classmethod
    def rows(cls, actor: Holder) -> QuerySet[Appointment]:
        return Appointment.objects.visible_to(actor)


class OverrideRow(serializers.Serializer[dict[str, Any]]):
    protocol_class = serializers.CharField(help_text="A word of `class`.")
    protocol_action = serializers.CharField(allow_null=True, help_text="A word of `action`.")
    reason = serializers.CharField()
    by = serializers.CharField()
    at = serializers.DateTimeField()


class AssessmentRow(Row[Assessment]):
    reasons = serializers.SerializerMethodField()
    override = serializers.SerializerMethodField(
        help_text="What the protocol said where a doctor decided otherwise; class and action are what counts."
    )

    class Meta:
        model = Assessment
        fields = (
            "id", "encounter", "patient", "organization", "care_team", "programme", "on", "klass", "action", "rule",
            "protocol_version", "source", "reasons", "missing", "red_flags", "override", "version",
        )  # fmt: skip
        sparse = ("missing", "red_flags", "override")

    def get_fields(self) -> dict[str, Any]:
        """`class`, a word that Python keeps for itself, stands for the column `klass`."""
        fields = super().get_fields()
        return {"class" if name == "klass" else name: field for name, field in fields.items()}

    def build_field(self, field_name: str, *args: Any) -> Any:
        """As REST framework's; the field `class` reads `klass`."""
        field_class, kwargs = super().build_field(field_name, *args)
        return field_class, {**kwargs, "source": "klass"} if field_name == "klass" else kwargs

    def get_reasons(self, assessment: Assessment) -> list[str]:
        """Why, in words of the asked language."""
        reasons = (
            Reason(one.get("rule", ""), None, one["text"], one["params"]) for one in assessment.reasons
        )
        return [sentence(reason, gettext) for reason in reasons]

    @extend_schema_field(OverrideRow(allow_null=True))
    def get_override(self, assessment: Any) -> dict[str, Any] | None:
        """The protocol's word beside the doctor's."""
        kept: dict[str, Any] | None = assessment.overridden
        return kept


class AssessmentFilters(PatientFilters):
    encounter = filters.UUIDFilter(field_name="encounter_id")
    programme = filters.ChoiceFilter(choices=Programme.choices)
    on = filters.DateFromToRangeFilter()
    action = filters.ChoiceFilter(choices=Action.choices)

    @classmethod
    def get_filters(cls) -> dict[str, Any]:
        """`?class=`, which cannot be declared under its own name."""
        return {
            **super().get_filters(),
            "class": filters.ChoiceFilter(field_name="klass", choices=Klass.choices),
        }


class AssessmentView(Resource[Assessment]):
    """What the protocol said of each visit, by programme, newest first."""

    kind = "assessment"
    model = Assessment
    serializer_class = AssessmentRow
    filterset_class = AssessmentFilters
    ordering = ("-on", "-id")
    permissions = (Permission.PATIENT_OPEN,)
    lookup_value_regex = "[0-9]{1,18}"

    @classmethod
    def rows(cls, actor: Holder) -> QuerySet[Assessment]:
        return Assessment.objects.visible_to(actor).annotate(overridden=protocol_beside())


class TaskRow(Row[Task]):
    class Meta:
        model = Task
        fields = (
            "id", "patient", "kind", "organization", "care_team", "role", "owner", "status", "urgency", "due_at",
            "programme", "basis_kind", "basis_id", "outcome", "created_at", "completed_at", "completed_by", "version",
        )  # fmt: skip


class TaskFilters(PatientFilters):
    kind = filters.ChoiceFilter(choices=TaskKind.choices)
    status = filters.ChoiceFilter(choices=TaskStatus.choices)
    urgency = filters.ChoiceFilter(choices=Urgency.choices)
    programme = filters.ChoiceFilter(choices=Programme.choices)


class TaskView(Resource[Task]):
    """What a role, a team or a person has to do about a resident."""

    kind = "task"
    model = Task
    serializer_class = TaskRow
    filterset_class = TaskFilters
    ordering = ("-created_at", "-id")
    permissions = (Permission.PATIENT_OPEN,)

    @classmethod
    def rows(cls, actor: Holder) -> QuerySet[Task]:
        return Task.objects.visible_to(actor)


VIEWS = (CarePlanView, AppointmentView, AssessmentView, TaskView)
