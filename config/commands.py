"""What a management command needs before Django is set up: nothing, a database, or the database as its owner.

Commands use DATABASE_URL, else the private PostgreSQL that runs for this folder, else one for their own duration.
"""

from __future__ import annotations

import enum
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config import embedded
from config.binaries import ServerError


class Needs(enum.Enum):
    """What must be there before a command runs."""

    NOTHING = "nothing"
    ROWS = "rows"  # an up-to-date database, as the web role
    TABLES = "tables"  # the database as it is, as its owner


# Commands that compute from their input or from the code alone. `makemigrations` would only compare with the
# database's history, which is the business of `migrate`.
_NOTHING = {
    "", "assess", "score", "check", "collectstatic", "diffsettings", "findstatic", "help", "makemigrations",
    "spectacular", "version",
}  # fmt: skip
_TABLES = {
    "dbshell", "flush", "migrate", "nanquan", "optimizemigration", "pgtrigger", "retire_audit", "showmigrations",
    "sqlflush", "sqlmigrate", "sqlsequencereset", "squashmigrations",
}  # fmt: skip


def needs(arguments: list[str]) -> Needs:
    """What the command line (without the program's name) needs."""
    command = arguments[0] if arguments else ""
    asks_for_help = command.startswith("-") or not {"-h", "--help", "--version"}.isdisjoint(arguments)
    if asks_for_help or (command in _NOTHING and "--database" not in arguments):
        return Needs.NOTHING
    return Needs.TABLES if command in _TABLES else Needs.ROWS


@contextmanager
def prepared(arguments: list[str]) -> Iterator[None]:
    """The environment in which the command can run, for the duration of this block. Raises ServerError.

    Must be entered in the main thread before Django's settings are read.
    """
    need = needs(arguments)
    if need is Needs.NOTHING:
        warnings.filterwarnings("ignore", "Got an error checking a consistent migration history")
        yield
        return
    if need is Needs.TABLES:
        os.environ["YILIAN_AS_OWNER"] = "1"
    if os.environ.get("DATABASE_URL"):
        if need is Needs.ROWS:
            bring_up_to_date()
        yield
        return
    with embedded.postgres() as variables:
        os.environ.update(variables)
        if need is Needs.ROWS:
            bring_up_to_date()
        yield


def bring_up_to_date() -> None:
    """Migrate the private database where it is behind; refuse a given one that is. Raises ServerError."""
    waiting = pending_migrations()
    if not waiting:
        return
    if os.environ.get("YILIAN_PRIVATE_DATABASE") != "1":
        raise ServerError(
            f"The database of DATABASE_URL lacks {len(waiting)} migrations, the first is {waiting[0]}.\n"
            "Run `python manage.py migrate` with DATABASE_OWNER_URL set."
        )
    print(f"Migrating the private database ({len(waiting)} migrations).", file=sys.stderr)
    migrate()


def pending_migrations() -> list[str]:
    """The migrations that the database lacks, as app.name. Raises ServerError when it cannot be asked."""
    # Only here: a command that needs nothing must not wait for Django's database layer.
    import django  # noqa: PLC0415
    from django.db import DatabaseError, connection  # noqa: PLC0415
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415

    django.setup()
    try:
        executor = MigrationExecutor(connection)
    except DatabaseError as fault:
        raise ServerError(f"The database of DATABASE_URL does not answer: {fault}".strip()) from None
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    connection.close()
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def migrate() -> None:
    """Apply all migrations as the owner, in a process of its own: this one is connected as the web role."""
    program = Path(__file__).resolve().parent.parent / "manage.py"
    command = [sys.executable, str(program), "migrate", "--no-input", "--verbosity", "0"]
    if subprocess.run(command, stdout=sys.stderr, check=False).returncode:
        raise ServerError("The database could not be migrated; the reason stands above.")
