"""The product's own worker and beat as processes on the tests' database."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import quote

from celery import current_app
from django.conf import settings
from django.db import connection

CELERY = [sys.executable, "-m", "celery", "--quiet", "--app", "config"]


def environment(**extra: str) -> dict[str, str]:
    """What a process of the product needs to work on the database of this test."""
    facts = connection.settings_dict
    address = f"postgresql://{quote(facts['USER'])}:{quote(facts['PASSWORD'])}@{facts['HOST']}:{facts['PORT']}/{facts['NAME']}"
    given = {
        "DATABASE_URL": address,
        "DATABASE_OWNER_URL": address,
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    return os.environ | given | extra


@contextmanager
def running(*command: str, env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process for as long as the block lasts. What it said stands in `log`."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=env, stdout=out, stderr=subprocess.STDOUT
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(timeout=30)


@contextmanager
def worker(log: Path, **extra: str) -> Iterator[None]:
    """A Celery worker that answers. Tasks that earlier tests left in the queue are thrown away first."""
    current_app.control.purge()
    arguments = ("worker", "--pool", "solo", "--loglevel", "INFO", "--without-gossip", "--without-mingle")
    with running(*CELERY, *arguments, env=environment(**extra), log=log) as process:
        until(lambda: process.poll() is not None or bool(current_app.control.ping(timeout=0.3)), log)
        assert process.poll() is None, log.read_text()
        yield


@contextmanager
def beat(folder: Path, **extra: str) -> Iterator[None]:
    """Celery beat with the product's schedule, at the pace that `extra` says."""
    arguments = ("beat", "--loglevel", "INFO", "--pidfile=", "--schedule", str(folder / "schedule"))
    with running(*CELERY, *arguments, env=environment(**extra), log=folder / "beat.log"):
        yield


def until(happened: Callable[[], bool], log: Path | None = None, *, seconds: float = 60) -> None:
    """Ask again and again until it happened."""
    deadline = monotonic() + seconds
    while not happened():
        assert monotonic() < deadline, log.read_text() if log else "it did not happen"
        sleep(0.1)
