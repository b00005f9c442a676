"""What a view asks before anything else: signed in, and allowed. Absent and forbidden answer alike."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django_htmx.middleware import HtmxDetails

from accounts.models import User
from alliances.middleware import CHOSEN_POST
from alliances.permissions import Permission
from alliances.scope import Scope, scope_of

View = Callable[..., HttpResponseBase]


class SignedInRequest(HttpRequest):
    """What a guarded view is given: a user who is signed in, the user's scope, and htmx's details of the request."""

    user: User
    scope: Scope
    htmx: HtmxDetails


def _entered(request: HttpRequest) -> Scope:
    """The scope of the signed-in person; a chosen post that has ended is forgotten, and the person is told."""
    scope = scope_of(request.user)
    if scope.chosen is None and getattr(request.user, "chosen_post_id", None) is not None:
        request.session.pop(CHOSEN_POST, None)
        messages.warning(request, _("The post you had chosen has ended. You work in all your posts again."))
    return scope


def signed_in(view: View) -> View:
    """Anybody who is signed in, whatever the posts: the start page, one's own notices."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request.scope = _entered(request)  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    guarded.permissions = ()  # type: ignore[attr-defined]
    return guarded


def requires(*permissions: Permission) -> Callable[[View], View]:
    """The signed-in user needs one of the permissions, else 404; a visitor is sent to sign in.

    Leaves the scope at `request.scope` and the permissions at `view.permissions` for the who-sees-whom test.
    """

    def decorate(view: View) -> View:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            scope = _entered(request)
            if not any(scope.may(permission) for permission in permissions):
                raise Http404
            request.scope = scope  # type: ignore[attr-defined]
            return view(request, *args, **kwargs)

        guarded.permissions = permissions  # type: ignore[attr-defined]
        return guarded

    return decorate
