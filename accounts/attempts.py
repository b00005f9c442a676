"""How often somebody may try a secret: a counter per name and address in the cache. Without Redis it lets everybody try."""

import hashlib
from datetime import timedelta

from django.core.cache import cache

LIMIT = 10
WINDOW = timedelta(minutes=15)


def _key(name: str, address: str) -> str:
    return "attempts:" + hashlib.sha256(f"{name}\n{address}".encode()).hexdigest()


def too_many(name: str, address: str) -> bool:
    """Whether the name was refused so often from this address that it has to wait."""
    return int(cache.get(_key(name, address), 0)) >= LIMIT


def refused(name: str, address: str) -> None:
    """Count a refusal; the window begins with the first."""
    key = _key(name, address)
    if not cache.add(key, 1, timeout=int(WINDOW.total_seconds())):
        try:
            cache.incr(key)
        except ValueError:  # the window ended between the two calls
            cache.set(key, 1, timeout=int(WINDOW.total_seconds()))


def admitted(name: str, address: str) -> None:
    """Forget the refusals of a name that knew its secret."""
    cache.delete(_key(name, address))
