"""The one task of the project itself: a worker shows that it works."""

from __future__ import annotations

from celery import shared_task

from config import heartbeat


@shared_task(name="config.tasks.beat_heart")  # type: ignore[untyped-decorator]
def beat_heart() -> None:
    """Leave the worker's sign of life."""
    heartbeat.beat_now("worker")
