"""The tree of administration: what stands below some organizations, and the lock under which it changes."""

from collections.abc import Collection
from typing import Final

from django.db import connection
from django.db.models.expressions import RawSQL

# UNION, not UNION ALL: organizations reached twice count once.
_BELOW: Final = """
WITH RECURSIVE below AS (
    SELECT id FROM alliances_organization WHERE id = ANY(%s)
    UNION SELECT child.id FROM alliances_organization child JOIN below ON child.parent_id = below.id
) SELECT id FROM below
"""
#: The number of the advisory lock that whoever changes a parent holds; the trigger of the table takes it too.
TREE_LOCK: Final = 1_130_013


def below(roots: Collection[int]) -> RawSQL:
    """The roots and everything below them, for a condition `pk__in=below(…)`: part of the query it is used in."""
    return RawSQL(_BELOW, (list(roots),))  # noqa: S611


def ids_below(roots: Collection[int]) -> set[int]:
    """The roots and everything below them: one recursive query, none for no roots."""
    if not roots:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_BELOW, [list(roots)])
        return {row[0] for row in cursor.fetchall()}


def lock() -> None:
    """Wait until nobody else changes the tree; held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TREE_LOCK])
