"""Unhurried work of the journal."""

from celery import shared_task
from django.db import connection
from django.utils import timezone

from journal import delivery
from journal.apps import ensure_partitions


@shared_task(name="journal.tasks.deliver")
def deliver() -> dict[str, int]:
    """Send what is due (every half minute by beat)."""
    return delivery.deliver(at=timezone.now())


@shared_task(name="journal.tasks.make_partitions")
def make_partitions() -> None:
    """Keep the journal's monthly partitions a year ahead (daily by beat)."""
    ensure_partitions(connection.alias)
