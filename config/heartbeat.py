"""Signs of life of the unhurried half: beat and worker each leave the moment they last did something in Redis."""

from __future__ import annotations

import time
from typing import Literal

import redis
from django.conf import settings

FRESH_SECONDS = 75
WRITE_EVERY_SECONDS = 10

Part = Literal["worker", "beat"]


def _redis() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1)


def beat_now(part: Part) -> None:
    """Note that `part` is alive now. Raises redis.RedisError when Redis does not answer."""
    with _redis() as client:
        client.set(f"yilian:alive:{part}", repr(time.time()), ex=FRESH_SECONDS * 4)


def age(part: Part) -> float | None:
    """Seconds since `part` was last alive, None when it never was (lately). Raises redis.RedisError."""
    with _redis() as client:
        moment = client.get(f"yilian:alive:{part}")
    return None if moment is None else max(0.0, time.time() - float(moment))


def is_fresh(part: Part) -> bool:
    """Whether `part` was alive within FRESH_SECONDS. Raises redis.RedisError."""
    seconds = age(part)
    return seconds is not None and seconds <= FRESH_SECONDS
