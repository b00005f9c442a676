"""Departments and service areas of one organization."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from alliances import lifecycle, organizations
from alliances.guards import SignedInRequest
from alliances.models import Department, ServiceArea
from alliances.organization_forms import AreaForm, AreasForm, DepartmentClosingForm, DepartmentForm
from alliances.organizations import AlreadyThere
from alliances.periods import not_over
from alliances.reorganization import InTheWay, NotPossible
from alliances.views.organizations import answer, form_view, managed, may_manage, posted

PAGE = "alliances/organization_part_form.html"


@may_manage
@form_view
def department_new(request: SignedInRequest, organization_id: int) -> HttpResponse:
    """Add a department."""
    organization = get_object_or_404(managed(request), pk=organization_id)
    form = DepartmentForm(posted(request), instance=Department(organization=organization))
    if request.method == "POST" and form.is_valid():
        try:
            row = organizations.add_department(form.save(commit=False), by=request.user)
        except (AlreadyThere, NotPossible) as refused:
            form.add_error("code", str(refused))
        else:
            messages.success(request, _("%(name)s is recorded.") % {"name": row.name})
            return redirect("alliances:organization", organization.pk)
    context = {"form": form, "organization": organization, "title": _("Add a department")}
    return answer(request, PAGE, context, refused=bool(form.errors))


def _department(request: SignedInRequest, department_id: int) -> Department:
    rows = Department.objects.select_related("organization").filter(closed_on__isnull=True)
    return get_object_or_404(rows.filter(organization__in=managed(request)), pk=department_id)


@may_manage
@form_view
def department_edit(request: SignedInRequest, department_id: int) -> HttpResponse:
    """Change a department."""
    row = _department(request, department_id)
    form = DepartmentForm(posted(request), instance=row)
    if request.method == "POST" and form.is_valid():
        try:
            organizations.edit_department(form.save(commit=False), changed=form.changed_data, by=request.user)
        except (AlreadyThere, NotPossible) as refused:
            form.add_error("code", str(refused))
        else:
            messages.success(request, _("Saved."))
            return redirect("alliances:organization", row.organization_id)
    context = {"form": form, "organization": row.organization, "title": _("Change the department")}
    return answer(request, PAGE, context, refused=bool(form.errors))


@may_manage
@form_view
def department_close(request: SignedInRequest, department_id: int) -> HttpResponse:
    """Close a department: what stands in the way, and what becomes of its posts."""
    row = _department(request, department_id)
    today = timezone.localdate()
    form = DepartmentClosingForm(posted(request), department=row)
    found = lifecycle.obstacles(organizations.closing(row, on=today))
    if request.method == "POST" and form.is_valid():
        try:
            organizations.close_department(
                row, posts_to=form.cleaned_data["posts_to"], on=today, by=request.user
            )
        except (InTheWay, NotPossible) as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("%(name)s is closed.") % {"name": row.name})
            return redirect("alliances:organization", row.organization_id)
    posts = row.posts.filter(not_over(on=today)).select_related("user").order_by("pk")
    context = {
        "form": form,
        "organization": row.organization,
        "department": row,
        "obstacles": found,
        "posts": posts,
    }
    return answer(request, "alliances/department_close.html", context, refused=bool(form.errors))


@may_manage
@form_view
def areas_new(request: SignedInRequest, organization_id: int) -> HttpResponse:
    """Add service areas, as many as are pasted."""
    organization = get_object_or_404(managed(request), pk=organization_id)
    form = AreasForm(posted(request), organization=organization)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            rows = organizations.add_areas(
                organization, given["names"], kind=given["kind"], care_team=given["care_team"], by=request.user
            )  # fmt: skip
        except (AlreadyThere, NotPossible) as refused:
            form.add_error("names", str(refused))
        else:
            messages.success(request, _("%(count)d areas are recorded.") % {"count": len(rows)})
            return redirect("alliances:organization", organization.pk)
    context = {"form": form, "organization": organization, "title": _("Add service areas")}
    return answer(request, PAGE, context, refused=bool(form.errors))


def _area(request: SignedInRequest, area_id: int) -> ServiceArea:
    rows = ServiceArea.objects.select_related("organization", "care_team")
    return get_object_or_404(rows.filter(organization__in=managed(request)), pk=area_id)


@may_manage
@form_view
def area_edit(request: SignedInRequest, area_id: int) -> HttpResponse:
    """Change an area or the team that covers it."""
    row = _area(request, area_id)
    form = AreaForm(posted(request), instance=row)
    if request.method == "POST" and form.is_valid():
        try:
            organizations.edit_area(form.save(commit=False), changed=form.changed_data, by=request.user)
        except (AlreadyThere, NotPossible) as refused:
            form.add_error("name", str(refused))
        else:
            messages.success(request, _("Saved."))
            return redirect("alliances:organization", row.organization_id)
    context = {
        "form": form, "organization": row.organization, "title": _("Change the service area"), "removable": row,
    }  # fmt: skip
    return answer(request, PAGE, context, refused=bool(form.errors))


@may_manage
@require_POST
def area_remove(request: SignedInRequest, area_id: int) -> HttpResponse:
    """The organization no longer serves the area."""
    row = _area(request, area_id)
    organizations.remove_area(row, by=request.user)
    messages.success(request, _("%(name)s is removed.") % {"name": row.name})
    return redirect("alliances:organization", row.organization_id)
