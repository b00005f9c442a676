"""Moving, merging and closing an organization: what it means is shown before it is done."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from alliances import lifecycle, reach, reorganization, tree
from alliances.guards import SignedInRequest
from alliances.lifecycle import Event
from alliances.models import Organization
from alliances.organization_forms import ConfirmForm, MergeForm, MoveForm, SuccessorForm
from alliances.reorganization import InTheWay, NotPossible
from alliances.views.organizations import answer, form_view, managed, may_manage, posted


def _organization(request: SignedInRequest, organization_id: int) -> Organization:
    rows = reach.reorganizable_by(request.user).filter(closed_on__isnull=True).select_related("parent")
    return get_object_or_404(rows, pk=organization_id)


@may_manage
@form_view
def move(request: SignedInRequest, organization_id: int) -> HttpResponse:
    """Choose another place in the tree."""
    row = _organization(request, organization_id)
    parents = managed(request).exclude(pk__in=tree.below([row.pk]))
    top = reach.runs_everything(request.user)
    form = MoveForm(posted(request), parents=parents, top=top, initial={"parent": row.parent_id})
    if request.method == "POST" and form.is_valid():
        try:
            reorganization.move(
                row, parent=form.cleaned_data["parent"], on=timezone.localdate(), by=request.user
            )
        except (NotPossible, InTheWay) as refused:
            form.add_error("parent", str(refused))
        else:
            messages.success(request, _("%(name)s is moved.") % {"name": row.name})
            return redirect("alliances:organization", row.pk)
    below = len(tree.ids_below([row.pk])) - 1
    context = {"form": form, "organization": row, "below": below}
    return answer(request, "alliances/organization_move.html", context, refused=bool(form.errors))


@may_manage
@form_view
def merge(request: SignedInRequest, organization_id: int) -> HttpResponse:
    """Choose the successor; see what is carried along; confirm by writing the name."""
    row = _organization(request, organization_id)
    successors = managed(request).exclude(pk__in=tree.below([row.pk]))
    asked = SuccessorForm(posted(request) or request.GET or None, successors=successors)
    if not asked.is_valid():
        context: dict[str, Any] = {"form": asked, "organization": row}
        refused = asked.is_bound and bool(asked.errors)
        return answer(request, "alliances/organization_successor.html", context, refused=refused)
    into = asked.cleaned_data["into"]
    form = MergeForm(posted(request), organization=row, into=into)
    today = timezone.localdate()
    if request.method == "POST" and form.is_valid():
        try:
            reorganization.merge(row, into=into, on=today, by=request.user, teams=form.chosen())
        except (NotPossible, InTheWay) as refused_because:
            form.add_error(None, str(refused_because))
        else:
            words = _("%(name)s is a part of %(into)s now.") % {"name": row.name, "into": into.name}
            messages.success(request, words)
            return redirect("alliances:organization", into.pk)
    happening = reorganization.foreseen(Event.ORGANIZATION_MERGED, row, on=today, into=into)
    context = {
        "form": form, "organization": row, "into": into, "carried": lifecycle.carried(happening),
        "obstacles": lifecycle.obstacles(happening), "teams": [form[name] for name in form.teams],
    }  # fmt: skip
    return answer(request, "alliances/organization_merge.html", context, refused=bool(form.errors))


@may_manage
@form_view
def close(request: SignedInRequest, organization_id: int) -> HttpResponse:
    """What stands in the way, or what ends; confirmed by writing the name."""
    row = _organization(request, organization_id)
    form = ConfirmForm(posted(request), organization=row)
    today = timezone.localdate()
    if request.method == "POST" and form.is_valid():
        try:
            reorganization.close(row, on=today, by=request.user)
        except (NotPossible, InTheWay) as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("%(name)s is closed.") % {"name": row.name})
            return redirect("alliances:organization", row.pk)
    happening = reorganization.foreseen(Event.ORGANIZATION_CLOSED, row, on=today)
    context = {
        "form": form, "organization": row, "obstacles": lifecycle.obstacles(happening),
        "carried": lifecycle.carried(happening),
    }  # fmt: skip
    return answer(request, "alliances/organization_close.html", context, refused=bool(form.errors))
