"""The schedule lives in the database: rows that settings begin with, and that a person may change on the jobs page.

A row that nobody has changed follows the settings; a changed one is never overwritten.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import redis
from celery.schedules import crontab
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db import DatabaseError, InterfaceError, connection, transaction
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler

from config.heartbeat import WRITE_EVERY_SECONDS, beat_now
from journal.models.job import AS_SET

Row = dict[str, Any]


def seed(**_: Any) -> None:
    """Receiver of post_migrate, and called by beat: write the rows that are missing, and those that settings moved."""
    for name, entry in settings.CELERY_BEAT_SCHEDULE.items():
        _seed(name, entry)


@transaction.atomic
def _seed(name: str, entry: Mapping[str, Any]) -> None:
    row = PeriodicTask.objects.select_for_update().filter(name=name).first()
    if row is not None and row.description != AS_SET:
        return
    wanted = _wanted(entry)
    if row is None:
        PeriodicTask.objects.create(name=name, description=AS_SET, **wanted)
    elif any(getattr(row, field) != value for field, value in wanted.items()):
        for field, value in wanted.items():
            setattr(row, field, value)
        row.save()


def _wanted(entry: Mapping[str, Any]) -> Row:
    schedule = entry["schedule"]
    row: Row = {"task": entry["task"], "interval": None, "crontab": None, "expire_seconds": None}
    row["kwargs"] = json.dumps(entry.get("kwargs", {}))
    if isinstance(schedule, crontab):
        row["crontab"] = CrontabSchedule.objects.get_or_create(
            minute=str(schedule._orig_minute), hour=str(schedule._orig_hour), day_of_week="*", day_of_month="*",
            month_of_year="*", timezone=settings.TIME_ZONE,
        )[0]  # fmt: skip
        return row
    seconds = int(schedule)
    row["interval"] = IntervalSchedule.objects.get_or_create(every=seconds, period=IntervalSchedule.SECONDS)[
        0
    ]
    row["expire_seconds"] = seconds
    return row


def keep_out_of_the_back_office() -> None:
    """The jobs page is the one place where the schedule is changed: it checks, and leaves a line in the trail."""
    for model in apps.get_app_config("django_celery_beat").get_models():
        if admin.site.is_registered(model):
            admin.site.unregister(model)


class Scheduler(DatabaseScheduler):
    """Beat over the rows. It leaves a sign at its own tick: a task's sign would only show the worker's life.

    A database that is away holds it up and does not end it.
    """

    _noted = 0.0
    _seeded = False

    def setup_schedule(self) -> None:
        """The rows are read at the first tick, after the missing ones have been written."""

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        """Send what is due, and leave a sign every few seconds.

        Beat sleeps at most `max_interval`; a Redis that is away is met (and logged) by the sending itself.
        """
        try:
            if not self._seeded:
                seed()
                self._seeded = True
            answer = super().tick(*args, **kwargs)
        except (DatabaseError, InterfaceError) as fault:
            self.logger.warning("the schedule cannot be read: %s", type(fault).__name__)
            connection.close()
            answer = 1.0
        if time.monotonic() - self._noted >= WRITE_EVERY_SECONDS:
            try:
                beat_now("beat")
                self._noted = time.monotonic()
            except redis.RedisError as fault:
                self.logger.warning("no sign of life left: %s", type(fault).__name__)
        return min(answer, WRITE_EVERY_SECONDS) if answer else answer
