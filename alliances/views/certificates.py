"""Pages of certificates: one's own, and those of an organization's people."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliances import certificates
from alliances.certificate_forms import CertificateForm
from alliances.certificates import CertificateRefused
from alliances.guards import SignedInRequest, requires, signed_in
from alliances.models import Certificate, CertificateKind
from alliances.paper_fields import page_of
from alliances.permissions import Permission

PAGE = 50
STATES = {
    "expired": gettext_lazy("Run out"),
    "soon": gettext_lazy("Ending in 90 days"),
    "missing": gettext_lazy("Missing"),
    "all": gettext_lazy("All"),
}


@require_GET
@signed_in
def mine(request: SignedInRequest) -> HttpResponse:
    """One's own certificates."""
    today = timezone.localdate()
    rows = [(row, certificates.state_of(row, on=today)) for row in certificates.of_person(request.user)]
    context = {"rows": rows, "may_see_people": request.scope.may(Permission.PEOPLE_MANAGE)}
    return render(request, "alliances/certificates.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def new(request: SignedInRequest) -> HttpResponse:
    """Enter a certificate of one's own."""
    form = CertificateForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            certificates.enter(Certificate(**form.cleaned_data), by=request.user)
        except CertificateRefused as refused:
            form.add_error("number", str(refused))
        else:
            messages.success(request, _("Entered."))
            return redirect("alliances:certificates")
    return render(
        request, "alliances/certificate_form.html", {"form": form}, status=422 if form.errors else 200
    )


@require_http_methods(["GET", "POST"])
@signed_in
def edit(request: SignedInRequest, certificate_id: int) -> HttpResponse:
    """Change a certificate of one's own."""
    row = get_object_or_404(certificates.of_person(request.user), pk=certificate_id)
    form = CertificateForm(
        request.POST if request.method == "POST" else None, initial=CertificateForm.values_of(row)
    )
    if request.method == "POST" and form.is_valid():
        try:
            certificates.change(row, form.cleaned_data, by=request.user)
        except CertificateRefused as refused:
            form.add_error("number", str(refused))
        else:
            messages.success(request, _("Changed."))
            return redirect("alliances:certificates")
    context = {"form": form, "row": row}
    return render(request, "alliances/certificate_form.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def remove(request: SignedInRequest, certificate_id: int) -> HttpResponse:
    """Take a certificate of one's own away."""
    certificates.remove(
        get_object_or_404(certificates.of_person(request.user), pk=certificate_id), by=request.user
    )
    messages.success(request, _("Removed."))
    return redirect("alliances:certificates")


@require_GET
@requires(Permission.PEOPLE_MANAGE)
def people(request: SignedInRequest) -> HttpResponse:
    """The certificates of the people in reach, by where they stand; who has none of the kind a post asks for."""
    today, text = timezone.localdate(), request.GET.get("q", "").replace("\x00", "").strip()[:60]
    state = request.GET.get("state", "soon")
    state = state if state in STATES else "soon"
    posts = certificates.posts_in_reach(request.user, on=today)
    if text:
        posts = posts.filter(user__name__icontains=text)
    numbers = certificates.numbers(posts, on=today)
    context: dict[str, Any] = {
        "tabs": [(key, name, numbers[key], key == state) for key, name in STATES.items()],
        "state": state, "q": text,
    }  # fmt: skip
    if state == "missing":
        kinds = dict(CertificateKind.choices)
        page = page_of(request, certificates.missing(posts), PAGE)
        context |= {"page": page, "without": [{**row, "kind": kinds[row["need"]]} for row in page]}
    else:
        rows = certificates.of_posts(posts)
        chosen = {"expired": certificates.expired, "soon": certificates.ending}.get(state)
        rows = chosen(rows, on=today) if chosen else rows
        page = page_of(request, rows.order_by("expires_on", "user__name", "pk"), PAGE)
        context |= {"page": page, "lines": [(row, certificates.state_of(row, on=today)) for row in page]}
    return render(request, "alliances/certificates_people.html", context)
