"""The people of the organizations that somebody manages: the list, a new colleague, one person's page and account."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import credentials, lockout
from accounts.models import User
from alliances import people as reach
from alliances.grants import roles_offered
from alliances.guards import SignedInRequest, requires
from alliances.hiring import hire
from alliances.models import Organization, PractitionerRole, Role
from alliances.people_forms import PersonForm, since
from alliances.people_pages import Filters, card_of, lines_of
from alliances.permissions import Permission
from alliances.posts import PostRefused
from alliances.reach import manageable_by, open_to

PER_PAGE = 25
manages_people = requires(Permission.PEOPLE_MANAGE)


@require_GET
@manages_people
def people(request: SignedInRequest) -> HttpResponse:
    """Who works in the organizations that the reader manages."""
    today = timezone.localdate()
    places = manageable_by(request.user, Permission.PEOPLE_MANAGE)
    filters = Filters.of(request.GET, places)
    page = Paginator(filters.people(request.user, on=today), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page, "lines": lines_of(page.object_list, request.user, on=today), "filters": filters,
        "places": places, "roles": Role.choices, "today": today,
    }  # fmt: skip
    return render(request, "alliances/people.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@manages_people
def person_new(request: SignedInRequest) -> HttpResponse:
    """A new colleague: first where, then who and as what; then the initial password, this once."""
    today = timezone.localdate()
    place = place_of(request)
    if place is None:
        return choose_place(request, _("New colleague"))
    form = PersonForm(
        request.POST or None, organization=place, roles=roles_offered(request.user, place, on=today),
        initial=since(today),
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            made, password = hire(form, by=request.user, on=today)
        except PostRefused as refused:
            form.refuse(refused)
        except credentials.UserNameTaken as refused:
            form.add_error("username", str(refused))
        else:
            return _hand_over(request, made, password)
    context = {"form": form, "place": place, "title": _("New colleague"), "submit": _("Create the account")}
    return render(request, "alliances/post_form.html", context, status=422 if form.errors else 200)


@require_GET
@manages_people
def person(request: SignedInRequest, person_id: int) -> HttpResponse:
    """One person: posts of now, coming and past, the account, and what was done to it."""
    shown = person_or_404(request, person_id)
    context = card_of(shown, request.user, on=timezone.localdate())
    return render(request, "alliances/person.html", context)


@never_cache
@require_POST
@manages_people
def person_account(request: SignedInRequest, person_id: int, act: str) -> HttpResponse:
    """One of the acts on an account; 404 where the reader may not touch it."""
    shown = person_or_404(request, person_id)
    if act not in ACTS or not reach.may_touch(request.user, shown, on=timezone.localdate()):
        raise Http404
    answer = ACTS[act](request, shown)
    return answer if answer is not None else redirect("alliances:person", shown.pk)


def _reset_password(request: SignedInRequest, shown: User) -> HttpResponse:
    return _hand_over(request, shown, credentials.reset_password(shown, by=request.user))


def _reset_second_factor(request: SignedInRequest, shown: User) -> None:
    credentials.reset_second_factor(shown, by=request.user)
    messages.success(request, _("The second factor is removed: a new one is set up at the next sign-in."))


def _unlock(request: SignedInRequest, shown: User) -> None:
    lockout.lift(shown, by=request.user)
    messages.success(request, _("%(name)s may try again at once.") % {"name": shown.name})


def _close(request: SignedInRequest, shown: User) -> None:
    credentials.close(shown, by=request.user, at=timezone.now())
    messages.success(request, _("The account of %(name)s is closed.") % {"name": shown.name})


def _reopen(request: SignedInRequest, shown: User) -> None:
    credentials.reopen(shown, by=request.user)
    messages.success(request, _("The account of %(name)s is open again.") % {"name": shown.name})


ACTS: dict[str, Any] = {
    "password": _reset_password,
    "second-factor": _reset_second_factor,
    "unlock": _unlock,
    "close": _close,
    "reopen": _reopen,
}


def _hand_over(request: SignedInRequest, shown: User, password: str) -> HttpResponse:
    """The page with the initial password: rendered as the answer, kept nowhere."""
    return render(request, "alliances/person_password.html", {"person": shown, "password": password})


def person_or_404(request: SignedInRequest, person_id: int) -> User:
    """A person in the reader's reach; absent and out of reach answer alike."""
    return get_object_or_404(reach.people_in_reach(request.user), pk=person_id)


def post_or_404(request: SignedInRequest, person_id: int, post_id: int) -> PractitionerRole:
    """A post of the person at an organization that the reader manages."""
    rows = reach.posts_in_reach(request.user).select_related(
        "organization", "user", "care_team", "department", "alliance"
    )
    return get_object_or_404(rows, pk=post_id, user_id=person_id)


def place_of(request: SignedInRequest) -> Organization | None:
    """The organization that the address names, or the only one there is; None where one has to be chosen first."""
    places = open_to(request.user, Permission.PEOPLE_MANAGE)
    named = request.GET.get("organization", "")
    if named:
        return get_object_or_404(places, pk=named if named.isdigit() else 0)
    few = list(places[:2])
    return few[0] if len(few) == 1 else None


def choose_place(request: SignedInRequest, title: str) -> HttpResponse:
    """Where the new post is."""
    places = open_to(request.user, Permission.PEOPLE_MANAGE)
    return render(request, "alliances/post_place.html", {"places": places, "title": title})
