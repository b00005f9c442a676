"""Rights of the web role: rows yes, tables no, and no second thoughts in the audit trail.

The owner migrates and thereby creates tables; after each migration the web role gets what it needs on all of them.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from psycopg2 import sql

# What is written once: the web role may add and read.
APPEND_ONLY_MODELS = [("journal", "AuditEvent"), ("journal", "AuditSeal"), ("journal", "RetiredMonth")]


def grant_after_migrate(using: str, **_: Any) -> None:
    """Receiver of post_migrate: grants the web role its rights where it is another role than the one migrating.

    Does nothing with one role for everything (`check --deploy` warns of that).
    """
    role = settings.DATABASE_WEB_ROLE
    if not settings.DATABASE_ROLES_APART or not role:
        return
    tables = [apps.get_model(*name)._meta.db_table for name in APPEND_ONLY_MODELS]
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s AND rolname <> current_user", [role])
        if cursor.fetchone():
            present = set(connections[using].introspection.table_names(cursor))
            append_only = [table for table in tables if table in present]
            append_only += _partitions(cursor, append_only)
            cursor.execute(grants(role, append_only).as_string(cursor.connection))


def _partitions(cursor: Any, tables: list[str]) -> list[str]:
    """The months of partitioned tables: rights on the whole say nothing of a part asked for by its own name."""
    cursor.execute(
        "SELECT c.relname FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid "
        "JOIN pg_class p ON p.oid = inhparent AND p.relkind = 'p' WHERE p.relname = ANY(%s)",
        [tables],
    )
    return [name for (name,) in cursor.fetchall()]


def grants(role: str, append_only: list[str]) -> sql.Composed:
    """The statements that give `role` its rights in the schema public, and take back those of `append_only`."""
    names = {
        "role": sql.Identifier(role),
        "migrations": sql.Identifier(MigrationRecorder.Migration._meta.db_table),
    }
    statements = [
        "GRANT USAGE ON SCHEMA public TO {role};",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role};",
        "REVOKE INSERT, UPDATE, DELETE ON {migrations} FROM {role};",
    ]
    parts: list[sql.Composable] = [sql.SQL(statement).format(**names) for statement in statements]
    for name in append_only:
        table = sql.Identifier(name)
        parts.append(
            sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role};").format(table=table, **names)
        )
    return sql.SQL("\n").join(parts)
