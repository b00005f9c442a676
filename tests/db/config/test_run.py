"""`make run` as a whole: it answers, it stops when asked, and it fails loudly when one of its parts does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from config import servers

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture
def database() -> Iterator[str]:
    """The address of a database of its own: a given one, into which no demo is loaded."""
    owner = os.environ["DATABASE_OWNER_URL"]
    name = f"run_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    template = os.environ.get("YILIAN_TEST_TEMPLATE", "template1")
    with servers.opened(owner) as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield urlsplit(owner)._replace(path=f"/{name}").geturl()
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def running(database: str, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The product, its Redis its own, and the port at which it answers."""
    port = servers.free_port()
    places = {
        "DATABASE_URL": database,
        "DATABASE_OWNER_URL": database,
        "PORT": str(port),
        "HOST": "127.0.0.1",
    }
    inherited = {
        name: value for name, value in os.environ.items() if name not in {"REDIS_URL", "YILIAN_AS_OWNER"}
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "config.run"], cwd=PROJECT, env=inherited | places | {"YILIAN_DATA": str(tmp_path)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if "is running at" in line:
            break
    else:
        pytest.fail("".join(said))
    yield process, port
    process.kill()
    process.wait()
    process.stdout.close()


def _is_ready(port: int) -> bool:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer:
                return bool(json.load(answer)["status"] == "ok")
        except urllib.error.HTTPError:
            time.sleep(0.2)
    return False


def _children(pid: int) -> dict[int, str]:
    """The processes that `pid` started, with their command lines."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if parent == pid:
                found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
    return found


def test_it_becomes_ready_and_ends_with_all_its_parts_when_asked(
    running: tuple[subprocess.Popen[str], int],
) -> None:
    process, port = running
    assert _is_ready(port)
    parts = _children(process.pid)
    assert len(parts) == 4, parts  # web, worker, beat and Redis; PostgreSQL was given
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 0
    assert [pid for pid in parts if Path(f"/proc/{pid}").exists()] == []


def test_nothing_is_left_when_it_is_killed_itself(running: tuple[subprocess.Popen[str], int]) -> None:
    process, port = running
    assert _is_ready(port)
    parts = _children(process.pid)
    family = [*parts, *(pid for part in parts for pid in _children(part))]
    process.kill()
    process.wait()
    deadline = time.monotonic() + 40
    while any(Path(f"/proc/{pid}").exists() for pid in family) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert [pid for pid in family if Path(f"/proc/{pid}").exists()] == []


def test_a_killed_worker_is_named_and_everything_else_is_stopped(
    running: tuple[subprocess.Popen[str], int],
) -> None:
    process, _ = running
    parts = _children(process.pid)
    worker = next(pid for pid, command in parts.items() if "celery" in command and " worker " in command)
    os.kill(worker, signal.SIGKILL)
    assert process.wait(timeout=60) == 1
    assert process.stdout is not None
    assert "worker ended with status -9" in process.stdout.read()
    assert [pid for pid in parts if Path(f"/proc/{pid}").exists()] == []


def test_an_occupied_port_is_refused_before_anything_starts(database: str, tmp_path: Path) -> None:
    port = urlsplit(os.environ["DATABASE_OWNER_URL"]).port
    done = subprocess.run(
        [sys.executable, "-m", "config.run"], cwd=PROJECT, capture_output=True, text=True, check=False,
        env=os.environ | {"PORT": str(port), "HOST": "127.0.0.1", "YILIAN_DATA": str(tmp_path / "data")},
    )  # fmt: skip
    assert done.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{port}" in done.stderr
    assert not (tmp_path / "data").exists()
