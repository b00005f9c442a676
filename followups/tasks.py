"""Unhurried work of the follow-ups."""

from celery import shared_task
from django.utils import timezone

from followups import day_planning, escalation, planning


@shared_task(name="followups.tasks.plan_reminders")
def plan_reminders() -> dict[str, int]:
    """Plan the reminders that are missing (hourly by beat)."""
    return planning.plan_reminders(on=timezone.localdate())._asdict()


@shared_task(name="followups.tasks.tend_calendar")
def tend_calendar() -> dict[str, int]:
    """Plan a day for what has none, and tell the team leads of what is overdue for too long (hourly by beat)."""
    today, planned = timezone.localdate(), 0
    while found := day_planning.plan_missing(on=today):
        planned += found
    return {"planned": planned, "escalated": escalation.escalate(on=today, at=timezone.now())}
