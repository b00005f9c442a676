"""Sealing the audit trail: each minute the lines of ended transactions get an HMAC over them and the seal before.

A per-row chain would serialise every write of the product; this one asks nothing of those who write. Lines are taken
in the order (xact_id, id) and only below the snapshot horizon, as the change feed is read: a transaction that commits
late has a number at or above the horizon and falls into a later interval, never behind a seal. Each seal covers a
half-open interval of transaction numbers and begins where the one before ended, so a line that is slipped in later
lies inside a sealed interval. The key stands outside the database. What this can and cannot show: decision 0018.
"""

import hashlib
import hmac
import json
import logging
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.db import connection, transaction

from journal import feed
from journal.models import AuditSeal, Epoch

logger = logging.getLogger(__name__)

BATCH: Final = 5000
BATCHES_A_RUN: Final = 40
_LOCK: Final = 0x59494C5345414C  # "YILSEAL"
LOWEST, HIGHEST = -(2**63), 2**63 - 1

# What is sealed of a line, by form: every column, as text that means the same on every server. A further column needs a
# further form; seals of an earlier form stay readable by theirs. The last text is the month, by which digests are kept.
FORMS: Final[dict[int, dict[str, str]]] = {
    1: {
        "id": "id::text",
        "at": "to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
        "xact_id": "xact_id::text",
        "action": "action",
        "agent_type": "agent_type",
        "agent_id": "agent_id",
        "agent_name": "agent_name",
        "subject_kind": "subject_kind",
        "subject_id": "subject_id",
        "patient_id": "patient_id::text",
        "organization_id": "organization_id::text",
        "address": "address::text",
        "detail": "detail::text",
    }
}
FORM: Final = max(FORMS)
MONTH: Final = "to_char(at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM')"


class NoKey(RuntimeError):
    """No key for seals was given (YILIAN_SEAL_KEYS), or not the one of a seal's version."""


Line = tuple[int, tuple[str | None, ...], str]


class Span(NamedTuple):
    """Lines of one epoch between two transaction numbers (the second excluded)."""

    epoch: int
    from_xact: int
    to_xact: int
    floor: int = 0
    ceiling: int = HIGHEST

    def where(self) -> tuple[str, list[int]]:
        """The condition in SQL. The first epoch has no floor: a line with a made-up low id must not escape it."""
        text = "xact_id >= %s AND xact_id < %s AND id <= %s" + (" AND id > %s" if self.floor > 0 else "")
        return text, [self.from_xact, self.to_xact, self.ceiling, *([self.floor] if self.floor > 0 else [])]


class Tally:
    """Number and digest of lines, by month."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}
        self._digests: dict[str, Any] = {}

    def add(self, columns: tuple[str | None, ...], month: str) -> None:
        """One line; each column is led by its length, so that no two different lines give the same bytes."""
        digest = self._digests.setdefault(month, hashlib.sha256())
        self._rows[month] = self._rows.get(month, 0) + 1
        for column in columns:
            data = None if column is None else column.encode()
            digest.update(b"-;" if data is None else b"%d:%b;" % (len(data), data))

    @property
    def months(self) -> dict[str, list[Any]]:
        """{"2026-11": [number of lines, digest], …}, as a seal keeps it."""
        return {
            month: [self._rows[month], digest.hexdigest()] for month, digest in sorted(self._digests.items())
        }

    @property
    def rows(self) -> int:
        """All lines."""
        return sum(self._rows.values())


def lines(span: Span, form: int = FORM) -> Generator[Line, None, None]:
    """(xact_id, columns, month) of the span's lines in sealing order, streamed. Needs a transaction."""
    condition, values = span.where()
    columns = ", ".join(FORMS[form].values())
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            f"SELECT xact_id, {MONTH}, {columns} FROM journal_auditevent line "  # noqa: S608 - our own constants
            f"WHERE {condition} ORDER BY line.xact_id, line.id",
            values,
        )
        for xact_id, month, *texts in cursor:
            yield xact_id, tuple(texts), month


