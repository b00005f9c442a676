"""Posts of a person: given, moved, ended; and the post that somebody chose for this session."""

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alliances import posts
from alliances.grants import SEATS, Part, roles_given_by, roles_offered
from alliances.guards import SignedInRequest, signed_in
from alliances.middleware import CHOSEN_POST
from alliances.models import Role
from alliances.people_forms import EndForm, MoveForm, PostForm, since
from alliances.posts import PostRefused
from alliances.views.people import choose_place, manages_people, person_or_404, place_of, post_or_404
from journal import audit


@require_http_methods(["GET", "POST"])
@manages_people
def post_new(request: SignedInRequest, person_id: int) -> HttpResponse:
    """A further post for a person."""
    person, today = person_or_404(request, person_id), timezone.localdate()
    if person.pk == request.user.pk:
        raise Http404
    title = _("New post of %(name)s") % {"name": person.name}
    place = place_of(request)
    if place is None:
        return choose_place(request, title)
    form = PostForm(
        request.POST or None, organization=place, roles=roles_offered(request.user, place, on=today),
        initial=since(today),
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        days = {"begins": form.cleaned_data["begins"], "last_day": form.cleaned_data["last_day"]}
        try:
            post = posts.give(person, form.seated(), **days, by=request.user, on=today)
        except PostRefused as refused:
            form.refuse(refused)
        else:
            words = {"name": person.name, "role": post.get_role_display(), "place": post.organization}
            messages.success(request, _("%(name)s: %(role)s, %(place)s.") % words)
            return redirect("alliances:person", person.pk)
    context = {
        "form": form,
        "place": place,
        "person": person,
        "title": title,
        "submit": _("Give the post"),
    }
    return render(request, "alliances/post_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@manages_people
def post_end(request: SignedInRequest, person_id: int, post_id: int) -> HttpResponse:
    """End a post on a day or at once."""
    post, today = post_or_404(request, person_id, post_id), timezone.localdate()
    if person_id == request.user.pk or Role(post.role) not in roles_given_by(
        request.user, post.organization, on=today
    ):
        raise Http404
    form = EndForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            posts.end(post, last_day=form.cleaned_data["last_day"], by=request.user, on=today)
        except PostRefused as refused:
            form.refuse(refused)
        else:
            messages.success(request, _("The post ends."))
            return redirect("alliances:person", person_id)
    title = _("End the post of %(name)s?") % {"name": post.user.name}
    context = {"form": form, "post": post, "person": post.user, "title": title, "submit": _("End the post"),
               "danger": True}  # fmt: skip
    return render(request, "alliances/post_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@manages_people
def post_move(request: SignedInRequest, person_id: int, post_id: int) -> HttpResponse:
    """Another team or department from a day on."""
    post, today = post_or_404(request, person_id, post_id), timezone.localdate()
    movable = SEATS[Role(post.role)].part in (Part.TEAM, Part.DEPARTMENT)
    given = roles_given_by(request.user, post.organization, on=today)
    if not movable or person_id == request.user.pk or Role(post.role) not in given:
        raise Http404
    form = MoveForm(request.POST or None, post=post, initial=since(today))
    if request.method == "POST" and form.is_valid():
        try:
            posts.move(post, form.seated(), begins=form.cleaned_data["begins"], by=request.user, on=today)
        except PostRefused as refused:
            form.refuse(refused)
        else:
            messages.success(request, _("The post is moved."))
            return redirect("alliances:person", person_id)
    title = _("Move the post of %(name)s") % {"name": post.user.name}
    context = {"form": form, "post": post, "person": post.user, "title": title, "submit": _("Move the post")}
    return render(request, "alliances/post_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@signed_in
def post_switch(request: SignedInRequest) -> HttpResponse:
    """Narrow the session to one of one's live posts, or work in all of them again; asked for, the choice as a page."""
    if request.method != "POST":
        return render(request, "alliances/post_switch.html")
    wanted, scope = request.POST.get("post", ""), request.scope
    post = next((each for each in scope.all_posts if str(each.pk) == wanted), None)
    if wanted and post is None:
        raise Http404
    with transaction.atomic():
        before = scope.chosen.pk if scope.chosen else None
        audit.record(
            "post.switch", by=request.user, subject=request.user,
            organization_id=post.organization_id if post else None,
            detail={"from": before, "to": post.pk if post else None},
        )  # fmt: skip
        if post is None:
            request.session.pop(CHOSEN_POST, None)
        else:
            request.session[CHOSEN_POST] = post.pk
    return redirect(resolve_url(settings.LOGIN_REDIRECT_URL))
