"""Visits and what was measured, at visits and outside them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject
from django.http import Http404
from django_filters.rest_framework import filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from accounts.tokens import Holder
from alliances.permissions import Permission
from exchange.api.access import caller
from exchange.api.paging import KeysetPages, bad_cursor, size_of, unpacked
from exchange.api.rows import UUID_PATTERN, PatientFilters, Resource, Row, StrictFilters
from followups.overrides import decided_beside
from patients.models import Encounter, Observation
from patients.models.encounter import TYPED_READINGS, Method, ObservationSource
from patients.programmes import Programme
from patients.readings import READINGS

EXTRAS = (
    "practitioner_name", "pregnant", "lactating", "adverse_reaction_text", "hypoglycaemia", "foot_pulse",
    "cigarettes_per_day", "alcohol_per_day", "exercise_per_week", "exercise_minutes", "salt", "staple_food", "mood",
    "compliance", "findings", "note",
)  # fmt: skip


class WishRow(serializers.Serializer[dict[str, Any]]):
    def get_fields(self) -> dict[str, Any]:
        """`class` is a word that Python keeps for itself."""
        return {
            "class": serializers.CharField(),
            "action": serializers.CharField(allow_null=True),
        }


class DecidedRow(serializers.Serializer[dict[str, Any]]):
    """What a doctor decided otherwise than the protocol, as it is sent, with who, when, and the protocol's date."""

    reason = serializers.CharField()
    programmes = serializers.DictField(child=WishRow(), help_text="What counts, by programme.")
    next_due_on = serializers.DateField(allow_null=True)
    protocol_due_on = serializers.DateField(allow_null=True)
    by = serializers.CharField()
    at = serializers.DateTimeField()


class EncounterRow(Row[Encounter]):
    """A visit. `observations` are its readings by name, in the units of `/observations/`; what was not taken is absent."""

    observations = serializers.SerializerMethodField()
    override = serializers.SerializerMethodField(
        help_text="What a doctor decided otherwise than the protocol; absent where nobody did."
    )

    class Meta:
        model = Encounter
        fields = (
            "id", "patient", "organization", "care_team", "practitioner", "on", "method", "source", "recorded_at",
            "programmes", "observations", "symptoms", "danger_signs", "adverse_reaction", "new_complication",
            "medication_adherence", *EXTRAS, "override", "version",
        )  # fmt: skip
        sparse = (*EXTRAS, "override")

    @extend_schema_field(serializers.DictField(child=serializers.FloatField()))
    def get_observations(self, visit: Any) -> dict[str, float]:
        """Typed readings, then the further ones of the same visit."""
        readings = {name: _plain(value) for name, value in visit.observations().items()}
        return readings | {one["code"]: one["value"] for one in visit.further}

    @extend_schema_field(DecidedRow(allow_null=True))
    def get_override(self, visit: Any) -> dict[str, Any] | None:
        """The decision in the shape in which it is sent."""
        kept: list[dict[str, Any]] = visit.decided
        if not kept:
            return None
        day = next((one for one in kept if not one["programme"]), {})
        return {
            "reason": kept[0]["reason"],
            "programmes": {
                one["programme"]: {"class": one["class"], "action": one["action"]}
                for one in kept
                if one["programme"]
            },
            "next_due_on": day.get("due_on"),
            "protocol_due_on": day.get("protocol_due_on"),
            "by": kept[0]["by"],
            "at": kept[0]["at"],
        }


def _plain(value: Any) -> int | float:
    return value if isinstance(value, int) else float(value)


class EncounterFilters(PatientFilters):
    on = filters.DateFromToRangeFilter(label="Day of the visit, both ends included.")
    method = filters.ChoiceFilter(choices=Method.choices)
    programme = filters.ChoiceFilter(
        choices=Programme.choices, method="serving", label="Visits that served the programme."
    )

    def serving(self, queryset: QuerySet[Encounter], _name: str, programme: str) -> QuerySet[Encounter]:
        """Visits that served the programme."""
        return queryset.filter(programmes__contains=[programme])


class EncounterView(Resource[Encounter]):
    """Follow-up visits, newest first. Written through `sync/push`."""

    kind = "encounter"
    model = Encounter
    serializer_class = EncounterRow
    filterset_class = EncounterFilters
    ordering = ("-on", "-id")
    permissions = (Permission.PATIENT_OPEN,)

    @classmethod
    def rows(cls, actor: Holder) -> QuerySet[Encounter]:
        further = Observation.objects.visible_to(actor).filter(encounter=OuterRef("pk")).order_by("code")
        pairs = ArraySubquery(further.values(pair=JSONObject(code="code", value="value")))
        return Encounter.objects.visible_to(actor).annotate(further=pairs, decided=decided_beside())


@dataclass(frozen=True)
class Measured:
    """One measured value, wherever it is stored: one of the ten of a visit's form, or a row of its own."""

    id: str
    patient: UUID
    organization: int
    encounter: UUID | None
    code: str
    value: float
    at: datetime
    source: str
    version: int

    @property
    def unit(self) -> str:
        """The one unit of this kind of value."""
        return READINGS[self.code].unit

    @property
    def loinc(self) -> str:
        """LOINC, where facts 8.4 knows one."""
        return READINGS[self.code].loinc

    @property
    def key(self) -> tuple[str, str]:
        """The place in the list: by row, then by kind of value."""
        row, _dot, code = self.id.partition(".")
        return row, code


