"""How often a caller may ask. Counted per minute in the cache; without Redis everybody is let through (the cache logs it)."""

from datetime import datetime
from typing import Any, cast

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.models import ApiClient
from accounts.tokens import Holder

_WINDOW = 60


class CallerPace(BaseThrottle):
    """Requests a minute of one client (its own number, else the installation's) or of one person."""

    _wait = 0.0

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count this request; False when the caller has used up the minute."""
        now, holder = timezone.now(), cast("Holder", request.user)  # who is nobody was refused before
        self._wait = _WINDOW - now.timestamp() % _WINDOW
        return counted(holder, at=now) <= limit_of(holder)

    def wait(self) -> float:
        """Seconds until the next minute begins."""
        return self._wait


def limit_of(holder: Holder) -> int:
    """How many requests a minute the holder may send."""
    own = holder.requests_per_minute if isinstance(holder, ApiClient) else None
    return own or int(settings.API_REQUESTS_PER_MINUTE)


def counted(holder: Holder, *, at: datetime) -> int:
    """Count one request of the holder; how many it is in the running minute."""
    key = f"pace:{holder.agent_type}:{holder.pk}:{int(at.timestamp()) // _WINDOW}"
    if cache.add(key, 1, timeout=2 * _WINDOW):
        return 1
    try:
        return cache.incr(key)
    except ValueError:  # the counter was dropped between the two calls
        return 1
