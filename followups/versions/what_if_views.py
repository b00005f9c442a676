"""What a draft would change: asking, progress, stopping, and the visits behind a number."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from alliances.guards import SignedInRequest, requires
from alliances.paper_fields import page_of
from alliances.permissions import Permission
from followups import tasks
from followups.models import Action, Klass, ProtocolVersion, WhatIf, WhatIfChange, WhatIfStatus
from followups.protocols import terms
from followups.versions import VersionRefused, what_ifs
from followups.versions.what_ifs import Matrix
from patients.links import patient_path
from patients.programmes import Programme

P = Permission
PAGE = 50
KINDS: dict[str, tuple[type[terms.Klass] | type[terms.Action], dict[str, Any]]] = {
    "klass": (terms.Klass, dict(Klass.choices)),
    "action": (terms.Action, dict(Action.choices)),
}


@require_POST
@requires(P.PROTOCOL_MANAGE)
def ask(request: SignedInRequest, version_id: int) -> HttpResponse:
    """Run a draft over the last year; a run that was interrupted goes on."""
    row, now = get_object_or_404(ProtocolVersion, pk=version_id), timezone.now()
    run = WhatIf.objects.select_related("version").filter(version=row).first()
    if run is not None and what_ifs.is_interrupted(run, at=now) and not what_ifs.is_stale(run):
        tasks.send_what_if(run)
        return redirect("followups:version", row.pk)
    try:
        tasks.send_what_if(what_ifs.ask(row, by=request.user, on=timezone.localdate(now), at=now))
    except VersionRefused as refused:
        messages.warning(request, str(refused))
    return redirect("followups:version", row.pk)


@require_POST
@requires(P.PROTOCOL_MANAGE)
def stop(request: SignedInRequest, version_id: int) -> HttpResponse:
    """End a run that is waiting or at work."""
    run = get_object_or_404(WhatIf.objects.select_related("version"), version=version_id)
    try:
        what_ifs.stop(run, by=request.user, at=timezone.now())
    except VersionRefused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("The run is stopped."))
    return redirect("followups:version", version_id)


@require_GET
@requires(P.PROTOCOL_VIEW)
def progress(request: SignedInRequest, version_id: int) -> HttpResponse:
    """The progress bar, asked for every two seconds; when the run has ended the page is read again."""
    row = get_object_or_404(ProtocolVersion, pk=version_id)
    run = get_object_or_404(WhatIf.objects.select_related("version"), version=row)
    context = {"row": row, "may_manage": request.scope.may(P.PROTOCOL_MANAGE), **_state(run)}
    response = render(request, "followups/what_if_progress.html", context)
    if not context["at_work"] or context["interrupted"]:
        response["HX-Refresh"] = "true"
    return response


@require_GET
@requires(P.PERFORMANCE_PATIENTS)
def changed(request: SignedInRequest, version_id: int) -> HttpResponse:
    """The visits behind a number of the run: those of the residents that the caller may see."""
    run = get_object_or_404(WhatIf.objects.select_related("version"), version=version_id)
    programme, kind = request.GET.get("programme", ""), request.GET.get("kind", "klass")
    old, new = request.GET.get("from", ""), request.GET.get("to", "")
    words = KINDS.get(kind, KINDS["klass"])[1]
    if kind not in KINDS or not {old, new} <= {"", *words} or programme not in {"", *Programme.values}:
        raise Http404
    asked = {"programme": programme, kind: old, f"new_{kind}": new}
    rows = WhatIfChange.objects.visible_to(request.user, doing=P.PERFORMANCE_PATIENTS).filter(
        run=run, **{name: value for name, value in asked.items() if value}
    )
    page = page_of(request, rows.select_related("patient__care_team").order_by("-on", "-pk"), PAGE)
    context = {
        "row": run.version,
        "page": page,
        "lines": [_line(one) for one in page],
        "programme": Programme(programme).label if programme else "",
        "old": words.get(old, ""),
        "new": words.get(new, ""),
        "stale": what_ifs.is_stale(run),
        "query": f"programme={programme}&kind={kind}&from={old}&to={new}",
    }
    return render(request, "followups/what_if_visits.html", context)


def result_of(request: SignedInRequest, row: ProtocolVersion) -> dict[str, Any]:
    """The run of a version as its page shows it; `run` None where there is none."""
    run = WhatIf.objects.select_related("version", "asked_by").filter(version=row).first()
    if run is None:
        return {"run": None}
    kind = request.GET.get("kind", "klass")
    kind = kind if kind in KINDS else "klass"
    found = what_ifs.matrices(run, request.scope.number_organization_ids, kind=kind)
    may_open = request.scope.may(P.PERFORMANCE_PATIENTS)
    return {**_state(run), "kind": kind, "tables": [_table(one, kind) for one in found], "may_open": may_open}


def _state(run: WhatIf) -> dict[str, Any]:
    done, total = run.people_done, run.people_total
    return {
        "run": run,
        "at_work": run.status in what_ifs.AT_WORK,
        "finished": run.status == WhatIfStatus.DONE,
        "interrupted": what_ifs.is_interrupted(run, at=timezone.now()),
        "stale": what_ifs.is_stale(run),
        "percent": min(100, done * 100 // total) if total else 0,
    }


def _table(matrix: Matrix, kind: str) -> dict[str, Any]:
    """A from/to table: only the words that occur, mildest first; a number off the diagonal opens its list."""
    order, words = KINDS[kind]
    used = set(matrix.counts) | {new for row in matrix.counts.values() for new in row}
    codes = [word.value for word in order if word.value in used]
    rows = [
        (words[old], [(new, matrix.counts.get(old, {}).get(new, 0), new != old) for new in codes], old)
        for old in codes
    ]
    return {
        "matrix": matrix,
        "name": Programme(matrix.programme).label,
        "heads": [words[code] for code in codes],
        "rows": rows,
    }


def _line(row: WhatIfChange) -> dict[str, Any]:
    return {
        "row": row,
        "name": Programme(row.programme).label,
        "old": (Klass(row.klass).label, Action(row.action).label),
        "new": (Klass(row.new_klass).label, Action(row.new_action).label),
        "path": patient_path(row.patient_id),
    }
