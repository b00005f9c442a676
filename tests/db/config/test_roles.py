"""The two database roles: what the web role may not do, whatever the code says."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg2
import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase

from journal.models import AuditEvent

AUDIT = AuditEvent._meta.db_table


@pytest.fixture
def web(db: None) -> Iterator[psycopg2.extensions.connection]:
    """A connection to the test database as the role of DATABASE_URL; nothing it does is kept."""
    if not settings.DATABASE_ROLES_APART:
        pytest.skip("one role was given for everything")
    opened = psycopg2.connect(settings.DATABASE_URL, dbname=connection.settings_dict["NAME"])
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE {AUDIT} SET action = 'other'",
        f"DELETE FROM {AUDIT}",
        f"TRUNCATE {AUDIT}",
        f"ALTER TABLE {AUDIT} DISABLE TRIGGER ALL",
        f"DROP TABLE {AUDIT}",
        "DELETE FROM django_migrations",
        "CREATE TABLE mine (id int)",
        "SET session_replication_role = replica",
    ],
)
def test_the_web_role_is_refused(web: psycopg2.extensions.connection, statement: str) -> None:
    with web.cursor() as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
        cursor.execute(statement)


def test_the_web_role_adds_and_reads_audit_events(web: psycopg2.extensions.connection) -> None:
    columns = "action, agent_type, agent_id, agent_name, subject_kind, subject_id, detail"
    with web.cursor() as cursor:
        cursor.execute(f"INSERT INTO {AUDIT} ({columns}) VALUES ('seen', 'system', '', '', '', '', '{{}}')")
        cursor.execute(f"SELECT action FROM {AUDIT}")
        assert cursor.fetchall() == [("seen",)]


@pytest.mark.django_db
def test_the_web_role_may_write_rows_of_every_other_table() -> None:
    spared = {AUDIT, "django_migrations"}
    with connection.cursor() as cursor:
        tables = [table for table in connection.introspection.table_names(cursor) if table not in spared]
        rights = "INSERT, UPDATE, DELETE".split(", ")
        for table in tables:
            for right in rights:
                cursor.execute("SELECT has_table_privilege(%s, %s, %s)", [settings.DATABASE_WEB_ROLE, table, right])
                assert cursor.fetchone() == (True,), (table, right)


class AFlushBetweenTransactionalTests(TransactionTestCase):
    """Django empties the tables after such a test; the audit trail refuses that to everybody else."""

    def test_a_first_test_leaves_an_audit_event(self) -> None:
        AuditEvent.objects.create(action="first", agent_type="system")
        self.assertEqual(AuditEvent.objects.count(), 1)

    def test_a_second_test_finds_none(self) -> None:
        AuditEvent.objects.create(action="second", agent_type="system")
        self.assertEqual(AuditEvent.objects.count(), 1)
