"""Standing in: one's own leave, the list of those who manage people, and the end of it."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliances import delegation
from alliances.delegation import STAND_INS, DelegationRefused
from alliances.guards import SignedInRequest, signed_in
from alliances.models import Delegation, PractitionerRole, Role
from alliances.people_forms import StandInForm, since
from alliances.views.people import manages_people, post_or_404

PER_PAGE = 25


@require_http_methods(["GET", "POST"])
@signed_in
def delegation_mine(request: SignedInRequest) -> HttpResponse:
    """Who stands in for me, and for whom I do."""
    today = timezone.localdate()
    own = [
        post for post in request.scope.all_posts
        if post.user_id == request.user.pk and Role(post.role) in STAND_INS
    ]  # fmt: skip
    named = request.POST.get("post") or request.GET.get("post", "")
    post = next((each for each in own if str(each.pk) == named), own[0] if own and not named else None)
    if named and post is None:
        raise Http404
    form, answer = (None, None) if post is None else _stand_in(request, post, "alliances:delegation-mine")
    if answer is not None:
        return answer
    rows = delegation.told(delegation.delegations_of(request.user), on=today)
    mine = Paginator(rows.filter(delegator=request.user), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "posts": own, "post": post, "form": form, "page": mine, "today": today,
        "standing_in": rows.filter(delegate=request.user, period__endswith__gt=today),
    }  # fmt: skip
    wrong = request.method == "POST"  # what was asked for is done and has gone elsewhere
    return render(request, "alliances/delegation_mine.html", context, status=422 if wrong else 200)


@require_http_methods(["GET", "POST"])
@manages_people
def delegation_new(request: SignedInRequest, person_id: int, post_id: int) -> HttpResponse:
    """The administrator names who stands in for a person."""
    post = post_or_404(request, person_id, post_id)
    if Role(post.role) not in STAND_INS:
        raise Http404
    form, answer = _stand_in(request, post, "alliances:person", person_id)
    if answer is not None:
        return answer
    title = _("Who stands in for %(name)s?") % {"name": post.user.name}
    context = {"form": form, "post": post, "person": post.user, "title": title,
               "submit": _("Name the stand-in")}  # fmt: skip
    return render(request, "alliances/post_form.html", context, status=422 if form.errors else 200)


@require_GET
@manages_people
def delegations(request: SignedInRequest) -> HttpResponse:
    """Who stands in for whom, in the organizations that the reader manages."""
    today = timezone.localdate()
    rows = delegation.managed_delegations(request.user)
    running = request.GET.get("all") != "1"
    if running:
        rows = rows.filter(period__endswith__gt=today)
    page = Paginator(delegation.told(rows, on=today), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "alliances/delegations.html", {"page": page, "running": running, "today": today})


@require_POST
@signed_in
def delegation_end(request: SignedInRequest, delegation_id: int) -> HttpResponse:
    """End it at once: by the holder, the stand-in, or who manages the people there."""
    row: Delegation = get_object_or_404(delegation.delegations_of(request.user), pk=delegation_id)
    try:
        delegation.take_back(row, by=request.user, on=timezone.localdate())
    except DelegationRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Nobody stands in any more."))
    concerned = request.user.pk in (row.delegate_id, row.delegator_id)
    return redirect("alliances:delegation-mine" if concerned else "alliances:delegations")


def _stand_in(
    request: SignedInRequest, post: PractitionerRole, back: str, *address: Any
) -> tuple[StandInForm, HttpResponse | None]:
    """The form for a post, and the way back once it has been done."""
    today = timezone.localdate()
    form = StandInForm(
        request.POST or None, people=delegation.colleagues(post, on=today), initial=since(today)
    )
    if request.method != "POST" or not form.is_valid():
        return form, None
    told = form.cleaned_data
    days = {"first_day": told["first_day"], "last_day": told["last_day"]}
    try:
        delegation.name_stand_in(
            post, told["delegate"], **days, reason=told["reason"], by=request.user, on=today
        )
    except DelegationRefused as refused:
        form.refuse(refused)
        return form, None
    messages.success(request, _("%(name)s stands in.") % {"name": told["delegate"].name})
    return form, redirect(back, *address)
