"""Unhurried work of the alliances."""

from celery import shared_task
from django.utils import timezone

from alliances import certificates


@shared_task(name="alliances.tasks.warn_of_certificates")
def warn_of_certificates() -> int:
    """Warn of certificates that end soon (daily by beat)."""
    return certificates.warn(on=timezone.localdate())
