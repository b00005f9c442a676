"""What the archive holds of a resident beside visits: diagnoses, management, contracts, medicines."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django_filters.rest_framework import filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.tokens import Holder
from alliances.permissions import Permission
from exchange.api.rows import PatientFilters, Resource, Row
from patients.models import Condition, Contract, Enrolment, MedicationStatement
from patients.models.condition import ClinicalStatus
from patients.models.contract import PackageKind
from patients.models.encounter import MedicationStatus
from patients.programmes import Programme


class ConditionRow(Row[Condition]):
    class Meta:
        model = Condition
        fields = (
            "id",
            "patient",
            "organization",
            "code",
            "icd10",
            "diagnosed_on",
            "clinical_status",
            "recorded_at",
            "version",
        )


class ConditionFilters(PatientFilters):
    code = filters.ChoiceFilter(choices=Programme.choices)
    status = filters.ChoiceFilter(field_name="clinical_status", choices=ClinicalStatus.choices)
    diagnosed_on = filters.DateFromToRangeFilter()


class ConditionView(Resource[Condition]):
    """Diagnoses. Diagnosed is not yet managed: see enrolments."""

    kind = "condition"
    model = Condition
    serializer_class = ConditionRow
    filterset_class = ConditionFilters
    permissions = (Permission.PATIENT_OPEN,)

    @classmethod
    def rows(cls, actor: Holder) -> QuerySet[Condition]:
        return Condition.objects.visible_to(actor)


class LiveFilters(PatientFilters):
    live = filters.BooleanFilter(method="running", label="In force today, or not.")

    def running(self, queryset: QuerySet[Any], _name: str, live: bool) -> QuerySet[Any]:
        """Rows whose period holds today's day, or does not."""
        today = timezone.localdate()
        return queryset.filter(period__contains=today) if live else queryset.exclude(period__contains=today)


class EnrolmentRow(Row[Enrolment]):
    class Meta:
        model = Enrolment
        fields = ("id", "patient", "organization", "programme", "period", "end_reason", "version")


class EnrolmentFilters(LiveFilters):
    programme = filters.ChoiceFilter(choices=Programme.choices)


class EnrolmentView(Resource[Enrolment]):
    """Who is managed in which programme, since when and until when."""

    kind = "enrolment"
    model = Enrolment
    serializer_class = EnrolmentRow
    filterset_class = EnrolmentFilters
    permissions = (Permission.PATIENT_OPEN,)

    @classmethod
    def rows(cls, actor: Holder) -> QuerySet[Enrolment]:
        return Enrolment.objects.visible_to(actor)


class Package(serializers.Serializer[dict[str, Any]]):
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=PackageKind.choices)


class ContractRow(Row[Contract]):
    package = serializers.SerializerMethodField()

    class Meta:
        model = Contract
        fields = (
            "id", "patient", "package", "organization", "care_team", "secondary", "tertiary", "signed_on", "period",
            "version",
        )  # fmt: skip

    @extend_schema_field(Package)
    def get_package(self, contract: Contract) -> dict[str, str]:
        """What was promised."""
        package = contract.package
        return {"code": package.code, "name": package.name, "kind": package.kind}


class ContractFilters(LiveFilters):
    signed_on = filters.DateFromToRangeFilter()
    organization = filters.NumberFilter(field_name="organization_id")
    care_team = filters.NumberFilter(field_name="care_team_id")


class ContractView(Resource[Contract]):
    """Family-doctor contracts, each naming a community centre, a secondary and a tertiary hospital."""

    kind = "contract"
    model = Contract
    serializer_class = ContractRow
    filterset_class = ContractFilters
    permissions = (Permission.PATIENT_OPEN,)

    @classmethod
    def rows(cls, actor: Holder) -> QuerySet[Contract]:
        return Contract.objects.visible_to(actor).select_related("package")


class MedicationStatementRow(Row[MedicationStatement]):
    class Meta:
        model = MedicationStatement
        fields = (
            "id", "patient", "organization", "name", "dosage", "atc", "started_on", "ended_on", "status", "version",
        )  # fmt: skip


class MedicationStatementFilters(PatientFilters):
    status = filters.ChoiceFilter(choices=MedicationStatus.choices)


class MedicationStatementView(Resource[MedicationStatement]):
    """What residents take, as told or seen."""

    kind = "medication-statement"
    model = MedicationStatement
    serializer_class = MedicationStatementRow
    filterset_class = MedicationStatementFilters
    permissions = (Permission.PATIENT_OPEN,)

    @classmethod
    def rows(cls, actor: Holder) -> QuerySet[MedicationStatement]:
        return MedicationStatement.objects.visible_to(actor)


VIEWS = (ConditionView, EnrolmentView, ContractView, MedicationStatementView)
