"""Residents: the row of the archive, found by what a doctor has at hand, and opened with what matters at a glance."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from accounts.models import ApiClient, ClientScope
from accounts.tokens import Holder
from alliances.permissions import Permission
from exchange.api.access import caller
from exchange.api.records import ConditionRow, ContractRow
from exchange.api.rows import Filters, Resource, Row
from exchange.api.steps import AppointmentRow, CarePlanRow, CarePlanView
from exchange.api.visits import EncounterRow, EncounterView
from followups.models import Appointment
from journal import audit
from journal.models import AuditEvent
from patients import search
from patients.identity import IdentityText, masked, patients_by_number, plain
from patients.models import Condition, Contract, Patient
from patients.programmes import Programme

RECENT_VISITS = 5


class IdentityRow(serializers.Serializer[IdentityText]):
    """Masked unless the client was granted the scope `identity`, whose every use is written to the audit trail."""

    document_type = serializers.CharField()
    number = serializers.CharField(allow_blank=True)
    phone = serializers.CharField(allow_blank=True)
    address = serializers.CharField(allow_blank=True)


class PatientRow(Row[Patient]):
    identity = serializers.SerializerMethodField()

    class Meta:
        model = Patient
        fields: tuple[str, ...] = (
            "id", "archive_number", "name", "sex", "birth_date", "ethnicity", "community", "organization", "care_team",
            "programmes", "labels", "height", "smoking", "allergies", "archived_on", "deceased_on", "last_visit_on",
            "last_method", "last_systolic", "last_diastolic", "last_fasting_glucose", "identity", "version",
        )  # fmt: skip
        sparse = (
            "ethnicity", "community", "labels", "height", "smoking", "allergies", "archived_on", "deceased_on",
            "last_visit_on", "last_method", "last_systolic", "last_diastolic", "last_fasting_glucose",
        )  # fmt: skip

    @extend_schema_field(IdentityRow)
    def get_identity(self, patient: Patient) -> dict[str, str]:
        """Document number, telephone and address, as the caller may read them."""
        stored = getattr(patient, "identity", None)
        text = plain(stored) if stored is not None and self.context["identities_open"] else masked(stored)
        return {
            "document_type": text.document_type,
            "number": text.number,
            "phone": text.phone,
            "address": text.address,
        }


class PatientDetail(PatientRow):
    """A resident opened: diagnoses, plan, live contract, last visits and the next due follow-up."""

    conditions = serializers.SerializerMethodField()
    care_plan = serializers.SerializerMethodField()
    contract = serializers.SerializerMethodField()
    encounters = serializers.SerializerMethodField()
    next_appointment = serializers.SerializerMethodField()

    class Meta(PatientRow.Meta):
        fields = (
            *PatientRow.Meta.fields,
            "conditions",
            "care_plan",
            "contract",
            "encounters",
            "next_appointment",
        )

    @property
    def _actor(self) -> Holder:
        return caller(self.context["request"])

    @extend_schema_field(ConditionRow(many=True))
    def get_conditions(self, patient: Patient) -> list[Any]:
        """Diagnoses, active and not."""
        rows = Condition.objects.visible_to(self._actor).filter(patient=patient).order_by("code", "id")
        return list(ConditionRow(rows, many=True).data)

    @extend_schema_field(CarePlanRow(allow_null=True))
    def get_care_plan(self, patient: Patient) -> Any:
        """The plan, null where none was ever made."""
        plan = CarePlanView.rows(self._actor).filter(patient=patient).first()
        return CarePlanRow(plan).data if plan else None

    @extend_schema_field(ContractRow(allow_null=True))
    def get_contract(self, patient: Patient) -> Any:
        """The contract in force today."""
        contracts = (
            Contract.objects.visible_to(self._actor).live(on=timezone.localdate()).filter(patient=patient)
        )
        contract = contracts.select_related("package").first()
        return ContractRow(contract).data if contract else None

    @extend_schema_field(EncounterRow(many=True))
    def get_encounters(self, patient: Patient) -> list[Any]:
        """The latest visits, newest first."""
        rows = EncounterView.rows(self._actor).filter(patient=patient).order_by("-on", "-id")[:RECENT_VISITS]
        return list(EncounterRow(rows, many=True).data)

    @extend_schema_field(AppointmentRow(allow_null=True))
    def get_next_appointment(self, patient: Patient) -> Any:
        """The open follow-up."""
        due = Appointment.objects.visible_to(self._actor).booked().filter(patient=patient).first()
        return AppointmentRow(due).data if due else None


class PatientFilters(Filters):
    search = filters.CharFilter(
        method="found", label="Part of the name, pinyin initials, archive number, or the last 4 or more digits of "
        "document number or telephone.",
    )  # fmt: skip
    number = filters.CharFilter(
        method="numbered", label="Full document number; only with the scope `identity`."
    )
    archive_number = filters.CharFilter()
    programme = filters.ChoiceFilter(
        choices=Programme.choices, method="managed", label="Managed in the programme."
    )
    care_team = filters.NumberFilter(field_name="care_team_id")
    birth_date = filters.DateFromToRangeFilter()
    last_visit_on = filters.DateFromToRangeFilter()
    living = filters.BooleanFilter(field_name="deceased_on", lookup_expr="isnull")

    def found(self, queryset: QuerySet[Patient], _name: str, text: str) -> QuerySet[Patient]:
        """As the search box of the pages."""
        return queryset.filter(pk__in=search.find(caller(self.request), text).order_by().values("pk"))

    def numbered(self, queryset: QuerySet[Patient], _name: str, number: str) -> QuerySet[Patient]:
        """The resident with this document number. 400 for callers who may not ask: they never learn whether it exists."""
        if not identities_open(caller(self.request)):
            raise ValidationError({"number": [_("Asking by document number needs the scope “identity”.")]})
        return queryset.filter(pk__in=patients_by_number([number]).values())

    def managed(self, queryset: QuerySet[Patient], _name: str, programme: str) -> QuerySet[Patient]:
        """Residents managed in the programme now."""
        return queryset.filter(programmes__contains=[programme])


def identities_open(actor: Holder) -> bool:
    """Whether full document numbers and telephones were granted. A person unmasks on the pages, with a reason."""
    return isinstance(actor, ApiClient) and ClientScope.IDENTITY in actor.scopes


def opened(actor: Holder, patients: list[Patient]) -> list[AuditEvent]:
    """Audit lines, not yet written, for the identities that leave in the answer; none for masked ones."""
    if not identities_open(actor):
        return []
    return [audit.event("identity.read", by=actor, subject=patient) for patient in patients]


class PatientView(Resource[Patient]):
    """Residents in the order of their names."""

    kind = "patient"
    model = Patient
    serializer_class = PatientRow
    filterset_class = PatientFilters
    ordering = ("pinyin", "id")
    permissions = (Permission.PATIENT_OPEN,)

    @classmethod
    def rows(cls, actor: Holder) -> QuerySet[Patient]:
        return Patient.objects.visible_to(actor).select_related("identity")

    def get_serializer_class(self) -> type[PatientRow]:
        """A list names residents, the single answer opens one."""
        return PatientDetail if self.action == "retrieve" else PatientRow

    def get_serializer_context(self) -> dict[str, Any]:
        """With whether identities may be read in full."""
        return {**super().get_serializer_context(), "identities_open": identities_open(caller(self.request))}

    def get_object(self) -> Patient:
        """The resident. Opening the record is written down, as on the page, and a full identity that leaves with it."""
        patient, actor = super().get_object(), caller(self.request)
        lines = [audit.event("patient.open", by=actor, subject=patient), *opened(actor, [patient])]
        AuditEvent.objects.bulk_create(lines)
        return patient

    def paginate_queryset(self, queryset: QuerySet[Patient]) -> list[Patient]:  # type: ignore[override]
        """A page; full identities are written down before they leave."""
        page: list[Patient] = super().paginate_queryset(queryset) or []
        AuditEvent.objects.bulk_create(opened(caller(self.request), page))
        return page


VIEWS = (PatientView,)
