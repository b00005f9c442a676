"""Versions of the settings: which is in force on a day, drafting, publishing, withdrawing.

A visit is judged by the version of its own day. Whoever judges one reads the timetable in the statement that reads the
person (`standing.standings`), so saving a visit costs no statement more and no process can be behind another.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from django.contrib.postgres.aggregates import JSONBAgg
from django.db import IntegrityError, connection, transaction
from django.db.models import CharField, F, QuerySet, Subquery, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, JSONObject
from django.utils.translation import gettext as _

from accounts.models import User
from followups.models import ProtocolVersion, VersionStatus
from followups.protocols import knobs
from followups.protocols.definition import DEFAULTS
from followups.protocols.versions import FIRST, Timetable, Version, settings_of
from journal import audit

# The day from which earlier visits count: as far back as any version looks that judges a visit of the day or later.
_LOOK_BACK: Final = """
(%s::date - make_interval(months => greatest(%s, (
    SELECT max((v.settings->>'again_within_months')::int) FROM followups_protocolversion v
    WHERE v.status = 'published' AND v.valid_from >= coalesce((
        SELECT max(b.valid_from) FROM followups_protocolversion b
        WHERE b.status = 'published' AND b.valid_from <= %s::date), '-infinity'::date)
))))::date
"""


class VersionRefused(ValueError):
    """A version that cannot be drafted, changed, published or withdrawn so; the text is for the person who tried."""


def looked_back_to(since: date) -> RawSQL:
    """The first day of the visits that the rules may ask for when a visit of `since` or later is judged."""
    return RawSQL(_LOOK_BACK, (since, DEFAULTS.again_within_months, since))  # noqa: S611 - no text of a user


def timetable_since(since: date) -> Subquery:
    """The versions in force on the day and later, as JSON text for `read_timetable`: part of another statement."""
    whole = JSONObject(number=F("pk"), valid_from=F("valid_from"), settings=F("settings"))
    rows = _since(since).order_by().annotate(one=Value(1)).values("one").annotate(rows=JSONBAgg(whole))
    return Subquery(rows.values(text=Cast("rows", CharField())), output_field=CharField(null=True))


def timetable() -> Timetable:
    """Every published version: one statement."""
    rows = (
        ProtocolVersion.objects.published().order_by("valid_from").values_list("pk", "settings", "valid_from")
    )
    return Timetable(tuple(Version(key, settings_of(values), day) for key, values, day in rows))


def in_force(*, on: date) -> Version:
    """The version that judges a visit of the day: one statement."""
    row = ProtocolVersion.objects.published().filter(valid_from__lte=on).order_by("-valid_from").first()
    return Version(row.pk, settings_of(row.settings), row.valid_from) if row else FIRST


def before(version: ProtocolVersion) -> dict[str, Any]:
    """What the settings say on the version's day without it: what it changes, or changed."""
    earlier = (
        ProtocolVersion.objects.published().filter(valid_from__lte=version.valid_from).exclude(pk=version.pk)
    )
    row = earlier.order_by("-valid_from").first()
    return row.settings if row else dict(knobs.as_values(DEFAULTS))


def _since(since: date) -> QuerySet[ProtocolVersion]:
    published = ProtocolVersion.objects.published()
    begun = published.filter(valid_from__lte=since).order_by("-valid_from").values("pk")[:1]
    return published.filter(valid_from__gt=since) | published.filter(pk__in=begun)


@transaction.atomic
def draft(
    values: Mapping[str, Any], *, valid_from: date, reason: str, by: User, at: datetime
) -> ProtocolVersion:
    """A new draft; it judges nothing. Raises SettingsError for values that cannot be."""
    row = ProtocolVersion.objects.create(
        settings=knobs.check(values),
        valid_from=valid_from,
        reason=reason.strip(),
        drafted_by=by,
        drafted_at=at,
    )
    _record("protocol.draft", row, by=by)
    return row


@transaction.atomic
def change(
    version: ProtocolVersion,
    values: Mapping[str, Any],
    *,
    valid_from: date,
    reason: str,
    by: User,
    at: datetime,
) -> ProtocolVersion:
    """Write a draft anew; its what-if is stale when a setting changed. Refused for what is no draft any more."""
    row = _draft(version)
    row.settings, row.valid_from, row.reason = knobs.check(values), valid_from, reason.strip()
    row.drafted_by, row.drafted_at = by, at
    row.save(update_fields=["settings", "valid_from", "reason", "drafted_by", "drafted_at"])
    _record("protocol.change", row, by=by)
    return row


@transaction.atomic
def publish(version: ProtocolVersion, *, by: User, on: date, at: datetime) -> ProtocolVersion:
    """Let a draft judge the visits from its day on, until the next published version begins.

    Refused when its day has passed, another one begins on that day, or it changes nothing.
    """
    row = _draft(version)
    if row.valid_from < on:
        raise VersionRefused(_("The day on which it takes effect has passed: choose today or a later day."))
    if not knobs.changed(row.settings, knobs.as_values(in_force(on=row.valid_from).settings)):
        raise VersionRefused(
            _("Every setting is as it stands on that day already: there is nothing to publish.")
        )
    row.status, row.published_by, row.published_at = VersionStatus.PUBLISHED, by, at
    try:
        with transaction.atomic():
            row.save(update_fields=["status", "published_by", "published_at"])
    except IntegrityError as error:
        if "protocolversion_one_a_day" not in str(error):
            raise
        raise VersionRefused(_("Another version begins on that day already: choose another day.")) from error
    _record("protocol.publish", row, by=by)
    return row


@transaction.atomic
def withdraw(version: ProtocolVersion, *, reason: str, by: User, on: date, at: datetime) -> ProtocolVersion:
    """Take back a published version before it begins. Refused from its day on: visits are judged by it."""
    row = ProtocolVersion.objects.select_for_update().get(pk=version.pk)
    if row.status != VersionStatus.PUBLISHED or row.valid_from <= on:
        raise VersionRefused(_("Only a published version that has not begun is withdrawn."))
    row.status, row.withdrawn_by, row.withdrawn_at = VersionStatus.WITHDRAWN, by, at
    row.withdrawal_reason = reason.strip()
    row.save(update_fields=["status", "withdrawn_by", "withdrawn_at", "withdrawal_reason"])
    _record("protocol.withdraw", row, by=by)
    return row


@transaction.atomic
def discard(version: ProtocolVersion, *, by: User) -> None:
    """Throw a draft away with its what-if. Refused for what is no draft any more."""
    row = _draft(version)
    _record("protocol.discard", row, by=by)
    row.delete()


def locked_draft(version_id: int) -> ProtocolVersion:
    """The draft under lock, inside the running transaction. VersionRefused for what is no draft any more."""
    assert connection.in_atomic_block  # noqa: S101 - a lock without a transaction locks nothing
    row = ProtocolVersion.objects.select_for_update().filter(pk=version_id).first()
    if row is None or row.status != VersionStatus.DRAFT:
        raise VersionRefused(_("This version is not a draft any more."))
    return row


def _draft(version: ProtocolVersion) -> ProtocolVersion:
    return locked_draft(version.pk)


def _record(action: str, row: ProtocolVersion, *, by: User) -> None:
    detail = {"valid_from": row.valid_from.isoformat(), "reason": row.reason}
    audit.record(action, by=by, subject=row, detail=detail)
