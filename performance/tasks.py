"""The indicators' place in Celery: refreshed every two minutes by beat."""

import logging

from celery import shared_task
from django.utils import timezone

from performance import rollup

log = logging.getLogger(__name__)


@shared_task(name="performance.tasks.refresh")
def refresh() -> None:
    """Recompute the cells that the news touches. Does nothing while another run is at work: that one reads the news."""
    try:
        done = rollup.refresh(on=timezone.localdate(), wait=False)
    except rollup.Busy:
        log.info("indicators: another run is at work")
    else:
        log.info("indicators: %s cells, %s changed, %.2f s", done.cells, done.changed, done.seconds)
