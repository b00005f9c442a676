"""Pages of agreements: the list, one agreement, making, changing, renewing and ending."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliances import agreements, programmes
from alliances.agreement_forms import LineForms, RenewForm, SidesForm, TermsForm, a_year_longer
from alliances.agreements import AgreementRefused
from alliances.guards import SignedInRequest, requires
from alliances.models import Agreement
from alliances.paper_fields import EndForm, last_day, page_of
from alliances.partners import partners_of
from alliances.permissions import Permission

PAGE = 50
STATES = {
    "force": gettext_lazy("In force"),
    "soon": gettext_lazy("Ending soon"),
    "coming": gettext_lazy("Coming"),
    "ended": gettext_lazy("Ended"),
    "all": gettext_lazy("All"),
}


@require_GET
@requires(Permission.ALLIANCE_VIEW, Permission.AGREEMENT_MANAGE)
def index(request: SignedInRequest) -> HttpResponse:
    """Agreements of the organizations in reach, by where they stand; those that end soon come first."""
    today, text = timezone.localdate(), request.GET.get("q", "").replace("\x00", "").strip()[:60]
    state = request.GET.get("state", "force")
    state = state if state in STATES else "force"
    rows = agreements.readable_by(request.user)
    if text:
        rows = rows.filter(Q(source__name__icontains=text) | Q(target__name__icontains=text))
    numbers = agreements.counts(rows, on=today)
    found = agreements.with_lines(agreements.of_state(rows, state, on=today))
    page = page_of(request, found.order_by("period__endswith", "source__code", "target__code", "pk"), PAGE)
    context = {
        "page": page,
        "lines": [(row, _shown(row, today)) for row in page],
        "tabs": [(key, name, numbers[key], key == state) for key, name in STATES.items()],
        "q": text,
        "state": state,
        "may_make": request.scope.may(Permission.AGREEMENT_MANAGE),
    }
    return render(request, "alliances/agreements.html", context)


@require_GET
@requires(Permission.ALLIANCE_VIEW, Permission.AGREEMENT_MANAGE)
def agreement(request: SignedInRequest, agreement_id: int) -> HttpResponse:
    """One agreement with its departments."""
    rows = agreements.with_lines(agreements.readable_by(request.user))
    return _page(request, get_object_or_404(rows, pk=agreement_id))


def _page(request: SignedInRequest, row: Agreement, *, status: int = 200, **refused: Any) -> HttpResponse:
    """The page of an agreement, with the form that was refused, if one was."""
    today = timezone.localdate()
    mine = (
        request.scope.may(Permission.AGREEMENT_MANAGE)
        and agreements.changeable_by(request.user).filter(pk=row.pk).exists()
    )
    context = {
        "row": row,
        "shown": _shown(row, today),
        "lines": [
            (line, programmes.names(line.programmes or line.department.programmes))
            for line in row.lines.all()
        ],
        "may_change": mine,
        "renew": RenewForm(initial={"until": a_year_longer(row)}, auto_id="renew-%s"),
        "end": EndForm(initial={"last_day": today}, auto_id="end-%s"),
        "ended": row.period.upper is not None and row.period.upper <= today,
        **refused,
    }
    return render(request, "alliances/agreement.html", context, status=status)


@require_http_methods(["GET", "POST"])
@requires(Permission.AGREEMENT_MANAGE)
def new(request: SignedInRequest) -> HttpResponse:
    """Choose the two sides, then write what they agree on."""
    today = timezone.localdate()
    partners = partners_of(request.user, Permission.AGREEMENT_MANAGE, on=today)
    sides = SidesForm(request.GET if "source" in request.GET else None, partners=partners)
    if not sides.is_valid():
        context = {"form": sides, "empty": not partners.exists()}
        return render(
            request, "alliances/agreement_sides.html", context, status=422 if sides.is_bound else 200
        )
    source, target = sides.cleaned_data["source"], sides.cleaned_data["target"]
    data = request.POST if request.method == "POST" else None
    form = TermsForm(data, initial={"first_day": today, "phone": target.phone})
    lines = LineForms(target, data)
    if data is not None and form.is_valid() & lines.is_valid():
        try:
            made = agreements.make(
                source, target, form.period(), form.terms(), lines.lines(), by=request.user
            )
        except AgreementRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Agreed."))
            return redirect("alliances:agreement", made.pk)
    context = {"form": form, "lines": lines, "source": source, "target": target}
    return render(request, "alliances/agreement_form.html", context, status=422 if data is not None else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.AGREEMENT_MANAGE)
def edit(request: SignedInRequest, agreement_id: int) -> HttpResponse:
    """Change what was agreed on."""
    row = _changeable(request, agreement_id)
    data = request.POST if request.method == "POST" else None
    form = TermsForm(data, initial=TermsForm.values_of(row))
    lines = LineForms(row.target, data, row.lines.all())
    if data is not None and form.is_valid() & lines.is_valid():
        try:
            agreements.change(
                row, form.period(), form.terms(), lines.lines(), on=timezone.localdate(), by=request.user
            )
        except AgreementRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Changed."))
            return redirect("alliances:agreement", row.pk)
    context = {"form": form, "lines": lines, "source": row.source, "target": row.target, "row": row}
    return render(request, "alliances/agreement_form.html", context, status=422 if data is not None else 200)


@require_POST
@requires(Permission.AGREEMENT_MANAGE)
def renew(request: SignedInRequest, agreement_id: int) -> HttpResponse:
    """A copy that begins when this one ends."""
    row = _changeable(request, agreement_id)
    form = RenewForm(request.POST, auto_id="renew-%s")
    if form.is_valid():
        try:
            copy = agreements.renew(row, until=form.cleaned_data["until"], by=request.user)
        except AgreementRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Renewed from %(day)s.") % {"day": copy.period.lower})
            return redirect("alliances:agreement", copy.pk)
    return _page(request, row, status=422, renew=form, refused=form)


@require_POST
@requires(Permission.AGREEMENT_MANAGE)
def end(request: SignedInRequest, agreement_id: int) -> HttpResponse:
    """End an agreement early, with a reason."""
    row = _changeable(request, agreement_id)
    form = EndForm(request.POST, auto_id="end-%s")
    if form.is_valid():
        data = form.cleaned_data
        try:
            agreements.end(row, last=data["last_day"], reason=data["reason"], by=request.user)
        except AgreementRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("The agreement ends on %(day)s.") % {"day": data["last_day"]})
            return redirect("alliances:agreement", row.pk)
    return _page(request, row, status=422, end=form, refused=form)


def _changeable(request: SignedInRequest, agreement_id: int) -> Agreement:
    return get_object_or_404(agreements.with_lines(agreements.changeable_by(request.user)), pk=agreement_id)


def _shown(row: Agreement, today: date) -> dict[str, Any]:
    """Where an agreement stands, for the templates."""
    tone, icon, words = agreements.state_of(row, on=today)
    return {"tone": tone, "icon": icon, "words": words, "last": last_day(row.period)}
