"""Importing a roster: upload, preview with every fault, confirmation, progress, result, and the imports of before."""

from typing import Any, cast
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from alliances.guards import requires
from alliances.permissions import Permission
from alliances.scope import Scope
from exchange import tasks
from exchange.forms import RosterForm, SealedUploadHandler
from exchange.imports import batches
from exchange.imports.excerpt import excerpt
from exchange.models import ImportBatch, ImportRow, ImportStatus
from exchange.roster.faults import reason
from exchange.roster.report import Line, as_workbook, template
from exchange.roster.workbook import RosterError
from journal import exports

ROWS_PER_PAGE = 50
may_import = requires(Permission.ROSTER_IMPORT)


@csrf_exempt  # the handler must be chosen before anything reads the body; `_imports` is protected
@may_import
@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    """The upload and the imports of before."""
    request.upload_handlers = [SealedUploadHandler(request)]
    return _imports(request)


@csrf_protect
def _imports(request: HttpRequest) -> HttpResponse:
    form = RosterForm(request.POST or None, request.FILES or None, scope=_scope(request))
    if request.method == "POST" and form.is_valid():
        try:
            now = timezone.now()
            batch = batches.preview(
                form.content(),
                form.cleaned_data["file"].name,
                form.cleaned_data["organization"],
                by=_user(request),
                on=timezone.localdate(now),
                at=now,
            )
        except RosterError as refused:
            form.add_error("file", str(refused))
        else:
            return redirect("exchange:import", batch.pk)
    page = Paginator(_visible(request).select_related("organization", "uploaded_by"), 20).get_page(
        request.GET.get("page")
    )
    lines = [(batch, _rejected(batch)) for batch in page]
    context = {"form": form, "page": page, "lines": lines}
    return render(request, "exchange/imports.html", context, status=422 if form.errors else 200)


@may_import
@require_GET
def import_(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """One import: its preview, its progress or its result."""
    batch = _batch(request, batch_id)
    return render(request, "exchange/import.html", {**_state(batch), **_faults(request, batch)})


@may_import
@require_GET
def import_progress(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """The progress bar, asked for every two seconds; when the import has ended the page is read again."""
    batch = _batch(request, batch_id)
    response = render(request, "exchange/import_progress.html", _state(batch))
    if batch.status not in (ImportStatus.QUEUED, ImportStatus.RUNNING) or batches.is_interrupted(batch):
        response["HX-Refresh"] = "true"
    return response


@may_import
@require_POST
def import_confirm(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Import what was previewed, or go on with what was interrupted."""
    batch = _batch(request, batch_id)
    if batch.status == ImportStatus.RUNNING and not batches.is_interrupted(batch):
        return redirect("exchange:import", batch.pk)
    try:
        batches.confirm(batch, by=_user(request))
    except batches.ImportEndedError:
        return redirect("exchange:import", batch.pk)
    tasks.send(batch, by=_user(request))
    return redirect("exchange:import", batch.pk)


@may_import
@require_POST
def import_discard(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Throw the workbook away."""
    batch = _batch(request, batch_id)
    try:
        batches.discard(batch, by=_user(request), at=timezone.now())
    except batches.ImportEndedError:
        return redirect("exchange:import", batch.pk)
    return redirect("exchange:imports")


@may_import
@require_GET
def import_report(request: HttpRequest, batch_id: UUID) -> HttpResponseBase:
    """Every fault with row, column, reason and remedy, as a workbook; taking it away is recorded."""
    batch = _batch(request, batch_id)
    lines: dict[str, list[Line]] = {sheet["name"]: [] for sheet in batch.report.get("sheets", [])}
    for row in batch.rows.order_by("sheet", "row", "pk"):
        lines[row.sheet].append(Line(row.row, row.column, not row.rejected, row.fault, row.message))
    if not lines:
        raise Http404
    stamp = exports.take("roster.report", by=_user(request), at=timezone.now(), subject=batch)
    name = _("import-report-%(day)s.xlsx") % {"day": f"{batch.created_at:%Y%m%d-%H%M}"}
    return exports.answer(as_workbook(lines, stamp=stamp), name, stamp=stamp)


@may_import
@require_GET
def import_template(request: HttpRequest) -> HttpResponseBase:
    """An empty roster."""
    return exports.blank(template(), _("roster-template.xlsx"))


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)  # `requires` lets nobody else in


def _scope(request: HttpRequest) -> Scope:
    """The centres for which one of the user's posts may import; `requires` leaves the whole scope."""
    scope: Scope = request.scope  # type: ignore[attr-defined]
    return scope.doing(Permission.ROSTER_IMPORT, on=timezone.localdate())


def _visible(request: HttpRequest) -> QuerySet[ImportBatch]:
    """Imports of the centres that the user administers, newest first, without their workbooks."""
    mine = ImportBatch.objects.filter(organization__in=_scope(request).organization_ids)
    return mine.defer("file_sealed").order_by("-created_at", "-pk")


def _batch(request: HttpRequest, batch_id: UUID) -> ImportBatch:
    return get_object_or_404(_visible(request).select_related("organization", "uploaded_by"), pk=batch_id)


def _state(batch: ImportBatch) -> dict[str, Any]:
    """Where the import stands, in the words of the templates."""
    sheets = batch.report.get("sheets", [])
    return {
        "batch": batch,
        "interrupted": batches.is_interrupted(batch),
        "sheets": sheets,
        "accepted": sum(sheet["accepted"] for sheet in sheets),
        "unchanged": sum(sheet["unchanged"] for sheet in sheets),
        "rejected": _rejected(batch),
        "percent": min(100, batch.rows_done * 100 // batch.rows_total) if batch.rows_total else 0,
    }


def _rejected(batch: ImportBatch) -> int:
    return sum(sheet["rejected"] for sheet in batch.report.get("sheets", []))


def _faults(request: HttpRequest, batch: ImportBatch) -> dict[str, Any]:
    """The chosen sheet and the page of its faulty rows, by reason when one is chosen."""
    sheets = batch.report.get("sheets", [])
    if not sheets:
        return {}
    sheet = next((each for each in sheets if each["name"] == request.GET.get("sheet")), sheets[0])
    codes = [(code, reason(code), count) for code, count in sheet["codes"].items()]
    code = request.GET.get("fault", "")
    rows: QuerySet[ImportRow] = batch.rows.filter(sheet=sheet["name"]).order_by("row", "pk")
    if code in sheet["codes"]:
        rows = rows.filter(fault=code)
    page = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    shown = excerpt(batch, sheet["name"], {row.row for row in page})
    lines = [{"fault": row, "excerpt": shown.get(row.row), "cell": _cell(shown, row)} for row in page]
    return {
        "sheet": sheet,
        "codes": sorted(codes, key=lambda entry: -entry[2]),
        "code": code if code in sheet["codes"] else "",
        "page": page,
        "lines": lines,
        "with_cells": bool(shown),
    }


def _cell(shown: dict[int, Any], row: ImportRow) -> str:
    found = shown.get(row.row)
    return found.cells.get(row.column, "") if found else ""
