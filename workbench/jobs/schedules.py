"""Changing when a job runs: rows of django-celery-beat, which beat reads anew within seconds."""

from dataclasses import dataclass
from datetime import time
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from journal import audit
from journal.audit import Agent

EVERY, HOURLY, DAILY = "every", "hourly", "daily"
SHORTEST: Final = 10  # seconds: beat itself ticks every five
_SECONDS: Final = {"seconds": 1, "minutes": 60, "hours": 3600}


@dataclass(frozen=True)
class When:
    """Every so many seconds, each hour at a minute, or each day at a time (Asia/Shanghai)."""

    mode: str
    every: int = 0
    unit: str = "seconds"
    at: time = time(0, 0)

    @property
    def seconds(self) -> int:
        """The pause of `every`."""
        return self.every * _SECONDS[self.unit]


def when_of(row: PeriodicTask) -> When | None:
    """When a job runs, None for a schedule that these three modes cannot say."""
    if row.interval is not None and row.interval.period in _SECONDS:
        return When(EVERY, row.interval.every, row.interval.period)
    cron = row.crontab
    if (
        cron is None
        or not cron.minute.isdigit()
        or {cron.day_of_week, cron.day_of_month, cron.month_of_year} != {"*"}
    ):
        return None
    if cron.hour == "*":
        return When(HOURLY, at=time(0, int(cron.minute)))
    return When(DAILY, at=time(int(cron.hour), int(cron.minute))) if cron.hour.isdigit() else None


def in_words(row: PeriodicTask) -> str:
    """When a job runs, for a reader."""
    when = when_of(row)
    if when is None:
        return str(row.schedule)
    if when.mode == HOURLY:
        return _("each hour at minute %(minute)s") % {"minute": when.at.minute}
    if when.mode == DAILY:
        return _("each day at %(time)s") % {"time": when.at.strftime("%H:%M")}
    words = {
        "seconds": ngettext("every second", "every %(n)s seconds", when.every),
        "minutes": ngettext("every minute", "every %(n)s minutes", when.every),
        "hours": ngettext("every hour", "every %(n)s hours", when.every),
    }
    return words[when.unit] % {"n": when.every}


@transaction.atomic
def change(row: PeriodicTask, when: When, *, enabled: bool, by: Agent) -> PeriodicTask:
    """Let a job run at other times. From now on the settings of the installation do not move it any more."""
    locked = PeriodicTask.objects.select_for_update().get(pk=row.pk)
    locked.interval = locked.crontab = locked.expire_seconds = None
    if when.mode == EVERY:
        locked.interval, _made = IntervalSchedule.objects.get_or_create(every=when.every, period=when.unit)
        locked.expire_seconds = when.seconds
    else:
        hour = "*" if when.mode == HOURLY else str(when.at.hour)
        locked.crontab, _made = CrontabSchedule.objects.get_or_create(
            minute=str(when.at.minute), hour=hour, day_of_week="*", day_of_month="*", month_of_year="*",
            timezone=settings.TIME_ZONE,
        )  # fmt: skip
    locked.enabled, locked.description = enabled, ""
    locked.save()
    detail = {"job": locked.name, "schedule": str(locked.schedule), "enabled": enabled}
    audit.record("job.reschedule", by=by, subject=locked, detail=detail)
    return locked
