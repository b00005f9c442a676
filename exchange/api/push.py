"""`POST sync/push`: records of another system, each with its own outcome."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import ApiClient, ClientScope
from accounts.tokens import Holder
from alliances.permissions import Permission
from exchange.api.access import Guarded, caller
from exchange.api.problems import FieldError, Unprocessable
from exchange.api.steps import AppointmentView
from exchange.api.visits import EncounterView
from exchange.idempotency import LONGEST, KeyReused, once
from exchange.models import SyncClient
from exchange.pushing import KINDS, Outcome, push

MOST = 1000


class PushRecord(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=[(kind, kind) for kind in KINDS])
    id = serializers.UUIDField(
        help_text="The sender's own key, best a UUIDv7. The same again is the same record."
    )
    base_version = serializers.IntegerField(
        allow_null=True, help_text="The version it builds on; null for a new record."
    )
    data = serializers.DictField(  # type: ignore[assignment]
        help_text="patient, on, method, recorded_at (with offset); observations, symptoms, danger_signs, "
        "adverse_reaction, new_complication, medication_adherence and the other keys of an encounter. Keys left out "
        "mean none. What only the server knows (organization, version, …) may stand there and is not read. "
        "`override` is what a doctor decided otherwise than the protocol: reason, programmes (class and action by "
        "programme) and next_due_on, any of the two alone. In an amendment a decision that is left out or sent back "
        "unchanged stands while the protocol says what it said; null takes it back. "
        "Of an appointment: planned_on, the working day on which a due follow-up is meant to be done, from today on and "
        "within four months; base_version is needed. Its due_on is the protocol's or the doctor's decision."
    )


class PushRequest(serializers.Serializer[Any]):
    records = PushRecord(many=True)


class PushResult(serializers.Serializer[Any]):
    id = serializers.CharField()
    status = serializers.ChoiceField(
        choices=[(word, word) for word in ("created", "updated", "identical", "conflict", "rejected")]
    )
    version = serializers.IntegerField(allow_null=True, help_text="The version that stands now.")
    errors = FieldError(many=True)  # type: ignore[assignment]
    server = serializers.DictField(
        allow_null=True, help_text="At a conflict: the record that stands, if the caller may see it."
    )


class PushAnswer(serializers.Serializer[Any]):
    results = PushResult(many=True)


class PushView(Guarded):
    """Push."""

    permissions = (Permission.VISIT_RECORD,)
    client_scope = ClientScope.WRITE

    @extend_schema(
        request=PushRequest,
        responses=PushAnswer,
        parameters=[
            OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER,
                             description="The same key with the same body gets the first answer again, for 7 days; "
                             "with another body 422."),
        ],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Record visits, and plan due follow-ups for days. Each record is judged by itself; one that is rejected keeps no other out.

        `created`: new. `updated`: an amendment on the version that stood. `identical`: it stands like this already.
        `conflict`: another version stands, see `server`; nothing was written. `rejected`: see `errors`.
        """
        key = request.headers.get("Idempotency-Key", "")
        if len(key) > LONGEST or not key.isprintable():
            raise ValidationError(
                {"Idempotency-Key": [_("At most %(most)s printable characters.") % {"most": LONGEST}]}
            )
        raw = request._request.body
        records = _records(request.data)
        try:
            results, again = once(caller(request), key, raw, lambda: _push(records, caller(request)))
        except KeyReused:
            raise Unprocessable(
                _("This Idempotency-Key came with another request before."), "idempotency-key-reused"
            ) from None
        return Response({"results": results}, headers={"Idempotency-Replayed": "true"} if again else None)


def _records(body: Any) -> Sequence[Any]:
    records = body.get("records") if isinstance(body, dict) else None
    if not isinstance(records, list):
        raise ValidationError({"records": [_("A list is expected.")]})
    if len(records) > MOST:
        raise ValidationError({"records": [_("At most %(most)s records at once.") % {"most": MOST}]})
    return records


def _push(records: Sequence[Any], by: Holder) -> list[dict[str, Any]]:
    at = timezone.now()
    outcomes = push(records, by=by, at=at)
    if isinstance(by, ApiClient):
        row = SyncClient(client=by, pushed_at=at)
        SyncClient.objects.bulk_create(
            [row], update_conflicts=True, unique_fields=["client"], update_fields=["pushed_at"]
        )
    standing = _standing([outcome for outcome in outcomes if outcome.clash], by)
    return [_result(outcome, standing) for outcome in outcomes]


def _standing(clashes: Sequence[Outcome], by: Holder) -> dict[str, Any]:
    """What stands where there is a conflict, as its resource shows it."""
    if not clashes:
        return {}
    found: dict[str, Any] = {}
    views: tuple[Any, ...] = (EncounterView, AppointmentView)
    for view in views:
        if keys := [outcome.clash for outcome in clashes if outcome.kind == view.kind]:
            rows = view.serializer_class(view.rows(by).filter(pk__in=keys), many=True).data
            found |= {row["id"]: dict(row) for row in rows}
    return found


def _result(outcome: Outcome, standing: dict[str, Any]) -> dict[str, Any]:
    server = standing.get(str(outcome.clash)) if outcome.clash else None
    version = server["version"] if server else outcome.version
    return {
        "id": outcome.id,
        "status": outcome.status,
        "version": version,
        "errors": outcome.errors,
        "server": server,
    }
