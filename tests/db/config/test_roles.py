"""The two database roles: what the web role may not do, whatever the code says."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg2
import pytest
from django.conf import settings
from django.db import connection

from journal.models import AuditEvent, AuditSeal, RetiredMonth

AUDIT = AuditEvent._meta.db_table
SEALS = AuditSeal._meta.db_table
RETIRED = RetiredMonth._meta.db_table


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
        f"ALTER TABLE {AUDIT} DETACH PARTITION {AUDIT}_default",
        f"UPDATE {SEALS} SET mac = 'other'",
        f"DELETE FROM {SEALS}",
        f"TRUNCATE {SEALS}",
        f"ALTER TABLE {SEALS} DISABLE TRIGGER ALL",
        f"UPDATE {RETIRED} SET rows = 0",
        f"DELETE FROM {RETIRED}",
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


def test_the_web_role_adds_and_reads_seals(web: psycopg2.extensions.connection) -> None:
    columns = (
        "number, epoch, from_xact, to_xact, rows, months, form, key_version, previous_mac, mac, sealed_at"
    )
    with web.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {SEALS} ({columns}) VALUES (7, 1, 0, 9, 1, '{{}}', 1, 1, '', 'x', now())"
        )
        cursor.execute(f"SELECT number FROM {SEALS}")
        assert cursor.fetchall() == [(7,)]


def test_the_web_role_may_not_touch_a_month_of_the_trail_by_its_own_name(
    web: psycopg2.extensions.connection,
) -> None:
    """Rights on the partitioned table say nothing of its partitions: each is asked for itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [AUDIT]
        )
        months = [name for (name,) in cursor.fetchall()]
        assert len(months) > 12
        for month in months:
            for right in ("UPDATE", "DELETE", "TRUNCATE"):
                cursor.execute(
                    "SELECT has_table_privilege(%s, %s, %s)", [settings.DATABASE_WEB_ROLE, month, right]
                )
                assert cursor.fetchone() == (False,), (month, right)


@pytest.mark.django_db
def test_the_web_role_may_write_rows_of_every_other_table() -> None:
    spared = {AUDIT, SEALS, RETIRED, "django_migrations"}
    with connection.cursor() as cursor:
        tables = [table for table in connection.introspection.table_names(cursor) if table not in spared]
        rights = ["INSERT", "UPDATE", "DELETE"]
        for table in tables:
            for right in rights:
                cursor.execute(
                    "SELECT has_table_privilege(%s, %s, %s)", [settings.DATABASE_WEB_ROLE, table, right]
                )
                assert cursor.fetchone() == (True,), (table, right)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("action", ["first", "second"])
def test_a_transactional_test_finds_the_audit_trail_emptied_although_it_refuses(action: str) -> None:
    AuditEvent.objects.create(action=action, agent_type="system")
    assert list(AuditEvent.objects.values_list("action", flat=True)) == [action]
