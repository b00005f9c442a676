"""Pages of the audit trail: the search, a month as a file, who looked into a resident's record."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from alliances.guards import SignedInRequest, requires
from alliances.permissions import Permission
from journal import audit, exports, months
from journal.models import AuditSeal
from patients.identifiers import is_telling
from patients.identity import masks
from patients.models import Patient
from workbench.trail import files, lines
from workbench.trail.access import history
from workbench.trail.forms import MonthForm, TrailForm
from workbench.trail.reach import Reach, reach_of, resident

P = Permission
DAYS_SHOWN = 30
MONTHS_OF_ACCESS = 12
NOBODY = UUID(int=0)


@requires(P.AUDIT_VIEW)
@require_http_methods(["GET", "POST"])
def trail(request: SignedInRequest) -> HttpResponse:
    """Who did or opened what, when, from where, for which resident. Searching is itself recorded.

    The form posts, and what it says becomes an address that has pages: a number that may be a document's becomes the
    resident it names first, for addresses stay in logs.
    """
    today = timezone.localdate()
    reach = reach_of(request.scope, on=today)
    if request.method == "POST":
        return _at_its_address(request, reach)
    if is_telling(request.GET.get("resident", "")):
        messages.warning(
            request,
            _("A document number does not belong into an address. Type it into the search field."),
        )
        return redirect("workbench:trail")
    form = TrailForm(_given(request, today), organization_ids=reach.organization_ids)
    if not form.is_valid():
        return render(request, "workbench/trail.html", _frame(form, today), status=422)
    found, matches = _asked(form.cleaned_data, reach, today)
    try:
        page = lines.page(
            lines.events(reach, found),
            after=request.GET.get("after", ""),
            before=request.GET.get("before", ""),
        )
    except ValueError as nonsense:
        raise Http404 from nonsense
    used = sorted(name for name, value in form.cleaned_data.items() if value)
    only = matches[0].pk if len(matches) == 1 else None
    audit.record("trail.search", by=request.user, patient_id=only, detail={"by_conditions": ", ".join(used)})
    shown = matches[: lines.MOST_MATCHES]
    context = {**_frame(form, today), "page": page, "matches": shown, "identities": masks(shown[:1]),
               "too_many": len(matches) > lines.MOST_MATCHES}  # fmt: skip
    return render(request, "workbench/trail.html", context)


def _at_its_address(request: SignedInRequest, reach: Reach) -> HttpResponse:
    """Where the lines that were asked for are; a number that names nobody leads to the resident that is none."""
    said = {name: str(request.POST.get(name, "")).strip() for name in TrailForm.base_fields}
    if said["resident"]:
        said["patient"] = ""
    if is_telling(said["resident"]):
        found = lines.residents_named(reach, said["resident"])
        said |= {"resident": "", "patient": str(found[0].pk if len(found) == 1 else NOBODY)}
    return redirect(f"{reverse('workbench:trail')}?{urlencode(said)}")


def _given(request: SignedInRequest, today: date) -> dict[str, str]:
    """What the address asks; without any condition the latest days."""
    given = {name: str(text).replace("\x00", "") for name, text in request.GET.items()}
    if not given.keys() & TrailForm.base_fields.keys():
        given["since"] = (today - timedelta(days=DAYS_SHOWN - 1)).isoformat()
        given["until"] = today.isoformat()
    return given


def _frame(form: TrailForm, today: date) -> dict[str, Any]:
    return {
        "form": form,
        "today": today,
        "months": MonthForm(months=_months(today)),
        "sealed": AuditSeal.objects.order_by("-number").first(),
    }


def _months(today: date) -> list[date]:
    """The months that can be taken away, newest first."""
    first = months.earliest(today)
    found = [today.replace(day=1)]
    while found[-1] > first:
        found.append(months.before(found[-1], 1))
    return found


def _asked(given: dict[str, Any], reach: Reach, today: date) -> tuple[lines.Asked, list[Patient]]:
    """The conditions with names looked up, and the residents whom the text named."""
    matches: list[Patient] = []
    if given["patient"]:
        matches = lines.resident_of(reach, given["patient"])
    elif given["resident"]:
        matches = lines.residents_named(reach, given["resident"])
    narrows = bool(given["patient"] or given["resident"])
    patients = [row.pk for row in matches[: lines.MOST_MATCHES]]
    users, clients = lines.agents_named(given["agent"]) if given["agent"] else ([], [])
    asked = lines.Asked(
        since=given["since"] or months.earliest(today),
        until=given["until"] or today,
        patient_ids=None if narrows and not patients else patients,
        users=None if given["agent"] and not users and not clients else users,
        clients=clients,
        actions=given["action"],
        organization_id=given["organization"].pk if given["organization"] else None,
        address=given["address"] or "",
    )
    return asked, matches


@require_GET
@requires(P.AUDIT_VIEW)
def export(request: SignedInRequest) -> HttpResponseBase:
    """A month of what the officer reads, as CSV for a spreadsheet; streamed, and recorded before it leaves."""
    today = timezone.localdate()
    form = MonthForm(request.GET, months=_months(today))
    if not form.is_valid():
        reach = reach_of(request.scope, on=today)
        context = _frame(TrailForm(_given(request, today), organization_ids=reach.organization_ids), today)
        return render(request, "workbench/trail.html", {**context, "months": form}, status=422)
    month: date = form.cleaned_data["month"]
    now = timezone.now()
    stamp = exports.take("trail.export", by=request.user, at=now, detail={"month": f"{month:%Y-%m}"})
    condition = reach_of(request.scope, on=today).lines()
    rows = files.month_lines(month, condition).filter(at__lt=now).iterator(chunk_size=files.CHUNK)
    name = _("audit-trail-%(month)s.csv") % {"month": f"{month:%Y-%m}"}
    return exports.answer(files.as_csv(rows, month, stamp), name, stamp=stamp, kind=exports.CSV)


@require_GET
@requires(P.ACCESS_HISTORY)
def access(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """Who looked into a resident's record, when and why: for a resident who asks. Opening it is recorded."""
    today = timezone.localdate()
    try:
        found = resident(request.user, request.scope, patient_id, on=today)
    except Patient.DoesNotExist as absent:
        raise Http404 from absent
    whole = request.GET.get("all") == "1"
    until = _until(request, today)
    since = months.before(until, MONTHS_OF_ACCESS)
    audit.record("trail.access-history", by=request.user, subject=found)
    shown = history(found.pk, since=since, until=until, whole=whole)
    older = _older(shown.until, whole=whole)
    context = {
        "patient": found, "identity": masks([found]).get(found.pk), "history": shown, "whole": whole, "since": since,
        "until": until, "older": older, "now": timezone.now(), "today": today,
        "officer": request.scope.may(P.AUDIT_VIEW),
    }  # fmt: skip
    return render(request, "workbench/access.html", context)


def _until(request: SignedInRequest, today: date) -> date:
    """The last day shown; nonsense is not found."""
    try:
        return date.fromisoformat(request.GET.get("until") or today.isoformat())
    except ValueError as nonsense:
        raise Http404 from nonsense


def _older(until: date | None, *, whole: bool) -> str:
    if until is None:
        return ""
    return f"?{urlencode({'until': until.isoformat(), **({'all': '1'} if whole else {})})}"