def signed(key_version: int, *parts: Any) -> str:
    """The HMAC-SHA256 over the parts with the key of the version. NoKey where it was not given."""
    key = settings.SEAL_KEYS.get(key_version)
    if key is None:
        raise NoKey(f"YILIAN_SEAL_KEYS has no key of version {key_version}")
    text = json.dumps([key_version, *parts], sort_keys=True, separators=(",", ":"))
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def mac_of(seal: AuditSeal) -> str:
    """The HMAC that a seal with these contents must have."""
    return signed(
        seal.key_version, "seal", seal.number, seal.epoch, seal.from_xact, seal.to_xact, seal.rows, seal.months,
        seal.form, seal.previous_mac, seal.sealed_at.astimezone(UTC).isoformat(),
    )  # fmt: skip


def newest_key() -> int:
    """The version that seals now."""
    if not settings.SEAL_KEYS:
        raise NoKey("YILIAN_SEAL_KEYS is not set")
    return max(settings.SEAL_KEYS)


@transaction.atomic
def seal_next(*, at: datetime, limit: int = BATCH) -> AuditSeal | None:
    """Seal the next lines, about `limit` of them but a transaction whole; None when there are none or another is at it."""
    version = newest_key()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return None
    last = AuditSeal.objects.order_by("-number").first()
    span = _next_span(last, limit)
    if span is None:
        return None
    tally = Tally()
    for _xact, columns, month in lines(span):
        tally.add(columns, month)
    seal = AuditSeal(
        number=last.number + 1 if last else 1, epoch=span.epoch, from_xact=span.from_xact, to_xact=span.to_xact,
        rows=tally.rows, months=tally.months, form=FORM, key_version=version,
        previous_mac=last.mac if last else "", sealed_at=at,
    )  # fmt: skip
    seal.mac = mac_of(seal)
    seal.save(force_insert=True)
    return seal


def seal_all(*, at: datetime, limit: int = BATCH, batches: int = BATCHES_A_RUN) -> list[AuditSeal]:
    """Seal what waits, each batch in a transaction of its own, at most `batches`; the newest is noted outside."""
    made: list[AuditSeal] = []
    while len(made) < batches and (seal := seal_next(at=at, limit=limit)) is not None:
        made.append(seal)
    if made:
        note(made[-1])
    return made


def note(seal: AuditSeal) -> None:
    """Say the newest seal outside the database, where removing it from the table does not remove it."""
    logger.info("audit seal %s up to transaction %s: %s", seal.number, seal.to_xact, seal.mac)
    if settings.SEAL_LOG:
        with Path(settings.SEAL_LOG).open("a", encoding="ascii") as file:
            file.write(f"{seal.sealed_at.astimezone(UTC).isoformat()} {seal.number} {seal.mac}\n")


def spans() -> list[Span]:
    """Everything there is to seal, by epoch; what came with a restored backup has no transaction still running."""
    later = Epoch.objects.filter(number__gt=1).order_by("number")
    begun = [(1, 0), *later.values_list("number", "audit_floor")]
    floors = [floor for _number, floor in begun]
    ceilings = [*floors[1:], HIGHEST]
    ends = [HIGHEST] * (len(begun) - 1) + [feed.horizon()]
    return [
        Span(number, LOWEST, end, floor, ceiling)
        for (number, _floor), end, floor, ceiling in zip(begun, ends, floors, ceilings, strict=True)
    ]


def _next_span(last: AuditSeal | None, limit: int) -> Span | None:
    for span in spans():
        if last is not None and span.epoch < last.epoch:
            continue
        if last is not None and span.epoch == last.epoch:
            span = span._replace(from_xact=last.to_xact)  # noqa: PLW2901 - the rest of it
        if span.from_xact < span.to_xact and (cut := _cut(span, limit)) is not None:
            return cut
    return None


def _cut(span: Span, limit: int) -> Span | None:
    """The beginning of the span with about `limit` lines: all of them, or up to a transaction that ends there."""
    first, following = _xact_at(span, 0), _xact_at(span, limit)
    if first is None:
        return None
    if following is None:
        return span
    return span._replace(to_xact=following if following > first else first + 1)


def _xact_at(span: Span, offset: int) -> int | None:
    condition, values = span.where()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT xact_id FROM journal_auditevent WHERE {condition} "  # noqa: S608 - our own constants
            "ORDER BY xact_id, id OFFSET %s LIMIT 1",
            [*values, offset],
        )
        found = cursor.fetchone()
    return int(found[0]) if found else None
