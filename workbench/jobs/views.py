"""Pages of jobs."""

from collections.abc import Iterable
from typing import Any

from celery import current_app
from django import forms
from django.contrib import messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_celery_beat.models import PeriodicTask
from kombu.exceptions import OperationalError as BrokerError

from alliances.guards import SignedInRequest, requires
from alliances.permissions import Permission
from journal import jobs as known
from journal.models import JobRun, JobState
from workbench.jobs import schedules
from workbench.jobs.schedules import DAILY, EVERY, HOURLY, SHORTEST, When

RUNS = 20
TONES = {"asked": "info", "running": "info", "done": "green", "failed": "red", "lost": "amber"}
MODES = [
    (EVERY, gettext_lazy("every …")),
    (HOURLY, gettext_lazy("each hour")),
    (DAILY, gettext_lazy("each day")),
]
UNITS = [
    ("seconds", gettext_lazy("seconds")),
    ("minutes", gettext_lazy("minutes")),
    ("hours", gettext_lazy("hours")),
]


#: What tasks answer, in words.
RESULTS = {
    "sent": gettext_lazy("sent"), "uncertain": gettext_lazy("uncertain"), "stopped": gettext_lazy("called off"),
    "failed": gettext_lazy("failed"), "postponed": gettext_lazy("postponed"), "asked to wait": gettext_lazy("asked to wait"), "moved": gettext_lazy("by the next channel"),
    "resting": gettext_lazy("quiet hours"), "put back": gettext_lazy("put back"),
    "unreachable": gettext_lazy("other end away"), "written": gettext_lazy("written"),
    "seals": gettext_lazy("seals"), "rows": gettext_lazy("rows"), "skipped": gettext_lazy("skipped"),
}  # fmt: skip


class WhenForm(forms.Form):
    """When a job runs."""

    mode = forms.ChoiceField(label=gettext_lazy("Runs"), choices=MODES, widget=forms.RadioSelect)
    every = forms.IntegerField(label=gettext_lazy("Every"), min_value=1, max_value=10_000, required=False)
    unit = forms.ChoiceField(label=gettext_lazy("Unit of time"), choices=UNITS, required=False)
    at = forms.TimeField(
        label=gettext_lazy("At (each hour: the minute counts)"), required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )  # fmt: skip
    enabled = forms.BooleanField(label=gettext_lazy("switched on"), required=False)

    def clean(self) -> dict[str, Any]:
        """A pause that is long enough, or a time."""
        found = super().clean() or {}
        if found.get("mode") == EVERY:
            when = When(EVERY, found.get("every") or 0, found.get("unit") or "seconds")
            if when.seconds < SHORTEST:
                self.add_error("every", _("At least %(n)s seconds.") % {"n": SHORTEST})
            found["when"] = when
        elif found.get("mode") and not found.get("at"):
            self.add_error("at", _("At what time?"))
        elif found.get("mode"):
            found["when"] = When(found["mode"], at=found["at"])
        return found


def _rows() -> QuerySet[PeriodicTask]:
    """The scheduled jobs that are known by name, with the newest run of each."""
    newest = JobRun.objects.filter(task=OuterRef("task")).order_by("-pk").values("pk")[:1]
    rows = PeriodicTask.objects.filter(task__in=list(known.jobs())).select_related("interval", "crontab")
    return rows.annotate(newest_run=Subquery(newest)).order_by("name")


def _lines(rows: Iterable[PeriodicTask]) -> list[dict[str, Any]]:
    rows = list(rows)
    runs = JobRun.objects.in_bulk([row.newest_run for row in rows if row.newest_run])
    return [
        {"row": row, "job": known.jobs()[row.task], "when": schedules.in_words(row),
         "run": _shown(runs.get(row.newest_run))}
        for row in rows
    ]  # fmt: skip


def _shown(run: JobRun | None) -> dict[str, Any] | None:
    if run is None:
        return None
    ended = run.ended_at or timezone.now()
    share = round(100 * run.done / run.total) if run.total else None
    return {
        "run": run, "tone": TONES[run.state], "seconds": max(0.0, (ended - run.started_at).total_seconds()),
        "share": share, "result": ", ".join(f"{_(name)} {n}" for name, n in run.result.items() if n),
        "open": run.state in (JobState.ASKED, JobState.RUNNING),
    }  # fmt: skip


@require_GET
@requires(Permission.JOBS_VIEW)
def jobs(request: SignedInRequest) -> HttpResponse:
    """Every job: what it does, when it runs, how the last run went."""
    return render(request, "workbench/jobs.html", {"lines": _lines(_rows())})


@require_http_methods(["GET", "POST"])
@requires(Permission.JOBS_VIEW)
def job(request: SignedInRequest, job_id: int) -> HttpResponse:
    """One job: its last runs, and when it runs."""
    row = get_object_or_404(_rows(), pk=job_id)
    when = schedules.when_of(row) or When(EVERY, 1, "hours")
    initial = {
        "mode": when.mode,
        "every": when.every or None,
        "unit": when.unit,
        "at": when.at,
        "enabled": row.enabled,
    }
    form = WhenForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        schedules.change(
            row, form.cleaned_data["when"], enabled=form.cleaned_data["enabled"], by=request.user
        )
        messages.success(request, _("Changed. Beat follows within seconds."))
        return redirect("workbench:job", row.pk)
    runs = [_shown(run) for run in JobRun.objects.filter(task=row.task).order_by("-pk")[:RUNS]]
    context = {**_lines([row])[0], "form": form, "runs": runs}
    return render(request, "workbench/job.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Permission.JOBS_VIEW)
def run(request: SignedInRequest, job_id: int) -> HttpResponse:
    """Run a job now, unless it is running."""
    row = get_object_or_404(_rows(), pk=job_id)
    wanted = known.jobs()[row.task]
    try:
        known.ask(wanted, by=request.user, at=timezone.now())
        # Sent only once the asking stands: a worker that is faster finds it.
        current_app.send_task(row.task, retry=False)
    except known.AlreadyRunning:
        messages.info(request, _("This job is running already."))
    except (BrokerError, OSError):
        known.not_sent(row.task, at=timezone.now())
        messages.error(request, _("The broker does not answer: the job has not been started."))
    else:
        messages.success(request, _("Asked for. A worker takes it at once."))
    return redirect("workbench:job", row.pk)
