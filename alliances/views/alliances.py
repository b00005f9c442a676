"""Alliances and their members: who joined when, who leads, who left."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from alliances import memberships, reach
from alliances.alliance_forms import AllianceForm, JoinForm, LeadForm, LeaveForm
from alliances.guards import SignedInRequest, requires
from alliances.memberships import MembershipRefused
from alliances.models import Alliance, AllianceMembership, MembershipRole, Organization
from alliances.permissions import Permission
from alliances.views.organizations import answer, form_view, posted

ROWS = 50
may_manage = requires(Permission.ALLIANCE_MANAGE)


@may_manage
@require_GET
def index(request: SignedInRequest) -> HttpResponse:
    """The alliances that the user runs, with how many belong to each today and who leads."""
    today = timezone.localdate()
    current = Q(memberships__period__contains=today)
    rows = reach.alliances_run_by(request.user).annotate(
        members=Count("memberships", filter=current, distinct=True)
    )
    page = Paginator(rows.order_by("name", "pk"), ROWS).get_page(request.GET.get("page"))
    leads = AllianceMembership.objects.filter(
        alliance__in=[row.pk for row in page], role=MembershipRole.LEAD, period__contains=today
    ).select_related("organization")
    by_alliance = {lead.alliance_id: lead.organization for lead in leads}
    lines = [(row, by_alliance.get(row.pk)) for row in page]
    context = {"page": page, "lines": lines, "may_add": reach.runs_everything(request.user)}
    return render(request, "alliances/alliances.html", context)


@requires(Permission.ALLIANCE_MANAGE)
@form_view
def new(request: SignedInRequest) -> HttpResponse:
    """Record an alliance. An alliance administrator runs one and makes none: only an operator does."""
    if not reach.runs_everything(request.user):
        return redirect("alliances:alliances")
    form = AllianceForm(posted(request))
    if request.method == "POST" and form.is_valid():
        row = memberships.add(form.save(commit=False), by=request.user)
        messages.success(request, _("%(name)s is recorded.") % {"name": row.name})
        return redirect("alliances:alliance-members", row.pk)
    return answer(request, "alliances/alliance_form.html", {"form": form}, refused=bool(form.errors))


def _alliance(request: SignedInRequest, alliance_id: int) -> Alliance:
    return get_object_or_404(reach.alliances_run_by(request.user), pk=alliance_id)


@may_manage
@form_view
def edit(request: SignedInRequest, alliance_id: int) -> HttpResponse:
    """Change name or kind."""
    row = _alliance(request, alliance_id)
    form = AllianceForm(posted(request), instance=row)
    if request.method == "POST" and form.is_valid():
        memberships.edit(form.save(commit=False), changed=form.changed_data, by=request.user)
        messages.success(request, _("Saved."))
        return redirect("alliances:alliance-members", row.pk)
    name = Alliance.objects.values_list("name", flat=True).get(pk=row.pk)
    context = {"form": form, "alliance": row, "name": name}
    return answer(request, "alliances/alliance_form.html", context, refused=bool(form.errors))


@may_manage
@form_view
def members(request: SignedInRequest, alliance_id: int) -> HttpResponse:
    """The members of today and of before; who joins is added here."""
    row = _alliance(request, alliance_id)
    form = JoinForm(posted(request), organizations=_joinable())
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            memberships.join(row, given["organization"], role=given["role"], on=given["on"], by=request.user)
        except MembershipRefused as refused:
            form.add_error(refused.field, str(refused))
        else:
            messages.success(request, _("%(name)s joins.") % {"name": given["organization"].name})
            return redirect("alliances:alliance-members", row.pk)
    return answer(request, "alliances/members.html", _members(row, form), refused=bool(form.errors))


def _joinable() -> Any:
    """Open organizations; who is a member already is refused with the reason."""
    return Organization.objects.filter(closed_on__isnull=True).order_by("tier", "code")


def _members(row: Alliance, form: JoinForm) -> dict[str, Any]:
    today = timezone.localdate()
    rows = row.memberships.select_related("organization").order_by("-role", "organization__code", "-period")
    current = [m for m in rows if today in m.period or (m.period.lower and m.period.lower > today)]
    past = [m for m in rows if m not in current]
    return {"alliance": row, "current": current, "past": past, "form": form, "today": today}


def _membership(request: SignedInRequest, membership_id: int) -> AllianceMembership:
    rows = AllianceMembership.objects.select_related("organization", "alliance")
    return get_object_or_404(rows.filter(alliance__in=reach.alliances_run_by(request.user)), pk=membership_id)


@may_manage
@form_view
def leave(request: SignedInRequest, membership_id: int) -> HttpResponse:
    """A member leaves, on a day and for a reason."""
    row = _membership(request, membership_id)
    form = LeaveForm(posted(request))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            memberships.leave(row, on=given["on"], reason=given["reason"], by=request.user)
        except MembershipRefused as refused:
            form.add_error(refused.field, str(refused))
        else:
            messages.success(request, _("%(name)s leaves.") % {"name": row.organization.name})
            return redirect("alliances:alliance-members", row.alliance_id)
    title = _("%(name)s leaves the alliance") % {"name": row.organization.name}
    context = {"form": form, "alliance": row.alliance, "title": title, "danger": True, "word": _("Leave")}
    return answer(request, "alliances/membership_form.html", context, refused=bool(form.errors))


@may_manage
@form_view
def lead(request: SignedInRequest, alliance_id: int) -> HttpResponse:
    """Another member leads from a day on."""
    row = _alliance(request, alliance_id)
    current = row.memberships.filter(period__contains=timezone.localdate(), role=MembershipRole.MEMBER)
    form = LeadForm(
        posted(request), members=Organization.objects.filter(pk__in=current.values("organization"))
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            memberships.change_lead(row, given["organization"], on=given["on"], by=request.user)
        except MembershipRefused as refused:
            form.add_error(refused.field, str(refused))
        else:
            messages.success(request, _("%(name)s leads.") % {"name": given["organization"].name})
            return redirect("alliances:alliance-members", row.pk)
    context = {
        "form": form,
        "alliance": row,
        "title": _("Change of lead"),
        "danger": False,
        "word": _("Save"),
    }
    return answer(request, "alliances/membership_form.html", context, refused=bool(form.errors))
