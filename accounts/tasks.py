"""Unhurried work of accounts."""

from celery import shared_task
from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone
from qsessions.backends.db import SessionStore

from accounts import lockout


@shared_task(name="accounts.tasks.tidy")
def tidy() -> None:
    """Delete ended sessions and refusals that no longer count: nothing of them is kept longer than it is of use."""
    store: type[SessionBase] = SessionStore
    store.clear_expired()
    lockout.forget(at=timezone.now())
