"""Changing the keys of identities while everybody works: every row is sealed and indexed again under the newest keys.

Rows are taken in small committed batches, so that a run which was killed is finished by the next one: what is still to
be done is told by the rows themselves. Apps above that keep sealed values of their own register a `Store`.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet
from psycopg2.extras import execute_values

from journal import audit
from patients.identity import COLUMNS, new_identity, plain
from patients.models import Identity
from patients.sealing import newest_index_version, newest_version

BATCH: Final = 500
_SET = ", ".join(f"{column} = new.{column}" for column in COLUMNS)
_CASTS = ", ".join("%s::int" if column.endswith("_version") else "%s::bytea" for column in COLUMNS)
_UPDATE = (
    f"UPDATE patients_identity AS old SET {_SET}"  # noqa: S608 - names of this module, values are parameters
    f" FROM (VALUES %s) AS new (patient_id, {', '.join(COLUMNS)}) WHERE old.patient_id = new.patient_id"
)


@dataclass(frozen=True)
class Store:
    """Sealed values that another app keeps: how many there are by key version, and sealing those of old keys again."""

    name: str
    in_use: Callable[[], dict[int, int]]
    reseal: Callable[[], int]


_stores: dict[str, Store] = {}


def register(store: Store) -> None:
    """Have `rotate` take care of sealed values of an app above; called once, in `AppConfig.ready()`."""
    if _stores.setdefault(store.name, store) is not store:
        raise ValueError(f"{store.name} registered twice")


@dataclass
class Outcome:
    """What a run did, and which key versions are used now: how many values are sealed, rows indexed, under each."""

    identities: int = 0
    seconds: float = 0.0
    stores: dict[str, int] = field(default_factory=dict)
    sealed: Counter[int] = field(default_factory=Counter)
    indexed: Counter[int] = field(default_factory=Counter)

    @property
    def unused_identity_keys(self) -> list[int]:
        """Old versions that seal nothing any more."""
        return sorted(set(settings.IDENTITY_KEYS) - set(self.sealed) - {newest_version()})

    @property
    def unused_index_keys(self) -> list[int]:
        """Old versions that nobody is found through any more; none while a row is not at the newest."""
        newest = newest_index_version()
        return sorted(set(settings.INDEX_KEYS) - {newest}) if set(self.indexed) <= {newest} else []


def rotate(*, progress: Callable[[int, int], None] = lambda done, total: None) -> Outcome:
    """Bring everything to the newest keys. Harmless to run twice or at the same time, and after a run that was killed.

    `BrokenSeal` when a row is sealed under a key that is not there: everything before it is done.
    """
    outcome, begun = Outcome(), time.monotonic()
    total = _old().count()
    progress(0, total)
    for done in _passes():
        outcome.identities += done
        progress(outcome.identities, total)
    outcome.seconds = time.monotonic() - begun
    for store in _stores.values():
        outcome.stores[store.name] = store.reseal()
        outcome.sealed.update(store.in_use())
    rows = Identity.objects.order_by()
    outcome.sealed.update(dict(rows.values_list("key_version").annotate(n=Count("*"))))
    outcome.indexed.update(dict(rows.values_list("index_version").annotate(n=Count("*"))))
    return outcome


def _old() -> QuerySet[Identity]:
    """Rows that are not at the newest keys."""
    return Identity.objects.exclude(key_version=newest_version(), index_version=newest_index_version())


def _passes() -> Iterator[int]:
    """First whatever nobody holds; then, one by one, the rows that were held, waiting for each.

    A row is waited for with no other one in hand: nobody's transaction is ever made to give way.
    """
    yield from _walk(BATCH, skip_locked=True)
    yield from _walk(1, skip_locked=False)


def _walk(size: int, *, skip_locked: bool) -> Iterator[int]:
    after: UUID | None = None
    while True:
        keys = _old().filter(Q() if after is None else Q(pk__gt=after))
        ids = list(keys.order_by("pk").values_list("pk", flat=True)[:size])
        if not ids:
            return
        after = ids[-1]
        yield _renew(ids, skip_locked=skip_locked)


@transaction.atomic
def _renew(ids: list[UUID], *, skip_locked: bool) -> int:
    """Seal and index some rows again, as they are now; one audit line."""
    rows = _old().filter(pk__in=ids).order_by("pk").select_for_update(skip_locked=skip_locked, of=("self",))
    held = list(rows)
    if not held:
        return 0
    organizations = dict(
        Identity.objects.filter(pk__in=[row.pk for row in held]).values_list("pk", "patient__organization_id")
    )
    renewed = (new_identity(row.pk, organizations[row.pk], plain(row)) for row in held)
    _write(renewed)
    detail = {"rows": len(held), "key": newest_version(), "index": newest_index_version()}
    audit.record("identity.rotate_keys", by=None, detail=detail)
    return len(held)


def _write(rows: Iterable[Identity]) -> None:
    values = [(row.pk, *(getattr(row, column) for column in COLUMNS)) for row in rows]
    with connection.cursor() as cursor, connection.wrap_database_errors:
        execute_values(cursor.cursor, _UPDATE, values, template=f"(%s::uuid, {_CASTS})", page_size=BATCH)
