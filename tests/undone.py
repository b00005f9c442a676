"""Rows that the tests of a module share: made once, in a transaction around all of them that is taken back in the end.

A test asks for `db` beside them: then it runs in a savepoint of its own and leaves no trace for the next.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction


@contextmanager
def undone() -> Iterator[None]:
    """What is written inside is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
