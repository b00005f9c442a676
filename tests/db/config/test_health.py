"""What a watcher is told, and what a reader sees, while a part is away; and that no restart is needed afterwards."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from config import heartbeat
from config.tasks import beat_heart

PROJECT = Path(__file__).resolve().parents[3]
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def alive() -> None:
    """Worker and beat have just been heard."""
    heartbeat.beat_now("worker")
    heartbeat.beat_now("beat")


@pytest.fixture
def silent() -> None:
    """Neither worker nor beat has ever been heard."""
    with heartbeat._redis() as client:
        client.delete("yilian:alive:worker", "yilian:alive:beat")


@pytest.fixture
def no_redis(settings: Any) -> None:
    """Nothing answers at Redis's address, as the cache and the health answers see it."""
    settings.REDIS_URL = NOWHERE
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": NOWHERE}}


def test_healthz_asks_nobody(client: Client, no_redis: None) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_readyz_says_that_every_part_answers(client: Client, alive: None) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert set(answer.json()["parts"].values()) == {"ok"}


@pytest.mark.django_db
def test_readyz_names_worker_and_beat_when_they_are_silent(client: Client, silent: None) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["failing"] == ["worker", "beat"]


@pytest.mark.django_db
def test_readyz_names_beat_alone_when_a_worker_still_answers(client: Client, alive: None) -> None:
    with heartbeat._redis() as redis:
        redis.set("yilian:alive:beat", repr(time.time() - heartbeat.FRESH_SECONDS - 1))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["failing"]) == (503, ["beat"])


@pytest.mark.django_db
def test_readyz_names_redis_and_not_what_is_heard_through_it(client: Client, no_redis: None) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["failing"] == ["redis"]
    assert answer.json()["parts"]["worker"] == "unknown"


@pytest.mark.usefixtures("no_redis")
def test_without_redis_the_cache_forgets_and_breaks_nothing() -> None:
    cache.set("a", 1)
    cache.set_many({"b": 2})
    assert cache.get("a", "default") == "default"
    assert cache.get_many(["a", "b"]) == {}
    assert cache.add("a", 1) is True
    assert cache.incr("a") == 1
    assert cache.delete("a") is False
    assert "a" not in cache
    cache.clear()


@pytest.mark.django_db
def test_a_worker_leaves_its_sign_by_working_and_beat_by_ticking(silent: None, tmp_path: Path) -> None:
    celery = [sys.executable, "-m", "celery", "--quiet", "--app", "config"]
    schedule = ["--schedule", str(tmp_path / "schedule"), "--pidfile="]
    parts = [
        subprocess.Popen(
            [*celery, *arguments], cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for arguments in (["worker", "--pool", "solo", "--loglevel", "ERROR"], ["beat", *schedule])
    ]
    beat_heart.delay()  # what beat sends every few seconds, without the wait
    try:
        deadline = time.monotonic() + 60
        while (
            not (heartbeat.is_fresh("worker") and heartbeat.is_fresh("beat")) and time.monotonic() < deadline
        ):
            time.sleep(0.1)
        assert heartbeat.is_fresh("worker")
        assert heartbeat.is_fresh("beat")
    finally:
        for part in parts:
            part.terminate()
        for part in parts:
            part.wait(timeout=30)
