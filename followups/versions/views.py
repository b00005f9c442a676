"""Pages of a version of the settings: drafting, what it changes, publishing, withdrawing."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliances.guards import SignedInRequest, requires
from alliances.permissions import Permission
from followups import versions
from followups.models import ProtocolVersion, VersionStatus
from followups.protocols import knobs
from followups.protocols.knobs import SettingsError
from followups.versions import VersionRefused
from followups.versions.form import VersionForm, WithdrawForm
from followups.versions.protocol_page import changes
from followups.versions.what_if_views import result_of

P = Permission


@require_GET
@requires(P.PROTOCOL_VIEW)
def version(request: SignedInRequest, version_id: int) -> HttpResponse:
    """What a version changes, who wrote it when and why, and what it would have changed last year."""
    return _page(request, _version(version_id))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(P.PROTOCOL_MANAGE)
def new(request: SignedInRequest) -> HttpResponse:
    """Write a draft, beginning with what the settings say today."""
    today = timezone.localdate()
    now = versions.in_force(on=today)
    start = {**_shown(knobs.as_values(now.settings)), "valid_from": today}
    form = VersionForm(request.POST if request.method == "POST" else None, today=today, initial=start)
    if form.is_bound and form.is_valid():
        try:
            row = versions.draft(form.values(), by=request.user, at=timezone.now(), **_about(form))
        except SettingsError as error:
            form.refuse(error)
        else:
            messages.success(request, _("The draft is kept. It judges nothing until it is published."))
            return redirect("followups:version", row.pk)
    return _form_page(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(P.PROTOCOL_MANAGE)
def edit(request: SignedInRequest, version_id: int) -> HttpResponse:
    """Write a draft anew."""
    row, today = _version(version_id), timezone.localdate()
    start = {**_shown(row.settings), "valid_from": row.valid_from, "reason": row.reason}
    form = VersionForm(request.POST if request.method == "POST" else None, today=today, initial=start)
    if row.status != VersionStatus.DRAFT:
        return redirect("followups:version", row.pk)
    if form.is_bound and form.is_valid():
        try:
            versions.change(row, form.values(), by=request.user, at=timezone.now(), **_about(form))
        except SettingsError as error:
            form.refuse(error)
        except VersionRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("The draft is changed."))
            return redirect("followups:version", row.pk)
    return _form_page(request, form, row)


@require_POST
@requires(P.PROTOCOL_MANAGE)
def publish(request: SignedInRequest, version_id: int) -> HttpResponse:
    """Let a draft judge visits from its day on."""
    row = _version(version_id)
    try:
        versions.publish(row, by=request.user, on=timezone.localdate(), at=timezone.now())
    except VersionRefused as refused:
        return _page(request, row, refused=str(refused), status=422)
    messages.success(
        request, _("Published: visits from %(day)s on are judged by it.") % {"day": row.valid_from}
    )
    return redirect("followups:version", row.pk)


@require_POST
@requires(P.PROTOCOL_MANAGE)
def withdraw(request: SignedInRequest, version_id: int) -> HttpResponse:
    """Take back a published version before it begins."""
    row, form = _version(version_id), WithdrawForm(request.POST)
    if not form.is_valid():
        return _page(
            request, row, withdraw=form, refused=" ".join(map(str, form["reason"].errors)), status=422
        )
    reason = form.cleaned_data["reason"]
    try:
        versions.withdraw(row, reason=reason, by=request.user, on=timezone.localdate(), at=timezone.now())
    except VersionRefused as refused:
        return _page(request, row, refused=str(refused), status=422)
    messages.success(request, _("Withdrawn: it will not take effect."))
    return redirect("followups:version", row.pk)


@require_POST
@requires(P.PROTOCOL_MANAGE)
def discard(request: SignedInRequest, version_id: int) -> HttpResponse:
    """Throw a draft away."""
    row = _version(version_id)
    try:
        versions.discard(row, by=request.user)
    except VersionRefused as refused:
        return _page(request, row, refused=str(refused), status=422)
    messages.success(request, _("The draft is thrown away."))
    return redirect("followups:protocols")


def _version(version_id: int) -> ProtocolVersion:
    """Versions belong to the installation: whoever reads the protocols reads them all."""
    people = ("drafted_by", "published_by", "withdrawn_by")
    return get_object_or_404(ProtocolVersion.objects.select_related(*people), pk=version_id)


def _about(form: VersionForm) -> dict[str, Any]:
    return {"valid_from": form.cleaned_data["valid_from"], "reason": form.cleaned_data["reason"]}


def _shown(values: dict[str, Any]) -> dict[str, Any]:
    """Stored values as a form begins with them; a setting younger than the version stands at its default."""
    return {knob.name: values.get(knob.name, knob.default) for knob in knobs.knobs()}


def _form_page(request: SignedInRequest, form: VersionForm, row: ProtocolVersion | None) -> HttpResponse:
    now = versions.in_force(on=timezone.localdate())
    context = {"form": form, "row": row, "lines": form.lines(now)}
    return render(request, "followups/version_form.html", context, status=422 if form.errors else 200)


def _page(
    request: SignedInRequest, row: ProtocolVersion, *, status: int = 200, refused: str = "", **more: Any
) -> HttpResponse:
    today = timezone.localdate()
    before = versions.before(row)
    context = {
        "row": row,
        "changes": changes(row.settings, before),
        "begun": row.status == VersionStatus.PUBLISHED and row.valid_from <= today,
        "may_manage": request.scope.may(P.PROTOCOL_MANAGE),
        "withdraw": WithdrawForm(),
        "refused": refused,
        "today": today,
        **result_of(request, row),
        **more,
    }
    return render(request, "followups/version.html", context, status=status)
