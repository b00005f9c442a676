"""Unhurried work of the follow-ups."""

import time
from typing import Final

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from followups.calendar import day_planning, escalation
from followups.models import WhatIf
from followups.reminders import planning
from followups.versions import what_ifs
from followups.visits import drafts
from journal import jobs

# A run gives its worker back after so many seconds and goes on as a new task: other work is never kept waiting long.
WHAT_IF_SECONDS: Final = 30.0


@shared_task(name="followups.tasks.plan_reminders")
def plan_reminders() -> dict[str, int]:
    """Plan the reminders that are missing (hourly by beat)."""
    return planning.plan_reminders(on=timezone.localdate(), told=jobs.progress)._asdict()


@shared_task(name="followups.tasks.forget_drafts")
def forget_drafts() -> int:
    """Delete drafts of follow-ups that nobody took up again (daily by beat)."""
    return drafts.forget(at=timezone.now())


@shared_task(name="followups.tasks.tend_calendar")
def tend_calendar() -> dict[str, int]:
    """Plan a day for what has none, and tell the team leads of what is overdue for too long (hourly by beat)."""
    today, planned = timezone.localdate(), 0
    while found := day_planning.plan_missing(on=today):
        planned += found
    return {"planned": planned, "escalated": escalation.escalate(on=today, at=timezone.now())}


@shared_task(name="followups.tasks.run_what_if")
def run_what_if(run_id: int) -> None:
    """Go on with a run of a draft; run twice, or by two workers, nothing is counted twice."""
    ends = time.monotonic() + WHAT_IF_SECONDS
    try:
        while what_ifs.step(run_id, at=timezone.now()):
            if time.monotonic() > ends:
                run_what_if.delay(run_id)
                return
    except Exception:
        what_ifs.fail(run_id, at=timezone.now())
        raise


def send_what_if(run: WhatIf) -> None:
    """Give a run to a worker once the transaction is committed; without a broker it waits and its page says so."""
    transaction.on_commit(lambda: run_what_if.delay(run.pk), robust=True)
