"""What every test stands on: real servers, Django, and a database that can be emptied although it refuses to be."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import pytest

from config import messages
from tests import private_servers

# Conftest files of the folders below import models: Django must be ready when this file has been read.
if "PYTEST_XDIST_WORKER" in os.environ:
    private_servers.part_for_worker()
else:
    private_servers.start()
    messages.compile_stale()
# Playwright runs an event loop in the tests' thread; Django's ORM is used beside it, never inside it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()
# Not for what we start: a worker of pytest-xdist must read its own environment first, and the product's processes
# run with the product's settings.
del os.environ["DJANGO_SETTINGS_MODULE"]

from django.core.cache import cache  # noqa: E402
from django.db import connection  # noqa: E402

from tests.mail_peer import mail_peer  # noqa: E402, F401
from tests.world import committed_world, world  # noqa: E402, F401 - fixtures for every test


@pytest.fixture(autouse=True)
def _in_chinese() -> Iterable[None]:
    """Every test begins in the product's language, whatever a request before it switched to."""
    from django.utils import translation

    translation.activate("zh-hans")
    yield
    translation.activate("zh-hans")


@pytest.fixture(autouse=True)
def _calendar_as_published() -> Iterable[None]:
    """Every test begins with the published calendar, known already: no statement is spent on asking for days set by hand."""
    from alliances import workdays

    workdays.know({}, seconds=600)
    yield
    workdays.know({}, seconds=600)


@pytest.fixture
def empty_cache() -> Iterable[None]:
    """An empty cache, for tests of limits and counters."""
    cache.clear()
    yield
    cache.clear()


# Made by post_migrate, the same for every test; keeping them spares each transactional test a second of making them.
KEPT_TABLES = {"django_content_type", "auth_permission"}


@pytest.fixture(scope="session", autouse=True)
def _flush_past_the_guards() -> Iterable[None]:
    """Let a flush between transactional tests pass the triggers that keep the audit trail from being emptied.

    Only the owner of the tables can do that, and only in a session that says so.
    """
    operations = type(connection.ops)
    statements, flush = operations.sql_flush, operations.execute_sql_flush

    def without_kept(self: Any, style: Any, tables: Iterable[str], **options: Any) -> list[str]:
        return statements(self, style, [name for name in tables if name not in KEPT_TABLES], **options)

    def unguarded(self: Any, sql_list: Iterable[str]) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            try:
                flush(self, sql_list)
            finally:
                cursor.execute("RESET session_replication_role")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "sql_flush", without_kept)
        patch.setattr(operations, "execute_sql_flush", unguarded)
        patch.setattr("django.core.management.commands.flush.emit_post_migrate_signal", lambda *_, **__: None)
        yield
