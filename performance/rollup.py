"""Keeping the cells: all of them, those of a period, or those that the news touches.

Each indicator's cells are recomputed whole by one statement, so that running again changes nothing. A lock of the
database lets one run work at a time. Statements commit one by one: a long run must not hold back the feed's horizon,
and a run that dies leaves its cursor where it was.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.utils import timezone
from psycopg2.extensions import TRANSACTION_STATUS_INERROR

from journal import feed
from journal.models import Change
from performance import dirty
from performance.indicators import Indicator, Registered, indicators
from performance.models import Handover, RollupCursor
from performance.months import Month, kept_months
from performance.settings import configured
from performance.statements import Wanted, cells_statement

# One lock for all rollups of this database ("YLRU").
_LOCK = 0x594C5255
_NAME = "indicators"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did: cells computed, those of them that changed or went, and how long it took."""

    cells: int = 0
    changed: int = 0
    seconds: float = 0.0
    full: bool = False


class Busy(Exception):
    """Another run is at work."""


def full(*, on: date) -> Outcome:
    """Recompute every cell of the kept years as of the day, and take the feed as read up to now."""
    with _alone(wait=True):
        return _timed(lambda: _full(on))


def of_months(months: tuple[Month, ...]) -> Outcome:
    """Recompute every cell of these months; the cursor stays where it is."""
    with _alone(wait=True):
        return _timed(lambda: _store(Wanted(months))) if months else Outcome()


def refresh(*, on: date, wait: bool = True) -> Outcome:
    """Recompute the cells touched since the last run; everything on the first run.

    Raises Busy when another run is at work and `wait` is off.
    """
    with _alone(wait=wait):
        return _timed(lambda: _refresh(on))


def _full(on: date) -> Outcome:
    read_to, months = _feed_end(feed.horizon()), kept_months(configured().years_kept, on=on)
    handovers = _handovers()
    outcome = _store(Wanted(months))
    _remember(read_to, on, outcome, handovers)
    return Outcome(outcome.cells, outcome.changed, full=True)


def _refresh(on: date) -> Outcome:
    last = RollupCursor.objects.filter(name=_NAME).first()
    if last is None or last.on is None or on < last.on:
        return _full(on)
    after, horizon = feed.Cursor(last.epoch, last.xact_id, last.seq), feed.horizon()
    read_to = _feed_end(horizon)
    if read_to < after:
        return _full(on)
    months, handovers = kept_months(configured().years_kept, on=on), _handovers()
    turned = _turned(months, last.on, on)
    outcome = _store(Wanted(turned)) if turned else Outcome()
    settled = [month for month in months if month not in turned]
    found = dirty.touched(after, horizon=horizon, before=last.on, on=on, months=settled, handovers=handovers)
    for indicator in _registered():
        found |= dirty.register_changed(indicator.code, settled)
    if found:
        some = _store(Wanted.of(dirty.as_cells(found, settled)))
        outcome = Outcome(outcome.cells + some.cells, outcome.changed + some.changed)
    _remember(read_to, on, outcome, handovers)
    return outcome


def _turned(months: tuple[Month, ...], before: date, on: date) -> tuple[Month, ...]:
    """The months that began or were closed between the two days: their cells change without any row's news."""
    running = before.replace(day=1)
    return tuple(month for month in months if month.first >= running) if on.replace(day=1) > running else ()


def _registered() -> list[Indicator]:
    return [one for one in indicators(configured()).values() if isinstance(one.base, Registered)]


def _store(wanted: Wanted) -> Outcome:
    """One statement an indicator."""
    cells = changed = 0
    with connection.cursor() as cursor, _planned_for(wanted, cursor):
        for indicator in indicators(configured()).values():
            cursor.execute(*cells_statement(indicator, wanted))
            computed, written, removed = cursor.fetchone()
            cells += computed
            changed += written + removed
    return Outcome(cells, changed)


@contextmanager
def _planned_for(wanted: Wanted, cursor: CursorWrapper) -> Iterator[None]:
    """Whole months join whole tables. The planner takes intervals within expressions for rare, and would loop over
    one table for each row of the other."""
    if wanted.cells is not None:
        yield
        return
    cursor.execute("SET enable_nestloop = off")
    try:
        yield
    finally:
        cursor.execute("RESET enable_nestloop")


def _feed_end(horizon: int) -> feed.Cursor:
    """The last settled line of the feed."""
    ordered = Change.objects.filter(xact_id__lt=horizon).order_by("-epoch", "-xact_id", "-seq")
    line = ordered.values_list("epoch", "xact_id", "seq").first()
    return feed.Cursor(*line) if line else feed.Cursor()


def _handovers() -> list[int]:
    """The noted changes of responsibility, by id: those that commit meanwhile are for the next run."""
    return list(Handover.objects.values_list("pk", flat=True))


def _remember(read_to: feed.Cursor, on: date, outcome: Outcome, handovers: list[int]) -> None:
    Handover.objects.filter(pk__in=handovers).delete()
    RollupCursor.objects.update_or_create(
        name=_NAME,
        defaults={**read_to._asdict(), "on": on, "refreshed_at": timezone.now(), "cells": outcome.cells},
    )


def _timed(run: Callable[[], Outcome]) -> Outcome:
    begun = time.monotonic()
    done = run()
    return Outcome(done.cells, done.changed, time.monotonic() - begun, done.full)


@contextmanager
def _alone(*, wait: bool) -> Iterator[None]:
    with connection.cursor() as cursor:
        if wait:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        else:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
            if not cursor.fetchone()[0]:
                raise Busy
    try:
        yield
    finally:
        # In a transaction that has failed nothing can be said to the server; the lock ends with the session then.
        if connection.connection.info.transaction_status != TRANSACTION_STATUS_INERROR:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
