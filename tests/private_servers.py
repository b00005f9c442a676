"""PostgreSQL and Redis for the tests: started with them, thrown away afterwards.

`tests/conftest.py` calls this before Django reads its settings. The workers of pytest-xdist inherit the environment of
the controlling process; Redis is one for all of them, PostgreSQL one for each.
A given DATABASE_URL (of a role that may create databases, and in PostgreSQL 14 a superuser) or REDIS_URL is used instead.

Migrating takes longer than most tests. A cluster with one migrated database is therefore kept under build/cache/, named
by everything that shapes it; each run works on a copy, and each worker's test database is a copy of that database.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from config import embedded, servers
from config.binaries import postgres_programs

PROJECT = Path(__file__).resolve().parent.parent
CACHE = PROJECT / "build" / "cache" / "tests"
TEMPLATE = "yilian_template"
KEPT = 3


def start() -> None:
    """Put the addresses of running servers and fresh keys into the environment."""
    folder = Path(tempfile.mkdtemp(prefix="yilian-tests-"))
    folder.chmod(0o711)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["YILIAN_DATA"] = str(folder)
    os.environ["YILIAN_HTTPS"] = "0"
    # Tests run at any hour.
    os.environ.setdefault("YILIAN_QUIET_HOURS", "none")
    # Tests create tables and empty them: they work as the owner.
    os.environ["YILIAN_AS_OWNER"] = "1"
    if not os.environ.get("DATABASE_URL"):
        os.environ["YILIAN_TEST_CLUSTER"] = str(_migrated_cluster())
        os.environ["YILIAN_TEST_TEMPLATE"] = TEMPLATE
        _own_cluster(folder)
    keys = embedded.generated_keys(folder)
    os.environ.update(embedded.key_variables(keys))
    if not os.environ.get("REDIS_URL"):
        cache = servers.start_redis(keys["redis"], folder / "redis.log")
        atexit.register(cache.stop)
        os.environ.update(embedded.redis_variables(cache.port, keys))


def part_for_worker() -> None:
    """Give a worker of pytest-xdist a PostgreSQL of its own and a numbered database in the shared Redis.

    A transaction holds back what is settled for every database of its cluster (`journal.feed.horizon`): two workers on
    one cluster would read each other's long tests as writers that have yet to commit.
    """
    name = os.environ["PYTEST_XDIST_WORKER"]
    os.environ["REDIS_URL"] = (
        f"{os.environ['REDIS_URL'].rsplit('/', 1)[0]}/{int(name.removeprefix('gw')) + 1}"
    )
    if "YILIAN_TEST_CLUSTER" in os.environ:
        folder = Path(os.environ["YILIAN_DATA"]) / name
        folder.mkdir(mode=0o711)
        _own_cluster(folder)


def _own_cluster(folder: Path) -> None:
    """Start a copy of the migrated cluster in `folder` and put its address into the environment."""
    _copy(Path(os.environ["YILIAN_TEST_CLUSTER"]), folder)
    keys = embedded.generated_keys(folder)
    database = _start_postgres(folder)
    atexit.register(database.stop, signal.SIGINT)
    os.environ.update(embedded.database_variables(database.port, keys))


def _start_postgres(folder: Path) -> servers.Server:
    keys = embedded.generated_keys(folder)
    return servers.start_postgres(
        folder / "pg", embedded.passwords(keys), folder / "postgres.log", durable=False
    )


def _copy(source: Path, target: Path) -> None:
    """Copy the cluster and its keys, with their owners."""
    subprocess.run(["cp", "-a", "--reflink=auto", source / "pg", source / "keys.json", target], check=True)


def _migrated_cluster() -> Path:
    """The folder of a stopped cluster whose database TEMPLATE has every migration; made when it is missing."""
    CACHE.mkdir(parents=True, exist_ok=True)
    place = CACHE / _fingerprint()
    with (CACHE / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            making = CACHE / "making"
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir(mode=0o711)
            _migrate_into(making)
            making.rename(place)
        place.touch()
        former = sorted(CACHE.glob("[0-9a-f]" * 16), key=lambda kept: kept.stat().st_mtime_ns, reverse=True)
        for old in former[KEPT:]:
            shutil.rmtree(old, ignore_errors=True)
        return place


def _migrate_into(folder: Path) -> None:
    server = _start_postgres(folder)
    try:
        keys = embedded.generated_keys(folder)
        owner = servers.postgres_url(server.port, servers.OWNER, keys["owner"], servers.DATABASE)
        with servers.opened(owner) as cursor:
            cursor.execute(f"CREATE DATABASE {TEMPLATE}")
        addresses = {
            "DATABASE_URL": servers.postgres_url(server.port, servers.WEB, keys["web"], TEMPLATE),
            "DATABASE_OWNER_URL": servers.postgres_url(server.port, servers.OWNER, keys["owner"], TEMPLATE),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        command = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0"]
        subprocess.run(command, cwd=PROJECT, env=os.environ | addresses, check=True)
    finally:
        server.stop(signal.SIGINT)


def _fingerprint() -> str:
    """Names everything that shapes a migrated cluster: the server, the libraries, the migrations, roles and grants."""
    programs = postgres_programs()
    digest = hashlib.sha256(f"{programs.folder} {programs.major}".encode())
    for file in _shaping_files():
        digest.update(file.relative_to(PROJECT).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _shaping_files() -> Iterator[Path]:
    yield PROJECT / "requirements" / "dev.lock.txt"
    yield from (PROJECT / "config" / f"{name}.py" for name in ("roles", "servers", "settings"))
    yield from sorted(PROJECT.glob("*/migrations/*.py"))
    # What migrations take from the code: trigger texts, enumerations and constraints.
    yield from sorted(PROJECT.glob("journal/**/*.py"))
