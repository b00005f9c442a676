"""When jobs run until somebody changes it: the rows that an installation begins with (config/schedule.py)."""

from __future__ import annotations

from typing import Any

from celery.schedules import crontab

from config import environment

# How often beat asks for the work that people wait for; the planner of reminders runs hourly unless seconds are given.
# These are the first values: they become rows (config/schedule.py), and what somebody changed on the jobs page stays.
_REFRESH_SECONDS = environment.whole("YILIAN_REFRESH_SECONDS", 120)
_DELIVER_SECONDS = environment.whole("YILIAN_DELIVER_SECONDS", 30)
_PLAN_SECONDS = environment.whole("YILIAN_PLAN_SECONDS", 0)
FIRST_SCHEDULE: dict[str, dict[str, Any]] = {
    "heartbeat": {"task": "config.tasks.beat_heart", "schedule": 20.0, "options": {"expires": 20}},
    "refresh-indicators": {
        "task": "performance.tasks.refresh",
        "schedule": float(_REFRESH_SECONDS),
        "options": {"expires": _REFRESH_SECONDS},
    },
    "plan-reminders": {
        "task": "followups.tasks.plan_reminders",
        "schedule": float(_PLAN_SECONDS) if _PLAN_SECONDS else crontab(minute="5"),
    },
    "tend-follow-up-calendar": {"task": "followups.tasks.tend_calendar", "schedule": crontab(minute="20")},
    "tidy-sign-in": {"task": "accounts.tasks.tidy", "schedule": crontab(hour="3", minute="40")},
    "forget-drafts": {"task": "followups.tasks.forget_drafts", "schedule": crontab(hour="3", minute="50")},
    "warn-of-certificates": {
        "task": "alliances.tasks.warn_of_certificates",
        "schedule": crontab(hour="6", minute="10"),
    },
    "seal-audit": {"task": "journal.tasks.seal", "schedule": 60.0, "options": {"expires": 60}},
    "partitions": {"task": "journal.tasks.make_partitions", "schedule": crontab(hour="3", minute="20")},
    "deliver": {
        "task": "journal.tasks.deliver",
        "schedule": float(_DELIVER_SECONDS),
        "options": {"expires": _DELIVER_SECONDS},
    },
    "tend-imports": {"task": "exchange.tasks.tend_imports", "schedule": 60.0, "options": {"expires": 60}},
}
