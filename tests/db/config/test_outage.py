"""What a reader sees while PostgreSQL is away, and that it all comes back without a restart."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from config.outage import is_outage
from config.servers import free_port

PROJECT = Path(__file__).resolve().parents[3]
OUTAGE_DATABASE = "outage"


def asks(request: HttpRequest) -> HttpResponse:
    """A view that needs the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("answered")


def remembers(request: HttpRequest) -> HttpResponse:
    """A view that leaves the writing to the session's middleware."""
    request.session["seen"] = True
    return HttpResponse("answered")


def breaks(request: HttpRequest) -> HttpResponse:
    """A view with a fault of its own."""
    raise ValueError("a fault of ours")


urlpatterns = [
    path("asks", asks),
    path("api/v1/asks", asks),
    path("remembers", remembers),
    path("breaks", breaks),
]
handler500 = "config.outage.server_error"


@pytest.fixture
def reader() -> Client:
    """A client that gets the answer a browser would get."""
    return Client(raise_request_exception=False)


@pytest.fixture
def no_postgresql(transactional_db: None) -> Iterator[dict[str, Any]]:
    """Nothing listens where the database was."""
    facts = connection.settings_dict
    port = facts["PORT"]
    connection.close()
    facts["PORT"] = "1"
    yield facts
    facts["PORT"] = port
    connection.close()


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("address", ["/asks", "/remembers"])
def test_a_page_says_in_chinese_that_the_database_does_not_answer(
    reader: Client, no_postgresql: dict[str, Any], address: str
) -> None:
    answer = reader.get(address)
    assert answer.status_code == 503
    assert 'lang="zh-hans"' in answer.content.decode()
    assert "数据库" in answer.content.decode()
    assert answer["Retry-After"]


@pytest.mark.urls(__name__)
def test_the_page_speaks_the_readers_language(reader: Client, no_postgresql: dict[str, Any]) -> None:
    answer = reader.get("/asks", headers={"accept-language": "en"})
    assert "The database does not answer" in answer.content.decode()


@pytest.mark.urls(__name__)
def test_a_machine_gets_a_problem_document(reader: Client, no_postgresql: dict[str, Any]) -> None:
    answer = reader.get("/api/v1/asks")
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert json.loads(answer.content)["status"] == 503


@pytest.mark.urls(__name__)
def test_the_same_address_answers_again_once_the_database_does(
    reader: Client, no_postgresql: dict[str, Any]
) -> None:
    real = os.environ["DATABASE_OWNER_URL"].rsplit(":", 1)[1].split("/")[0]
    assert reader.get("/asks").status_code == 503
    no_postgresql["PORT"] = real
    assert reader.get("/asks").content == b"answered"


@pytest.mark.urls(__name__)
@pytest.mark.django_db
def test_another_fault_is_not_called_an_outage(reader: Client) -> None:
    assert reader.get("/breaks").status_code == 500


@pytest.mark.django_db
def test_a_cancelled_statement_is_not_called_an_outage() -> None:
    with connection.cursor() as cursor, pytest.raises(OperationalError) as caught:
        cursor.execute("SET LOCAL statement_timeout = 5; SELECT pg_sleep(5)")
    assert not is_outage(caught.value)


@pytest.fixture
def outage_database() -> Iterator[psycopg2.extensions.connection]:
    """A database that can be closed to everybody; gives the connection that closes and opens it."""
    with closing(psycopg2.connect(os.environ["DATABASE_OWNER_URL"], dbname="postgres")) as administrator:
        administrator.autocommit = True
        with administrator.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {OUTAGE_DATABASE}")
            cursor.execute(f"CREATE DATABASE {OUTAGE_DATABASE}")
            yield administrator
            cursor.execute(f"DROP DATABASE {OUTAGE_DATABASE} WITH (FORCE)")


def test_a_running_server_survives_the_loss_of_its_database(
    outage_database: psycopg2.extensions.connection,
) -> None:
    port = free_port()
    owner = os.environ["DATABASE_OWNER_URL"].rsplit("/", 1)[0] + f"/{OUTAGE_DATABASE}"
    environment = os.environ | {
        "DATABASE_URL": owner,
        "DATABASE_OWNER_URL": owner,
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [
        "gunicorn",
        "config.wsgi",
        "--bind",
        f"127.0.0.1:{port}",
        "--threads",
        "2",
        "--no-control-socket",
    ]
    server = subprocess.Popen([sys.executable, "-m", *command], cwd=PROJECT, env=environment)
    try:
        assert _postgresql_is(port, "ok")
        with outage_database.cursor() as cursor:
            cursor.execute(f"ALTER DATABASE {OUTAGE_DATABASE} ALLOW_CONNECTIONS false")
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [OUTAGE_DATABASE]
            )
            assert _postgresql_is(port, "failing")
            cursor.execute(f"ALTER DATABASE {OUTAGE_DATABASE} ALLOW_CONNECTIONS true")
        assert _postgresql_is(port, "ok")
    finally:
        server.terminate()
        server.wait(timeout=30)


def _postgresql_is(port: int, state: str) -> bool:
    """Whether /readyz says so within a while (the server may just be starting)."""
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer:
                body = json.load(answer)
        except urllib.error.HTTPError as refusal:
            body = json.load(refusal)
        except OSError:
            time.sleep(0.1)
            continue
        if body["parts"]["postgresql"] == state:
            return True
        time.sleep(0.1)
    return False
