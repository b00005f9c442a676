"""PostgreSQL and Redis for the tests: started once by the controlling process, thrown away afterwards.

`tests/conftest.py` calls this before Django reads its settings. The workers of pytest-xdist inherit the environment.
A given DATABASE_URL (of a role that may create databases, and in PostgreSQL 14 a superuser) or REDIS_URL is used instead.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import tempfile
from pathlib import Path

from config import embedded, servers


def part_for_worker() -> None:
    """Give a worker of pytest-xdist a numbered database of its own in the shared Redis."""
    number = int(os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw")) + 1
    os.environ["REDIS_URL"] = f"{os.environ['REDIS_URL'].rsplit('/', 1)[0]}/{number}"


def start() -> None:
    """Put the addresses of running servers and fresh keys into the environment."""
    folder = Path(tempfile.mkdtemp(prefix="yilian-tests-"))
    folder.chmod(0o711)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["YILIAN_DATA"] = str(folder)
    os.environ["YILIAN_HTTPS"] = "0"
    # Tests create tables and empty them: they work as the owner.
    os.environ["YILIAN_AS_OWNER"] = "1"
    keys = embedded.generated_keys(folder)
    os.environ.update(embedded.key_variables(keys))
    if not os.environ.get("DATABASE_URL"):
        database = servers.start_postgres(
            folder / "pg", embedded.passwords(keys), folder / "postgres.log", durable=False
        )
        atexit.register(database.stop, signal.SIGINT)
        os.environ.update(embedded.database_variables(database.port, keys))
    if not os.environ.get("REDIS_URL"):
        cache = servers.start_redis(keys["redis"], folder / "redis.log")
        atexit.register(cache.stop)
        os.environ.update(embedded.redis_variables(cache.port, keys))
