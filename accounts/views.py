"""Signing in and out, also over a page that is already open."""

from typing import Any

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.views import LoginView
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from accounts.forms import SignInForm
from accounts.models import User
from accounts.parts import belongs_to_user, is_part, page_owner
from journal import audit


class SignIn(LoginView):
    """The sign-in page; with htmx the dialog over an open page, which admits only the person the page belongs to."""

    form_class = SignInForm
    template_name = "accounts/sign_in.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Somebody who is signed in has nothing to do here."""
        if request.user.is_authenticated and not is_part(request):
            return redirect(self.get_success_url())
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        """Over an open page the form knows whose page it is."""
        return {
            **super().get_form_kwargs(),
            "owner": page_owner(self.request) if is_part(self.request) else "",
        }

    def form_valid(self, form: SignInForm) -> HttpResponse:  # type: ignore[override]
        """Start the session and write it down; over a page, hand out the new CSRF token and let the page go on."""
        user = form.get_user()
        with transaction.atomic():
            login(self.request, user)
            audit.record("user.sign_in", by=user, subject=user)
        if not is_part(self.request):
            return redirect(self.get_success_url())
        return trigger_client_event(
            HttpResponse(status=204), "yl:signed-in", {"csrf": get_token(self.request)}
        )

    def form_invalid(self, form: SignInForm) -> HttpResponse:  # type: ignore[override]
        """Write the refusal down (never what was typed) and show the form again."""
        known = User.objects.filter(username=form.cleaned_data.get("username", "")).first()
        audit.record("user.sign_in_refused", by=None, subject=known)
        if is_part(self.request):
            return render(self.request, "accounts/sign_in_over.html", {"form": form}, status=422)
        return self.render_to_response(self.get_context_data(form=form), status=422)


@never_cache
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; a POST, so that no link or prefetch can do it."""
    user = request.user
    if isinstance(user, User):
        with transaction.atomic():
            audit.record("user.sign_out", by=user, subject=user)
            logout(request)
    return redirect(resolve_url(settings.LOGOUT_REDIRECT_URL))


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """401 with the sign-in dialog; htmx puts it over the page instead of where the answer would have gone."""
    answer = render(
        request,
        "accounts/sign_in_over.html",
        {"form": SignInForm(request, owner=page_owner(request))},
        status=401,
    )
    answer["HX-Retarget"] = "#yl-sign-in"
    answer["HX-Reswap"] = "innerHTML"
    answer["HX-Reselect"] = "#sign-in-over"
    answer["HX-Push-Url"] = "false"
    return answer


@never_cache
@require_GET
def session(request: HttpRequest) -> HttpResponse:
    """Asked before a long form is sent: 204 and a valid CSRF token while the session lasts, else the sign-in dialog."""
    if not request.user.is_authenticated or not belongs_to_user(request):
        return ask_to_sign_in(request)
    answer = HttpResponse(status=204)
    answer["X-CSRFToken"] = get_token(request)
    return answer


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token is no longer valid (signed in again in another tab). A part request gets a valid one and tries again.

    Another site cannot read the token: browsers keep answers from it, as they do those of every page that holds a form.
    """
    answer = render(request, "403_csrf.html", status=403)
    if is_part(request):
        answer["X-CSRFToken"] = get_token(request)
    return answer
