"""Answers for whoever watches the servers: `/healthz` (this process lives) and `/readyz` (all parts answer)."""

from __future__ import annotations

import logging
from collections.abc import Callable

import redis
from celery import current_app
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError as BrokerError

from config import heartbeat

logger = logging.getLogger(__name__)

OK, FAILING, UNKNOWN = "ok", "failing", "unknown"


def _postgresql() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def _redis() -> bool:
    with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1) as client:
        return bool(client.ping())


def _worker() -> bool:
    """A task ran lately; where beat sends none, the worker itself is asked."""
    return heartbeat.is_fresh("worker") or bool(current_app.control.ping(timeout=1, limit=1))


def _beat() -> bool:
    return heartbeat.is_fresh("beat")


def _answers(part: Callable[[], bool]) -> str:
    try:
        return OK if part() else FAILING
    except (DatabaseError, redis.RedisError, BrokerError) as fault:
        logger.warning("%s does not answer: %s", part.__name__.strip("_"), type(fault).__name__)
        return FAILING


def parts() -> dict[str, str]:
    """Each part and how it is: ok, failing, or unknown (worker and beat are heard through Redis only)."""
    found = {"postgresql": _answers(_postgresql), "redis": _answers(_redis)}
    behind = (("worker", _worker), ("beat", _beat))
    return found | {name: _answers(ask) if found["redis"] == OK else UNKNOWN for name, ask in behind}


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 as long as this process answers at all."""
    return JsonResponse({"status": OK})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when every part answers, else 503 with the names of those that fail."""
    found = parts()
    failing = [name for name, state in found.items() if state == FAILING]
    body = {"status": FAILING if failing else OK, "failing": failing, "parts": found}
    return JsonResponse(body, status=503 if failing else 200)
