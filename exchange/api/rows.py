"""What every resource shares: how a row is written as JSON, how rows are filtered, and the two read routes."""

from datetime import timedelta
from typing import Any, ClassVar, TypeVar, cast

from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import DjangoFilterBackend, FilterSet, filters
from drf_spectacular.utils import extend_schema_field
from psycopg2.extras import DateRange
from rest_framework import mixins, serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.tokens import Holder
from exchange.api import reading
from exchange.api.access import Guarded, caller
from exchange.api.paging import KeysetPages

M = TypeVar("M", bound=models.Model)

UUID_PATTERN = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


class Number(serializers.FloatField):
    """A decimal column as a JSON number."""

    def __init__(self, *, max_digits: int = 0, decimal_places: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)


@extend_schema_field(
    {
        "type": "object",
        "properties": {
            "start": {"type": "string", "format": "date"},
            "end": {"type": "string", "format": "date", "nullable": True, "description": "The last day."},
        },
    }
)
class Period(serializers.Field[Any, Any, dict[str, Any], Any]):
    """A range of days as FHIR writes it: both ends belong to it, no end means that it runs."""

    def to_representation(self, value: DateRange) -> dict[str, Any]:
        """First and last day; the database's ranges exclude their end."""
        end = value.upper - timedelta(days=1) if value.upper else None
        return {"start": value.lower, "end": end}


class Row(serializers.ModelSerializer[M]):
    """A row read-only. `Meta.sparse` names keys that are left out when there is nothing in them."""

    serializer_field_mapping: ClassVar = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DecimalField: Number,
        DateRangeField: Period,
    }

    def to_representation(self, instance: M) -> dict[str, Any]:
        """As REST framework's, without the empty sparse keys."""
        row: dict[str, Any] = super().to_representation(instance)
        for name in getattr(self.Meta, "sparse", ()):
            if (not row[name] and row[name] != 0) or row[name] is False:
                del row[name]
        return row

    def get_extra_kwargs(self) -> dict[str, Any]:
        """Sparse keys may be absent; the OpenAPI document says so."""
        extra = {name: dict(options) for name, options in super().get_extra_kwargs().items()}
        for name in getattr(self.Meta, "sparse", ()):
            extra.setdefault(name, {})["required"] = False
        return extra


class Filters(FilterSet):
    """Filters of a resource's list."""


class PatientFilters(Filters):
    """Filters of the rows that belong to a resident."""

    patient = filters.UUIDFilter(field_name="patient_id", label="Rows of one resident.")


class StrictFilters(DjangoFilterBackend):
    """As django-filter's, but a parameter that the list does not know is 400: a typing error must not widen an answer."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        """The filtered rows."""
        known = {"page_size", "cursor", *view.further_parameters}
        if (filterset := self.get_filterset_class(view, queryset)) is not None:
            for name, one in filterset.base_filters.items():
                known |= (
                    {f"{name}_after", f"{name}_before"} if isinstance(one, filters.RangeFilter) else {name}
                )
        if unknown := sorted(set(request.query_params) - known):
            raise ValidationError({name: [_("This list has no such parameter.")] for name in unknown})
        return super().filter_queryset(request, queryset, view)


class Resource(Guarded, mixins.RetrieveModelMixin, mixins.ListModelMixin, GenericViewSet[M]):
    """`GET /name/` by pages and `GET /name/<id>/`. Rows the caller may not see do not exist."""

    kind: ClassVar[str]
    model: ClassVar[type[models.Model]]
    ordering: ClassVar[tuple[str, ...]] = ("id",)
    filter_backends = (StrictFilters,)
    pagination_class = KeysetPages
    lookup_value_regex: ClassVar = UUID_PATTERN
    further_parameters: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def rows(cls, actor: Holder) -> QuerySet[M]:
        """The rows that the caller may see, with what the serializer needs: one statement."""
        raise NotImplementedError

    def get_queryset(self) -> QuerySet[M]:
        """As `rows`; nothing while the OpenAPI document is drawn up."""
        if getattr(self, "swagger_fake_view", False):
            return cast("QuerySet[M]", self.model._default_manager.none())
        return self.rows(caller(self.request))

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A page; reading about residents is written down, a line a request."""
        answer = super().list(request, *args, **kwargs)
        if reading.tells_of_residents(self.model):
            reading.listed(request, self.kind, len(answer.data["results"]))
        return answer

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One row; a resident's is written down (opening the archive itself already is, see `residents`)."""
        answer = super().retrieve(request, *args, **kwargs)
        if reading.tells_of_residents(self.model) and "patient" in answer.data:
            reading.opened_one(request, self.kind, answer.data)
        return answer