class ObservationRow(serializers.Serializer[Measured]):
    """A measured value. Of a visit's form: `<encounter>.<code>`; every other one has a key of its own."""

    id = serializers.CharField()
    patient = serializers.UUIDField()
    organization = serializers.IntegerField()
    encounter = serializers.UUIDField(allow_null=True)
    code = serializers.CharField(help_text="A name of the readings, e.g. `systolic`.")
    loinc = serializers.CharField(allow_blank=True)
    value = serializers.FloatField()
    unit = serializers.CharField(allow_blank=True)
    at = serializers.DateTimeField(
        help_text="When it was measured; for a visit's readings when they were written down."
    )
    source = serializers.ChoiceField(choices=ObservationSource.choices)  # type: ignore[assignment]
    version = serializers.IntegerField()


class FurtherRow(Row[Observation]):
    """An observation with a row of its own, as the change feed carries it (a visit's ten readings travel with it)."""

    class Meta:
        model = Observation
        fields = ("id", "patient", "organization", "encounter", "code", "value", "at", "source", "version")


def typed_of(visit: Encounter, code: str = "") -> Iterator[Measured]:
    """The form's readings that were taken at the visit; only `code` where given."""
    for name in visit.observations():
        if code in ("", name):
            yield Measured(f"{visit.pk}.{name}", visit.patient_id, visit.organization_id, visit.pk, name,
                           float(getattr(visit, name)), visit.recorded_at, ObservationSource.VISIT, visit.version)  # fmt: skip


def further_of(row: Observation) -> Measured:
    """A stored observation in the same shape."""
    return Measured(str(row.pk), row.patient_id, row.organization_id, row.encounter_id, row.code, float(row.value),
                    row.at, row.source, row.version)  # fmt: skip


class ObservationPages(KeysetPages):
    """Merges two keyset pages, of visits with typed readings and of observations with rows of their own."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """Two statements at any page size: either side brings as many rows as the page could need at most."""
        self.request = request
        size = size_of(request)
        visits, further = queryset
        last: tuple[str, str] | None = None
        if cursor := request.query_params.get("cursor"):
            last = _last(unpacked(cursor, 2))
            visits, further = visits.filter(pk__lte=last[0]), further.filter(pk__lte=last[0])
        # The first row may have been read to its end by the page before; one row more tells of a next page.
        most = size + 2
        found = [
            one for visit in visits.order_by("-pk")[:most] for one in typed_of(visit, view.asked["code"])
        ]
        found += [further_of(row) for row in further.order_by("-pk")[:most]]
        found = sorted(
            (one for one in found if last is None or one.key < last), key=lambda one: one.key, reverse=True
        )
        if len(found) > size:
            self.next_key = found[size - 1].key
        return found[:size]


def _last(key: Sequence[Any]) -> tuple[str, str]:
    try:
        return str(UUID(str(key[0]))), str(key[1])
    except ValueError:
        raise bad_cursor() from None


class ObservationFilters(PatientFilters):
    encounter = filters.UUIDFilter(field_name="encounter_id", label="What was measured at one visit.")
    code = filters.ChoiceFilter(choices=[(name, name) for name in READINGS])
    source = filters.ChoiceFilter(choices=ObservationSource.choices)
    at = filters.IsoDateTimeFromToRangeFilter(label="When it was measured, both ends included.")


class ObservationView(Resource[Observation]):
    """Every measured value: the ten of the follow-up form (a part of their visit) and those with rows of their own
    (laboratory, home, device, further ones of a visit), newest key first. The units are fixed, see `unit`."""

    kind = "observation"
    model = Observation
    serializer_class = ObservationRow  # type: ignore[assignment]
    feed_serializer_class: ClassVar = FurtherRow
    filterset_class = ObservationFilters
    pagination_class = ObservationPages
    permissions = (Permission.PATIENT_OPEN,)
    lookup_value_regex = UUID_PATTERN + r"(?:\.[a-z0-9_]{1,30})?"

    @classmethod
    def rows(cls, actor: Holder) -> QuerySet[Observation]:
        return Observation.objects.visible_to(actor)

    def filter_queryset(self, queryset: Any) -> Any:
        """The two sides, each with the filters that were given."""
        further = super().filter_queryset(queryset)
        filterset = StrictFilters().get_filterset(self.request, queryset, self)
        filterset.is_valid()  # it is: the line above refuses what is not
        self.asked = filterset.form.cleaned_data
        return self._visits(), further

    def _visits(self) -> QuerySet[Encounter]:
        """Visits with a typed reading that the same filters let through."""
        code, moments = self.asked["code"], self.asked["at"]
        visits = Encounter.objects.visible_to(caller(self.request))
        if self.asked["source"] not in ("", ObservationSource.VISIT) or (code and code not in TYPED_READINGS):
            return visits.none()
        taken = Q()
        for name in [code] if code else TYPED_READINGS:
            taken |= Q(**{f"{name}__isnull": False})
        given = {
            "patient_id": self.asked["patient"],
            "pk": self.asked["encounter"],
            "recorded_at__gte": moments and moments.start,
            "recorded_at__lte": moments and moments.stop,
        }
        return visits.filter(taken, **{column: value for column, value in given.items() if value})

    def get_object(self) -> Any:
        """A stored observation, or one reading of a visit."""
        row, _dot, code = self.kwargs["pk"].partition(".")
        if not code:
            return further_of(_one(self.get_queryset(), row))
        visit = _one(Encounter.objects.visible_to(caller(self.request)), row)
        found = next(typed_of(visit, code), None)
        if found is None:
            raise Http404
        return found


def _one(rows: QuerySet[Any], pk: str) -> Any:
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


VIEWS = (EncounterView, ObservationView)
