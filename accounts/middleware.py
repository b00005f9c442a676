"""Between the session and the views: its limits, whose page it is, and what the person has to do first."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from accounts import gate, sessions
from accounts.models import User
from accounts.over import ask
from accounts.parts import belongs_to_user, is_part
from journal import audit

#: Asked by machines, every few seconds: never whose session it is.
UNASKED = {"healthz", "readyz"}
#: Pages that work for somebody whose session is over, or who has something to do first.
OPEN_PAGES = {
    "accounts:sign-in", "accounts:sign-out", "accounts:session", "back-office-door", "set_language", *UNASKED,
}  # fmt: skip
#: The interface for systems: a cookie opens nothing there.
BEARER_ONLY = "api"
#: Where each step is done.
STEP_PAGES = {
    gate.Step.SECOND_STEP: {"accounts:second-step"},
    gate.Step.PASSWORD: {"accounts:password"},
    gate.Step.ENROLMENT: {"accounts:second-factor"},
}

Answer = Callable[[HttpRequest], HttpResponse]


class _BeforeView:
    """A middleware that does nothing on the way in and out, only before a view."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing."""
        return self.get_response(request)


class SessionLimitMiddleware(_BeforeView):
    """Ends a session that has passed one of its limits, and notes that the person is still at work."""

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        """Whoever's session has ended is a visitor for the view."""
        if _is_bearer_only(request) or _page(request) in UNASKED:
            return
        user = request.user
        if not isinstance(user, User):
            return
        now = timezone.now()
        why = sessions.ended(request.session, at=now)
        if why:
            audit.record("user.session_timeout", by=user, subject=user, detail={"why": why})
            request.session.flush()
            request.user = AnonymousUser()
        elif sessions.UNATTENDED not in request.headers:
            sessions.note(request.session, at=now)


class SessionEndMiddleware(_BeforeView):
    """Answers a part request with the sign-in dialog when the page's owner is no longer signed in.

    Without it htmx would put the whole sign-in page into the part, or, worse, save one person's form in another's name.
    """

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """401 with the dialog, or None to go on."""
        if not is_part(request) or _page(request) in OPEN_PAGES or belongs_to_user(request):
            return None
        return ask(request)


class GateMiddleware(_BeforeView):
    """Leads whoever has something to do first to its page, whatever was asked for; over an open page, by its dialog."""

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """A redirect or the dialog; None to go on."""
        if _is_bearer_only(request) or _page(request) in OPEN_PAGES:
            return None
        step = gate.next_step(request)
        if step is None or _page(request) in STEP_PAGES[step]:
            return None
        if is_part(request):
            return ask(request)
        wanted = request.get_full_path() if request.method == "GET" else "/"
        return redirect(f"{reverse(step)}?{urlencode({'next': wanted})}")


def _page(request: HttpRequest) -> str:
    match = request.resolver_match
    return match.view_name if match is not None else ""


def _is_bearer_only(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and match.namespace == BEARER_ONLY
