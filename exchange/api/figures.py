"""Indicators and their leaf cells: numbers, never a resident."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from django_filters.rest_framework import filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts.tokens import Holder
from alliances.permissions import Permission
from alliances.scope import scope_of
from exchange.api.access import Guarded
from exchange.api.rows import Filters, Resource, Row
from performance.indicators import Unit, indicators
from performance.models import IndicatorValue
from performance.settings import configured


class IndicatorRow(serializers.Serializer[Any]):
    """An indicator: what stands above and below the line, and by whose text."""

    code = serializers.CharField()
    name = serializers.CharField()
    numerator = serializers.CharField()
    denominator = serializers.CharField()
    unit = serializers.ChoiceField(choices=[(unit.value, unit.value) for unit in Unit])
    source = serializers.CharField()  # type: ignore[assignment]


class IndicatorPage(serializers.Serializer[Any]):
    results = IndicatorRow(many=True)
    next = serializers.CharField(allow_null=True)


class IndicatorView(Guarded, ViewSet):
    """The indicators, all on one page."""

    kind = "indicator"
    permissions = (Permission.PERFORMANCE_VIEW,)
    lookup_value_regex = "[a-z0-9-]{1,40}"
    lookup_field: ClassVar = "code"

    @extend_schema(responses=IndicatorPage)
    def list(self, request: Request) -> Response:
        """Every indicator in the order of the screen."""
        return Response(
            {"results": IndicatorRow(list(indicators(configured()).values()), many=True).data, "next": None}
        )

    @extend_schema(
        responses=IndicatorRow, parameters=[OpenApiParameter("code", OpenApiTypes.STR, OpenApiParameter.PATH)]
    )
    def retrieve(self, request: Request, code: str) -> Response:
        """One indicator by its code."""
        found = indicators(configured()).get(code)
        if found is None:
            raise Http404
        return Response(IndicatorRow(found).data)


class IndicatorValueRow(Row[IndicatorValue]):
    class Meta:
        model = IndicatorValue
        fields = (
            "id",
            "indicator",
            "month",
            "organization",
            "team",
            "numerator",
            "denominator",
            "computed_at",
        )


class IndicatorValueFilters(Filters):
    indicator = filters.CharFilter()
    month = filters.DateFromToRangeFilter(label="First day of the month.")
    organization = filters.NumberFilter(field_name="organization_id")
    team = filters.NumberFilter(label="Care team; 0 for residents without one.")


class IndicatorValueView(Resource[IndicatorValue]):
    """Leaf cells, year-to-date at the end of a month. Sum numerators and denominators; never average percentages."""

    kind = "indicator-value"
    model = IndicatorValue
    serializer_class = IndicatorValueRow
    filterset_class = IndicatorValueFilters
    permissions = (Permission.PERFORMANCE_VIEW,)
    lookup_value_regex = "[0-9]{1,18}"

    @classmethod
    def rows(cls, actor: Holder) -> QuerySet[IndicatorValue]:
        return IndicatorValue.objects.filter(organization_id__in=scope_of(actor).number_organization_ids)


VIEWS = (IndicatorView, IndicatorValueView)
