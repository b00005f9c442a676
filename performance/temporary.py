"""A database for the duration of a block: created beside the configured one, migrated, dropped whatever happens."""

import secrets
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connection
from psycopg2 import sql


@contextmanager
def database(prefix: str) -> Iterator[str]:
    """Work in a new, migrated database of the same server; yields its name.

    Where this is the main thread, SIGTERM leaves the block in order too. The role must be allowed to create databases. Raises django.db.Error when it is not.
    """
    usual, name = connection.settings_dict["NAME"], f"{prefix}_{secrets.token_hex(6)}"
    with _leaving_in_order():
        _on_the_server("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'", name)
        try:
            _switch_to(name)
            call_command("migrate", verbosity=0, interactive=False)
            yield name
        finally:
            _switch_to(usual)
            _on_the_server("DROP DATABASE IF EXISTS {name} WITH (FORCE)", name)


@contextmanager
def _leaving_in_order() -> Iterator[None]:
    """Have SIGTERM end the program as an exception does, so that what must be undone is."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _switch_to(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def _on_the_server(statement: str, name: str) -> None:
    """Run a statement about a database outside of any database of ours."""
    with connection._nodb_cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(name=sql.Identifier(name)).as_string(cursor.connection))
