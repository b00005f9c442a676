"""Old months of the audit trail leave the database whole, and only once they are exported and their seals hold.

Only the owner of the tables can drop a month: the web role must not be able to, so no worker does this (decision 0018).
"""

from datetime import date, datetime

from django.db import connection, transaction

from journal import months, seals, verification
from journal.models import AuditEvent, AuditSeal, RetiredMonth

_TABLE = AuditEvent._meta.db_table


class NotYet(Exception):
    """Why a month stays."""


def due(today: date) -> list[date]:
    """Months with a partition of their own that are older than what is kept, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [_TABLE]
        )
        names = [name for (name,) in cursor.fetchall()]
    found = [_month_of(name) for name in names if name.removeprefix(_TABLE + "_")[:1].isdigit()]
    return sorted(month for month in found if month < months.earliest(today))


def _month_of(partition: str) -> date:
    year, month = partition.removeprefix(_TABLE + "_").split("_")
    return date(int(year), int(month), 1)


@transaction.atomic
def retire(month: date, *, rows: int, digest: str, today: date, at: datetime) -> RetiredMonth:
    """Drop a month of which a file with so many rows and this SHA-256 was written. As the owner of the tables.

    NotYet when it must be kept longer, the file has another number of lines, or lines are not sealed;
    verification.Broken when the seals do not hold: then the month is evidence and stays.
    """
    if month >= months.earliest(today):
        raise NotYet(f"{month:%Y-%m} is to be kept")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '10s'")
        cursor.execute(f"LOCK TABLE {_TABLE} IN SHARE ROW EXCLUSIVE MODE")
    there = AuditEvent.objects.filter(
        at__gte=months.begin_of(month), at__lt=months.begin_of(months.before(month, -1))
    )
    if there.count() != rows:
        raise NotYet(f"{month:%Y-%m} has {there.count()} lines, the export {rows}: export it again")
    last = AuditSeal.objects.order_by("-number").first()
    sealed = sum(
        seal.months[f"{month:%Y-%m}"][0]
        for seal in AuditSeal.objects.filter(months__has_key=f"{month:%Y-%m}")
    )
    if last is None or sealed != rows:
        raise NotYet(f"{month:%Y-%m} has {rows - sealed} lines that are not sealed yet")
    verification.verify()
    row = RetiredMonth(
        month=month, rows=rows, export_digest=digest, seal_number=last.number, key_version=seals.newest_key(),
        retired_at=at,
    )  # fmt: skip
    row.mac = verification.mac_of_retirement(row)
    row.save(force_insert=True)
    partition = f"{_TABLE}_{month:%Y_%m}"
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {_TABLE} DETACH PARTITION {partition}")
        cursor.execute(f"DROP TABLE {partition}")
    return row
