"""Unhurried work of the follow-ups."""

from celery import shared_task
from django.utils import timezone

from followups import planning
from journal import jobs


@shared_task(name="followups.tasks.plan_reminders")
def plan_reminders() -> dict[str, int]:
    """Plan the reminders that are missing (hourly by beat)."""
    return planning.plan_reminders(on=timezone.localdate(), told=jobs.progress)._asdict()
