"""The private servers: found, shared, refused, and never left behind."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest
import redis

from config import embedded, servers
from config.binaries import ServerError, postgres_programs

PROJECT = Path(__file__).resolve().parents[3]
HOLD = """
import sys, time
from config import embedded
with embedded.postgres({arguments}) as database, embedded.redis({arguments}) as broker:
    print(database["DATABASE_URL"], broker["REDIS_URL"], flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own below a private one, and no addresses in the environment."""
    tmp_path.chmod(0o700)
    for name in (
        "DATABASE_URL",
        "DATABASE_OWNER_URL",
        "REDIS_URL",
        "YILIAN_AS_OWNER",
        "YILIAN_PRIVATE_DATABASE",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("YILIAN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "config.settings")
    return tmp_path / "data"


Holder = Callable[..., tuple[subprocess.Popen[str], str]]


@pytest.fixture
def hold(data: Path) -> Iterator[Holder]:
    """Starts a process that uses both servers until its input is closed; gives it and the addresses it got."""
    started: list[subprocess.Popen[str]] = []

    def start(arguments: str = "") -> tuple[subprocess.Popen[str], str]:
        program = [sys.executable, "-c", HOLD.format(arguments=arguments)]
        process = subprocess.Popen(
            program,
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        return process, process.stdout.readline().strip()

    yield start
    for process in started:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None and not stream.closed:
                stream.close()


def _servers_of(data: Path) -> list[int]:
    """The processes of PostgreSQL and Redis that run on the folder or were started from it."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().split(b"\0")
            output = str((entry / "fd" / "1").readlink())
        except OSError:
            continue
        if str(data / "pg").encode() in command or output.startswith(str(data)):
            found.append(int(entry.name))
    return found


def _port(addresses: str) -> int:
    """The port of the first of the addresses."""
    return urlsplit(addresses.split(maxsplit=1)[0]).port or 0


def _eventually(condition: Callable[[], bool], seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def test_a_killed_parent_leaves_no_server(data: Path, hold: Holder) -> None:
    process, _ = hold()
    assert len(_servers_of(data)) >= 2
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert _eventually(lambda: not _servers_of(data)), _servers_of(data)


def test_a_start_right_after_a_kill_finds_its_data(data: Path, hold: Holder) -> None:
    first, addresses = hold()
    owner = embedded.database_variables(_port(addresses), embedded.generated_keys(data))["DATABASE_OWNER_URL"]
    with psycopg2.connect(owner) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept (id int)")
    first.send_signal(signal.SIGKILL)
    _, addresses = hold()
    with psycopg2.connect(addresses.split()[0]) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('kept') IS NOT NULL")
        assert cursor.fetchone() == (True,)


def test_a_second_process_joins_the_running_servers_and_the_first_waits_for_it(
    data: Path, hold: Holder
) -> None:
    first, address = hold()
    second, same_address = hold()
    assert same_address == address
    assert first.stdin is not None
    first.stdin.close()
    with pytest.raises(subprocess.TimeoutExpired):
        first.wait(timeout=1)
    with psycopg2.connect(address.split()[0]) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert second.stdin is not None
    second.stdin.close()
    assert second.wait(timeout=20) == 0
    assert first.wait(timeout=20) == 0
    assert _servers_of(data) == []


def test_whoever_does_not_wait_stops_its_servers_at_once(data: Path, hold: Holder) -> None:
    first, _ = hold("wait_for_users=False")
    hold()
    assert first.stdin is not None
    first.stdin.close()
    assert first.wait(timeout=20) == 0
    assert _servers_of(data) == []


def test_a_stale_note_of_a_dead_process_is_not_believed(data: Path, hold: Holder) -> None:
    embedded.data_folder()
    (data / "pg.json").write_text(json.dumps({"port": 1, "pid": 2**22 + 1}))
    process, address = hold()
    assert ":1/" not in address
    with psycopg2.connect(address.split()[0]) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == (servers.WEB,)
    assert process.poll() is None


def test_a_pid_file_that_names_a_stranger_does_not_stop_the_start(data: Path, hold: Holder) -> None:
    first, _ = hold()
    assert first.stdin is not None
    first.stdin.close()
    assert first.wait(timeout=20) == 0
    (data / "pg" / "postmaster.pid").write_text(f"{os.getpid()}\n{data / 'pg'}\n")
    _, address = hold()
    assert address.startswith("postgresql://")


def test_data_of_another_major_version_is_refused_with_both_versions_named(data: Path) -> None:
    folder = embedded.data_folder()
    embedded.generated_keys(folder)
    (folder / "pg").mkdir()
    (folder / "pg" / "PG_VERSION").write_text("12\n")
    refusal = rf"PostgreSQL 12; here is only .*{postgres_programs().major}"
    with pytest.raises(ServerError, match=refusal), embedded.postgres():
        pytest.fail("started on data of another version")
    assert (folder / "pg" / "PG_VERSION").read_text() == "12\n"


def test_a_database_without_its_keys_is_refused(data: Path) -> None:
    (embedded.data_folder() / "pg").mkdir()
    with pytest.raises(ServerError, match="cannot be read without it"):
        embedded.generated_keys(data)


def test_the_keys_are_made_once_and_for_their_owner_alone(data: Path) -> None:
    folder = embedded.data_folder()
    keys = embedded.generated_keys(folder)
    assert embedded.generated_keys(folder) == keys
    assert stat.S_IMODE((folder / "keys.json").stat().st_mode) == 0o600
    assert keys["identity_keys"] != keys["index_keys"]


def test_strangers_on_the_machine_cannot_enter_without_the_passwords(data: Path, hold: Holder) -> None:
    _, addresses = hold()
    database, broker = addresses.split()
    port = _port(database)
    for role in ("postgres", servers.OWNER, servers.WEB):
        with pytest.raises(psycopg2.OperationalError, match="password"):
            psycopg2.connect(
                host=servers.HOST, port=port, user=role, password="guess", dbname=servers.DATABASE
            )
    with (
        redis.Redis(host=servers.HOST, port=_port(broker)) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()
