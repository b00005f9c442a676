"""The same request twice: the second gets the first one's answer and does nothing."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.tokens import Holder
from exchange.models import IdempotencyKey

LONGEST = 100
KEPT = timedelta(days=7)


class KeyReused(ValueError):
    """The key was used for another request."""


def name_of(holder: Holder) -> str:
    """The caller as stored beside a key."""
    return f"{holder.agent_type}:{holder.pk}"


def once(holder: Holder, key: str, request: bytes, work: Callable[[], Any]) -> tuple[Any, bool]:
    """The JSON answer of `work`, done at most once per caller and key, and whether it is the answer of an earlier request.

    The key, the work and its answer commit together. A second request that arrives meanwhile waits on the key's unique
    index: it gets the answer when the first commits, and does the work itself when the first fails.
    Raises KeyReused when the key came with another request before. Without a key the work is simply done.
    """
    with transaction.atomic():
        if not key:
            return work(), False
        whose, fingerprint = name_of(holder), hashlib.sha256(request).hexdigest()
        IdempotencyKey.objects.filter(holder=whose, created_at__lt=timezone.now() - KEPT).delete()
        try:
            with transaction.atomic():
                row = IdempotencyKey.objects.create(holder=whose, key=key, fingerprint=fingerprint)
        except IntegrityError:
            earlier = IdempotencyKey.objects.get(holder=whose, key=key)
            if earlier.fingerprint != fingerprint:
                raise KeyReused(key) from None
            return earlier.answer, True
        row.answer = work()
        row.save(update_fields=["answer"])
        return row.answer, False
