"""Unhurried work of the journal."""

import logging

from celery import shared_task
from django.db import connection
from django.utils import timezone

from journal import delivery, jobs, seals
from journal.apps import ensure_partitions

logger = logging.getLogger(__name__)


@shared_task(name="journal.tasks.deliver")
def deliver() -> dict[str, int]:
    """Send what is due (every half minute by beat)."""
    return delivery.deliver(at=timezone.now(), told=jobs.progress)


@shared_task(name="journal.tasks.make_partitions")
def make_partitions() -> None:
    """Keep the journal's monthly partitions a year ahead, and forget old runs of jobs (daily by beat)."""
    ensure_partitions(connection.alias)
    jobs.tidy(at=timezone.now())


@shared_task(name="journal.tasks.seal")
def seal() -> dict[str, int]:
    """Seal the audit lines of ended transactions (each minute by beat); without a key only say so."""
    try:
        made = seals.seal_all(at=timezone.now())
    except seals.NoKey as missing:
        logger.warning("the audit trail is not sealed: %s", missing)
        made = []
    return {"seals": len(made), "rows": sum(row.rows for row in made)}
