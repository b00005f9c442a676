"""Reading the change feed without losing rows that commit late.

A cursor is `(epoch, xact_id, seq)`. A reader takes only rows of transactions that every later snapshot sees as ended
(`xact_id` below the horizon), so a slow writer's rows cannot slip in behind a cursor that has passed.
"""

from typing import NamedTuple

from django.db import connection, models
from django.db.models import Q
from django.db.models.expressions import RawSQL

from journal.models import AuditEvent, Change, Epoch


class Cursor(NamedTuple):
    """How far a reader has come. Compares in feed order."""

    epoch: int = 0
    xact_id: int = 0
    seq: int = 0

    def __str__(self) -> str:
        return f"{self.epoch}.{self.xact_id}.{self.seq}"

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """From `str(cursor)`; ValueError for anything else, the start of the feed for an empty text."""
        if not text:
            return cls()
        epoch, xact_id, seq = (int(part) for part in text.split("."))
        return cls(epoch, xact_id, seq)


def changes(after: Cursor, *, below: int | None = None) -> models.QuerySet[Change]:
    """Settled changes after the cursor, in feed order. `below` fixes the horizon for several queries in a row."""
    horizon = RawSQL("pg_snapshot_xmin(pg_current_snapshot())::text::bigint", []) if below is None else below
    later = Q(epoch__gt=after.epoch) | Q(epoch=after.epoch) & (
        Q(xact_id__gt=after.xact_id) | Q(xact_id=after.xact_id, seq__gt=after.seq)
    )
    return Change.objects.filter(later, xact_id__lt=horizon).order_by("epoch", "xact_id", "seq")


def horizon() -> int:
    """The lowest transaction id that may still be running; everything below it has ended."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return int(cursor.fetchone()[0])


def epoch() -> int:
    """The running epoch: 1, raised with every restore of a backup."""
    return Epoch.objects.aggregate(number=models.Max("number"))["number"] or 1


def begin_epoch() -> Epoch:
    """Begin the next epoch: to be called once after a backup was restored, before anybody works on the database.

    Transaction numbers may begin anew in a restored cluster; the audit lines that came with the backup are told from
    later ones by their ids.
    """
    last = AuditEvent.objects.aggregate(last=models.Max("id"))["last"] or 0
    return Epoch.objects.create(number=epoch() + 1, audit_floor=last)
