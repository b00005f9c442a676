"""Pathway templates: what the product brings along, an alliance's own versions, and making the next one."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext as said
from django.views.decorators.http import require_GET, require_http_methods

from alliances.guards import SignedInRequest, requires
from alliances.models import Alliance
from alliances.permissions import Permission
from alliances.reach import alliances_run_by
from followups.plans.pathways import catalogue
from followups.plans.pathways.definition import Template, TemplateRefused, steps_of
from workbench.care.pathway_forms import StepLines, TemplateForm, initial_of

P = Permission


@require_GET
@requires(P.ALLIANCE_MANAGE)
def templates(request: SignedInRequest) -> HttpResponse:
    """All templates with their newest versions and steps."""
    names = dict(_alliances(request).values_list("pk", "name"))
    rows = [(one, names.get(one.alliance_id or 0, "")) for one in catalogue.of_alliances(list(names))]
    return render(request, "workbench/care/templates.html", {"rows": rows})


@require_GET
@requires(P.ALLIANCE_MANAGE)
def template(request: SignedInRequest, code: str) -> HttpResponse:
    """One template as it stands, and its versions."""
    shown = _template(request, code)
    versions = catalogue.versions(code, list(_alliances(request).values_list("pk", flat=True)))
    return render(request, "workbench/care/template.html", {"shown": shown, "versions": versions})


@require_http_methods(["GET", "POST"])
@requires(P.ALLIANCE_MANAGE)
def edit(request: SignedInRequest, code: str) -> HttpResponse:
    """Make a new version from the newest one of the alliance, else from what the product brings along."""
    shown, alliances = _template(request, code), _alliances(request)
    start = {
        "seen": shown.number, "name": shown.name, "programme": shown.programme, "source": shown.source,
        "alliance": shown.alliance_id or alliances.values_list("pk", flat=True).first(),
    }  # fmt: skip
    posted = request.POST if request.method == "POST" else None
    form = TemplateForm(posted, alliances=alliances, initial=start)
    lines = StepLines(posted, initial=initial_of(shown), prefix="steps")
    if posted is not None and form.is_valid() and lines.is_valid():
        data = form.cleaned_data
        try:
            steps = steps_of([line.data_of() for line in lines if line.cleaned_data.get("name")])
            made = catalogue.publish(
                code, data["alliance"], name=data["name"], source=data["source"], programme=data["programme"],
                steps=steps, seen=data["seen"], by=request.user, at=timezone.now(),
            )  # fmt: skip
        except TemplateRefused as refused:
            where = _("Step %(n)s: ") % {"n": refused.step} if refused.step else ""
            form.add_error(None, where + said(refused.message))
        else:
            messages.success(request, _("Version %(n)s made.") % {"n": made.number})
            return redirect("workbench:pathway-template", code)
    wrong = bool(form.errors) or (posted is not None and not lines.is_valid())
    context: dict[str, Any] = {"form": form, "lines": lines, "shown": shown}
    return render(request, "workbench/care/template_edit.html", context, status=422 if wrong else 200)


def _alliances(request: SignedInRequest) -> QuerySet[Alliance]:
    """The alliances whose templates the reader makes: an administrator's own, an operator's all."""
    return alliances_run_by(request.user).order_by("name", "pk")


def _template(request: SignedInRequest, code: str) -> Template:
    """The newest version that the reader may see: of one of the alliances (`?alliance=`), else the built-in one."""
    ids = list(_alliances(request).values_list("pk", flat=True))
    found = [one for one in catalogue.of_alliances(ids) if one.code == code]
    if not found:
        raise Http404
    asked = request.GET.get("alliance", "")
    chosen = next((one for one in found if str(one.alliance_id or 0) == asked), None)
    return chosen or max(found, key=lambda one: (one.alliance_id is not None, one.number))
