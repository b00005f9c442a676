"""`GET sync/changes`: what changed for the caller's organization since its cursor, each row as it stands now."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import ApiClient
from accounts.tokens import Holder
from alliances.permissions import Permission
from alliances.scope import scope_of
from exchange.api.access import Guarded, caller
from exchange.api.problems import Gone
from exchange.api.reading import pulled
from exchange.api.registry import FEED
from exchange.api.residents import identities_open, opened
from exchange.models import SyncClient
from journal import feed
from journal.feed import Cursor
from journal.models import AuditEvent, Change, ChangeOp
from patients.models import Patient

PAGE = 500
LARGEST = 1000
BIGINT = 2**63


class Key(NamedTuple):
    """What a change is about."""

    kind: str
    id: str


class ChangeRow(serializers.Serializer[Any]):
    """`upsert` brings the row as it stands now; `delete`: it exists no more; `evict`: it is no longer the caller's to see.

    An evicted or deleted patient takes every row of that patient along.
    """

    kind = serializers.ChoiceField(choices=[(kind, kind) for kind in FEED])
    id = serializers.CharField()
    op = serializers.ChoiceField(choices=ChangeOp.choices)
    version = serializers.IntegerField()
    data = serializers.DictField(  # type: ignore[assignment]
        allow_null=True, help_text="The row as its resource shows it; null unless upsert."
    )


class Changes(serializers.Serializer[Any]):
    changes = ChangeRow(many=True)
    cursor = serializers.CharField(allow_blank=True, help_text="Give it back next time. Opaque.")
    has_more = serializers.BooleanField(help_text="There is more already: ask again at once.")


class ChangesView(Guarded):
    """Pull."""

    permissions = (Permission.PATIENT_OPEN,)

    @extend_schema(
        responses=Changes,
        parameters=[
            OpenApiParameter("cursor", str, description="Of the last answer; empty from the beginning."),
            OpenApiParameter("limit", int, description=f"Changes looked at, 1 to {LARGEST}; default {PAGE}."),
        ],
    )
    def get(self, request: Request) -> Response:
        """Changes since the cursor, each object once and as it stands now.

        The feed holds back what a transaction still running could precede, so that no change is ever skipped.
        """
        scope = scope_of(caller(request))
        if not scope.organization_ids:
            raise NotFound  # a department reads single records, it keeps no copy
        after, limit = cursor_of(request), limit_of(request)
        found = feed.changes(after).filter(organization_id__in=scope.organization_ids, kind__in=list(FEED))
        lines = list(found[: limit + 1])
        page = lines[:limit]
        cursor = str(Cursor(page[-1].epoch, page[-1].xact_id, page[-1].seq)) if page else _text(after)
        answer = {"changes": rows_of(page, caller(request)), "cursor": cursor, "has_more": len(lines) > limit}
        if page:
            pulled(caller(request), len(page))
        remember(caller(request), cursor)
        return Response(answer)


def cursor_of(request: Request) -> Cursor:
    """The caller's cursor. 400 when it is none, 410 when it comes from before a restore."""
    text = request.query_params.get("cursor", "")
    try:
        after = Cursor.parse(text)
    except ValueError:
        after = Cursor(-1)
    if not all(0 <= part < BIGINT for part in after):
        raise ValidationError({"cursor": [_("This is not a cursor of the change feed.")]})
    if text and after.epoch != feed.epoch():
        raise Gone(
            _("The archive was restored from a backup: read again from an empty cursor."), "cursor-gone"
        )
    return after


def limit_of(request: Request) -> int:
    """How many changes are looked at."""
    text = request.query_params.get("limit", str(PAGE))
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise ValidationError(
            {"limit": [_("A whole number from 1 to %(most)s is expected.") % {"most": LARGEST}]}
        )
    return min(int(text), LARGEST)


def rows_of(page: Sequence[Change], actor: Holder) -> list[dict[str, Any]]:
    """One line an object, at the place of its latest change: one statement for each kind on the page."""
    latest: dict[Key, Change] = {}
    for change in page:
        key = Key(change.kind, change.object_id)
        latest.pop(key, None)
        latest[key] = change
    rows = {
        kind: _current(kind, [key.id for key in latest if key.kind == kind], actor)
        for kind in {k.kind for k in latest}
    }
    return [_line(change, rows[key.kind].get(key.id)) for key, change in latest.items()]


def _current(kind: str, ids: Iterable[str], actor: Holder) -> dict[str, dict[str, Any]]:
    """The rows that the caller may see, as their resource writes them."""
    view = FEED[kind]
    objects = list(view.rows(actor).filter(pk__in=list(ids)))
    if kind == Patient._meta.model_name:
        AuditEvent.objects.bulk_create(opened(actor, objects))
    serializer: Any = getattr(view, "feed_serializer_class", view.serializer_class)
    written = serializer(objects, many=True, context={"identities_open": identities_open(actor)}).data
    return {str(row["id"]): row for row in written}


def _line(change: Change, row: dict[str, Any] | None) -> dict[str, Any]:
    """What is true now, whatever the change said: a row that came back since is shown, one that left is not."""
    op, version = ChangeOp.UPSERT.value, change.version
    if row is None:
        op = ChangeOp.DELETE.value if change.op == ChangeOp.DELETE else ChangeOp.EVICT.value
    else:
        version = row["version"]
    return {"kind": change.kind, "id": change.object_id, "op": op, "version": version, "data": row}


def _text(cursor: Cursor) -> str:
    return str(cursor) if cursor != Cursor() else ""


def remember(actor: Holder, cursor: str) -> None:
    """How far a system has read, for the operator to see."""
    if isinstance(actor, ApiClient):
        row = SyncClient(client=actor, cursor=cursor, pulled_at=timezone.now())
        SyncClient.objects.bulk_create(
            [row], update_conflicts=True, unique_fields=["client"], update_fields=["cursor", "pulled_at"]
        )
