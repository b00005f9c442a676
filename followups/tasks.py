"""Unhurried work of the follow-ups."""

from celery import shared_task
from django.utils import timezone

from followups import drafts, planning


@shared_task(name="followups.tasks.plan_reminders")
def plan_reminders() -> dict[str, int]:
    """Plan the reminders that are missing (hourly by beat)."""
    return planning.plan_reminders(on=timezone.localdate())._asdict()


@shared_task(name="followups.tasks.forget_drafts")
def forget_drafts() -> int:
    """Delete drafts of follow-ups that nobody took up again (daily by beat)."""
    return drafts.forget(at=timezone.now())
