"""Referrals between organizations and the messages about residents."""

from typing import Any

from django.db.models import Q, QuerySet
from django_filters.rest_framework import filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import User
from accounts.tokens import Holder
from alliances.permissions import Permission
from alliances.scope import scope_of
from exchange.api.rows import Filters, PatientFilters, Resource, Row
from journal.models import Channel, Communication, CommunicationStatus, Recipient
from patients.models import Patient
from patients.models.task import Urgency
from patients.programmes import Programme
from referrals.models import ServiceRequest
from referrals.states import Direction, State


class ReferralRow(Row[ServiceRequest]):
    class Meta:
        model = ServiceRequest
        fields: tuple[str, ...] = (
            "id", "patient", "direction", "programme", "programmes", "urgency", "state", "source_organization",
            "source_team", "requester", "target_organization", "target_department", "reason", "impression", "tried",
            "skip_reason", "due_at", "scheduled_for", "place", "redirected_from", "created_at", "submitted_at", "version",
        )  # fmt: skip
        sparse = ("impression", "tried", "skip_reason", "scheduled_for", "place", "redirected_from")


class Step(serializers.Serializer[Any]):
    event = serializers.CharField()
    from_state = serializers.CharField(allow_blank=True)
    to_state = serializers.ChoiceField(choices=State.choices)
    side = serializers.CharField()
    by = serializers.IntegerField(source="by_id", allow_null=True)
    at = serializers.DateTimeField()
    text = serializers.CharField(allow_blank=True)


class ReferralDetail(ReferralRow):
    """One referral with every step it took."""

    steps = serializers.SerializerMethodField()

    class Meta(ReferralRow.Meta):
        fields: tuple[str, ...] = (*ReferralRow.Meta.fields, "steps")

    @extend_schema_field(Step(many=True))
    def get_steps(self, request: ServiceRequest) -> list[dict[str, Any]]:
        """The steps in their order: one statement."""
        return list(Step(request.steps.all(), many=True).data)


class ReferralFilters(PatientFilters):
    state = filters.ChoiceFilter(choices=State.choices)
    direction = filters.ChoiceFilter(choices=Direction.choices)
    urgency = filters.ChoiceFilter(choices=Urgency.choices)
    programme = filters.ChoiceFilter(choices=Programme.choices)
    target_organization = filters.NumberFilter(field_name="target_organization_id")
    submitted_at = filters.IsoDateTimeFromToRangeFilter()


class ReferralView(Resource[ServiceRequest]):
    """Referrals that the caller's organization sent, that reached the caller's department, or of the caller's residents."""

    kind = "referral"
    model = ServiceRequest
    serializer_class = ReferralRow
    filterset_class = ReferralFilters
    ordering = ("-created_at", "-id")
    permissions = (Permission.REFERRAL_VIEW,)

    @classmethod
    def rows(cls, actor: Holder) -> QuerySet[ServiceRequest]:
        return ServiceRequest.objects.readable_by(actor)

    def get_serializer_class(self) -> type[ReferralRow]:
        """A list says where each stands, the single one how it came there."""
        return ReferralDetail if self.action == "retrieve" else ReferralRow


class CommunicationRow(Row[Communication]):
    patient = serializers.UUIDField(source="patient_id", allow_null=True)
    organization = serializers.IntegerField(source="organization_id", allow_null=True)

    class Meta:
        model = Communication
        fields = (
            "id", "kind", "channel", "recipient_kind", "recipient_id", "patient", "organization", "not_before", "status",
            "attempts", "sent_at", "created_at", "version",
        )  # fmt: skip


class CommunicationFilters(Filters):
    patient = filters.UUIDFilter(field_name="patient_id", label="Messages about one resident.")
    status = filters.ChoiceFilter(choices=CommunicationStatus.choices)
    channel = filters.ChoiceFilter(choices=Channel.choices)
    not_before = filters.IsoDateTimeFromToRangeFilter()


class CommunicationView(Resource[Communication]):
    """Reminders and notices about residents whom the caller may see; of a colleague's personal ones nothing."""

    kind = "communication"
    model = Communication
    serializer_class = CommunicationRow
    filterset_class = CommunicationFilters
    ordering = ("-not_before", "-id")
    permissions = (Permission.PATIENT_OPEN,)

    @classmethod
    def rows(cls, actor: Holder) -> QuerySet[Communication]:
        about = Q(patient_id__in=Patient.objects.visible_to(actor).values("pk")) & ~Q(
            recipient_kind=Recipient.USER
        )
        if isinstance(actor, User):
            about |= Q(recipient_kind=Recipient.USER, recipient_id=str(actor.pk))
        organizations = scope_of(actor).organization_ids
        return Communication.objects.filter(
            about
            | Q(patient_id__isnull=True, organization_id__in=organizations)
            & ~Q(recipient_kind=Recipient.USER)
        )


VIEWS = (ReferralView, CommunicationView)
