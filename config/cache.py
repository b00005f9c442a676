"""The cache may be lost at any moment: without Redis it forgets, and says so in the log, but breaks no request."""

from __future__ import annotations

import logging
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


class LossyRedisCache(RedisCache):
    """Django's Redis cache whose failures are misses (reads) or nothing (writes)."""

    def _lossy(self, operation: str, answer: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return getattr(super(), operation)(*args, **kwargs)
        except RedisError as fault:
            logger.warning("cache %s skipped, Redis does not answer: %s", operation, type(fault).__name__)
            return answer

    def add(self, *args: Any, **kwargs: Any) -> bool:
        """As Django's; True when Redis is away, so that whoever counts with it goes on."""
        return bool(self._lossy("add", True, *args, **kwargs))

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """As Django's; the default when Redis is away."""
        return self._lossy("get", default, key, default=default, version=version)

    def set(self, *args: Any, **kwargs: Any) -> None:
        """As Django's; nothing when Redis is away."""
        self._lossy("set", None, *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> bool:
        """As Django's; False when Redis is away."""
        return bool(self._lossy("touch", False, *args, **kwargs))

    def delete(self, *args: Any, **kwargs: Any) -> bool:
        """As Django's; False when Redis is away."""
        return bool(self._lossy("delete", False, *args, **kwargs))

    def get_many(self, keys: Any, version: int | None = None) -> dict[str, Any]:
        """As Django's; nothing found when Redis is away."""
        return dict(self._lossy("get_many", {}, keys, version=version))

    def has_key(self, *args: Any, **kwargs: Any) -> bool:
        """As Django's; False when Redis is away."""
        return bool(self._lossy("has_key", False, *args, **kwargs))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """As Django's; the step itself when Redis is away, as of a counter that was just begun."""
        return int(self._lossy("incr", delta, key, delta=delta, version=version))

    def set_many(self, data: dict[Any, Any], *args: Any, **kwargs: Any) -> list[Any]:
        """As Django's; every key failed when Redis is away."""
        return list(self._lossy("set_many", list(data), data, *args, **kwargs))

    def delete_many(self, *args: Any, **kwargs: Any) -> None:
        """As Django's; nothing when Redis is away."""
        self._lossy("delete_many", None, *args, **kwargs)

    def clear(self) -> None:
        """As Django's; nothing when Redis is away."""
        self._lossy("clear", None)
