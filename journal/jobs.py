"""Jobs: the tasks that the schedule asks for, in words, and what each run of them did.

A run by a worker is noted when it begins and when it ends, and holds a lock of the database for as long as it lasts:
the same job never runs twice at the same time, and the lock of a worker that was killed goes with its connection.
Behind a pooler this needs sessions, not transactions.
"""

import logging
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zlib import crc32

import celery
from django.db import DatabaseError, IntegrityError, InterfaceError, connection, transaction
from django.utils import timezone

from journal import audit
from journal.audit import Agent
from journal.models import JobRun, JobState

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

logger = logging.getLogger(__name__)

KEPT_DAYS = 14
#: A job that was asked for and that no worker took within this time is given up: the broker has lost it.
TAKEN_WITHIN = timedelta(minutes=10)
_LOCKS = 0x59494C  # one half of the lock's key: apart from other advisory locks
_running: ContextVar[int | None] = ContextVar("running_job", default=None)


@dataclass(frozen=True)
class Job:
    """A task in words. `by_hand`: a person may run it now; `recorded`: its runs are noted."""

    task: str
    name: "StrOrPromise"
    about: "StrOrPromise"
    by_hand: bool = True
    recorded: bool = True


class AlreadyRunning(Exception):
    """The job is running or has been asked for."""


_jobs: dict[str, Job] = {}


def register(job: Job) -> None:
    """Make a job known; each app registers its own when it is ready."""
    _jobs[job.task] = job


def jobs() -> Mapping[str, Job]:
    """All jobs by the name of their task."""
    return _jobs


@transaction.atomic
def ask(job: Job, *, by: Agent, at: datetime) -> JobRun:
    """Note that a person wants the job to run now. The caller sends the task once this has committed.

    Raises AlreadyRunning.
    """
    settle(job.task, at=at)
    try:
        with transaction.atomic():
            run = JobRun.objects.create(
                task=job.task, state=JobState.ASKED, asked_by=by.agent_name(), started_at=at
            )
    except IntegrityError:
        raise AlreadyRunning from None
    audit.record("job.run", by=by, subject=run, detail={"task": job.task})
    return run


def not_sent(task: str, *, at: datetime) -> None:
    """The broker did not take the job that somebody asked for."""
    asked = JobRun.objects.filter(task=task, state=JobState.ASKED)
    asked.update(state=JobState.FAILED, ended_at=at, error="the broker did not answer")


def settle(task: str, *, at: datetime) -> None:
    """End open runs that cannot be running: nobody holds their lock any more, or no worker ever took them."""
    open_ones = JobRun.objects.filter(task=task, state__in=[JobState.ASKED, JobState.RUNNING])
    lost = {"state": JobState.LOST, "ended_at": at}
    open_ones.filter(state=JobState.ASKED, started_at__lt=at - TAKEN_WITHIN).update(**lost)
    if open_ones.filter(state=JobState.RUNNING).exists() and _lock(task):
        try:
            open_ones.filter(state=JobState.RUNNING).update(**lost)
        finally:
            _unlock(task)


def _key(task: str) -> tuple[int, int]:
    number = crc32(task.encode())
    return _LOCKS, number - 2**32 if number >= 2**31 else number


def _lock(task: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", _key(task))
        return bool(cursor.fetchone()[0])


def _unlock(task: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", _key(task))


def _let_go(task: str) -> None:
    """Give the lock back; a connection that broke has lost it already."""
    try:
        _unlock(task)
    except (DatabaseError, InterfaceError) as fault:
        logger.warning("the lock of %s went with its connection: %s", task, type(fault).__name__)
        connection.close()


def progress(done: int, total: int = 0) -> None:
    """Tell how far the running job is; does nothing where no job runs."""
    run = _running.get()
    if run is not None:
        JobRun.objects.filter(pk=run).update(done=done, total=total)


def tidy(*, at: datetime) -> int:
    """Forget the runs of more than a fortnight ago."""
    return JobRun.objects.filter(started_at__lt=at - timedelta(days=KEPT_DAYS)).delete()[0]


class RecordedTask(celery.Task):
    """A task whose runs by a worker are noted, one at a time. Called as a function it is a function."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run; a second one at the same time does nothing and says so."""
        job = _jobs.get(self.name)
        if job is None or not job.recorded or self.request.called_directly or self.request.is_eager:
            return super().__call__(*args, **kwargs)
        if not _lock(self.name):
            return {"skipped": "already running"}
        try:
            return self._noted(args, kwargs)
        finally:
            _let_go(self.name)

    def _noted(self, args: Any, kwargs: Any) -> Any:
        run = _begun(self.name, at=timezone.now())
        token = _running.set(run)
        try:
            result = super().__call__(*args, **kwargs)
        except Exception as error:
            _ended(run, JobState.FAILED, error=type(error).__name__)
            raise
        finally:
            _running.reset(token)
        _ended(run, JobState.DONE, result=result if isinstance(result, dict) else {})
        return result


@transaction.atomic
def _begun(task: str, *, at: datetime) -> int:
    """The run of the job that begins: the one that was asked for, or a new one. The lock is held."""
    open_ones = JobRun.objects.select_for_update().filter(task=task)
    open_ones.filter(state=JobState.RUNNING).update(state=JobState.LOST, ended_at=at)
    asked = open_ones.filter(state=JobState.ASKED).first()
    if asked is None:
        return JobRun.objects.create(task=task, started_at=at).pk
    asked.state, asked.started_at = JobState.RUNNING, at
    asked.save(update_fields=["state", "started_at"])
    return asked.pk


def _ended(run: int, state: JobState, *, result: Mapping[str, Any] | None = None, error: str = "") -> None:
    """Note the end; a database that is away says so in the log, and the next run settles the row."""
    try:
        JobRun.objects.filter(pk=run).update(
            state=state, ended_at=timezone.now(), result=result or {}, error=error
        )
    except Exception:  # the error of the job itself must not be hidden by this one
        if state != JobState.FAILED:
            raise
        logger.exception("the end of run %s could not be noted", run)
