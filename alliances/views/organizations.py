"""Organizations: the list as a tree, one organization, its facts, departments and areas."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from alliances import chronicle, organizations, reach
from alliances.guards import SignedInRequest, requires
from alliances.models import CareTeam, Organization, PractitionerRole
from alliances.organization_forms import OrganizationForm, SearchForm
from alliances.periods import not_over
from alliances.permissions import Permission

ROWS = 50
may_read = requires(Permission.ORGANIZATION_MANAGE, Permission.ALLIANCE_MANAGE)
may_manage = requires(Permission.ORGANIZATION_MANAGE)
form_view = require_http_methods(["GET", "HEAD", "POST"])


def managed(request: SignedInRequest) -> QuerySet[Organization]:
    """The open organizations whose facts the user may write."""
    return reach.open_to(request.user, Permission.ORGANIZATION_MANAGE)


def posted(request: SignedInRequest) -> QueryDict | None:
    """What was sent, also when it is empty; None where a page is only asked for."""
    return request.POST if request.method == "POST" else None


def answer(
    request: SignedInRequest, template: str, context: dict[str, Any], *, refused: bool
) -> HttpResponse:
    """A page with a form; status 422 where the form was refused."""
    return render(request, template, context, status=422 if refused else 200)


@may_read
@require_GET
def index(request: SignedInRequest) -> HttpResponse:
    """All that the user runs, as a tree; a search or a filter lists what it finds in the same order."""
    form = SearchForm(request.GET)
    rows = _found(reach.readable_by(request.user), form)
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    least = min((row.tree_depth for row in page), default=0)
    lines = [(row, min(row.tree_depth - least, 3)) for row in page]
    may_add = request.scope.may(Permission.ORGANIZATION_MANAGE)
    context = {
        "form": form,
        "page": page,
        "lines": lines,
        "narrowed": any(form.cleaned_data.values()),
        "may_add": may_add,
    }
    return render(request, "alliances/organizations.html", context)


def _found(rows: Any, form: SearchForm) -> Any:
    form.is_valid()
    wanted = form.cleaned_data
    open_teams = CareTeam.objects.filter(organization=OuterRef("pk"), closed_on__isnull=True).order_by()
    if wanted.get("q"):
        text = wanted["q"].strip()
        named = Q(name__icontains=text) | Q(short_name__icontains=text) | Q(code__icontains=text)
        rows = rows.filter(named | Q(uscc__iexact=text) | Q(institution_code__iexact=text))
    if wanted.get("tier"):
        rows = rows.filter(tier=wanted["tier"])
    if wanted.get("state") != "all":
        rows = rows.filter(closed_on__isnull=wanted.get("state") != "closed")
    return (
        rows.with_tree_fields()
        .select_related("parent", "merged_into")
        .annotate(
            teams=Coalesce(Subquery(open_teams.values("organization").annotate(n=Count("pk")).values("n")), 0)
        )
    )


@may_read
@require_GET
def organization(request: SignedInRequest, organization_id: int) -> HttpResponse:
    """One organization on one page; each section is a template of its own."""
    rows = reach.readable_by(request.user).select_related("parent", "merged_into")
    row = get_object_or_404(rows, pk=organization_id)
    may_edit = managed(request).filter(pk=row.pk).exists()
    context = {
        "organization": row,
        "departments": _departments(row),
        "teams": row.care_teams.filter(closed_on__isnull=True).annotate(
            people=Count("posts__user", filter=not_over(on=timezone.localdate(), prefix="posts__"), distinct=True)
        ),
        "areas": row.areas.select_related("care_team").order_by("care_team__code", "name"),
        "memberships": row.memberships.select_related("alliance").order_by("-period"),
        "children": row.children.order_by("closed_on", "code"),
        "history": chronicle.of_organization(row),
        "may_edit": may_edit,
        "may_reorganize": may_edit and reach.reorganizable_by(request.user).filter(pk=row.pk).exists(),
    }  # fmt: skip
    return render(request, "alliances/organization.html", context)


def _departments(row: Organization) -> Any:
    live = PractitionerRole.objects.filter(not_over(on=timezone.localdate())).select_related("user")
    return row.departments.order_by("closed_on", "code").prefetch_related(
        Prefetch("posts", queryset=live.order_by("role", "pk"), to_attr="live_posts")
    )


@may_manage
@form_view
def new(request: SignedInRequest) -> HttpResponse:
    """Record an organization below one that the user runs; an operator also at the top."""
    initial = {"parent": request.GET.get("parent")}
    form = OrganizationForm(
        posted(request),
        initial=initial,
        parents=managed(request),
        top=reach.runs_everything(request.user),
    )
    if request.method == "POST" and form.is_valid():
        row = organizations.add(form.save(commit=False), by=request.user)
        messages.success(request, _("%(name)s is recorded.") % {"name": row.name})
        return redirect("alliances:organization", row.pk)
    return answer(request, "alliances/organization_form.html", {"form": form}, refused=bool(form.errors))


@may_manage
@form_view
def edit(request: SignedInRequest, organization_id: int) -> HttpResponse:
    """Change the facts of an organization."""
    row = get_object_or_404(managed(request), pk=organization_id)
    form = OrganizationForm(posted(request), instance=row)
    if request.method == "POST" and form.is_valid():
        organizations.edit(form.save(commit=False), changed=form.changed_data, by=request.user)
        messages.success(request, _("Saved."))
        return redirect("alliances:organization", row.pk)
    name = Organization.objects.values_list("name", flat=True).get(pk=row.pk)
    context = {"form": form, "organization": row, "name": name}
    return answer(request, "alliances/organization_form.html", context, refused=bool(form.errors))
