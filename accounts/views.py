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
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import gate, over, second_factor, sessions, single_sign_on
from accounts.forms import CodeForm, SignInForm
from accounts.guards import OwnRequest, signed_in
from accounts.models import User
from accounts.parts import belongs_to_user, is_part, page_owner
from journal import audit


def sign_in(request: HttpRequest, user: User, **detail: str) -> None:
    """Start the session of somebody who has shown who they are, and write it down. What it opens, accounts.gate decides.

    Every way of signing in ends here: the form below, a hospital's own identity provider. `user.backend` is set.
    """
    with transaction.atomic():
        login(request, user)
        sessions.begin(request.session, at=timezone.now())
        audit.record("user.sign_in", by=user, subject=user, detail=detail)


class SignIn(LoginView):
    """The sign-in page; with htmx the dialog over an open page, which admits only the person the page belongs to."""

    form_class = SignInForm
    template_name = "accounts/sign_in.html"
    extra_context = {"single_sign_on": single_sign_on.provider_name}

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
        sign_in(self.request, user)
        return over.next_dialog(self.request) if is_part(self.request) else redirect(self.get_success_url())

    def form_invalid(self, form: SignInForm) -> HttpResponse:  # type: ignore[override]
        """Write the refusal down (never what was typed) and show the form again."""
        known = User.objects.filter(username=form.cleaned_data.get("username", "")).first()
        why = {"why": "locked"} if form.has_error("__all__", "locked") else {}
        audit.record("user.sign_in_refused", by=None, subject=known, detail=why)
        if is_part(self.request):
            return over.dialog(self.request, form, status=422)
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


@never_cache
@require_http_methods(["GET", "POST"])
@signed_in
def second_step(request: OwnRequest) -> HttpResponse:
    """The code after the password; with `?with=recovery` a recovery code instead. Over a page: the next dialog."""
    target = wanted(request)
    if gate.next_step(request) is not gate.Step.SECOND_STEP:
        return over.next_dialog(request) if is_part(request) else redirect(target)
    recovery = request.GET.get("with") == "recovery"
    form = CodeForm(request.user, request.POST or None, recovery=recovery)
    if request.method == "POST" and form.is_valid() and form.device is not None:
        second_factor.log_in(request, form.device)
        return over.next_dialog(request) if is_part(request) else redirect(target)
    status = 422 if form.is_bound else 200
    if is_part(request):
        return over.dialog(request, form, status=status)
    return render(request, "accounts/second_step.html", {"form": form, "next": target}, status=status)


def wanted(request: HttpRequest, otherwise: str = settings.LOGIN_REDIRECT_URL) -> str:
    """The page that was asked for before the steps, on this host; else the page `otherwise`."""
    target = request.POST.get("next", request.GET.get("next", ""))
    is_ours = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if is_ours else resolve_url(otherwise)


@never_cache
@require_GET
def session(request: HttpRequest) -> HttpResponse:
    """Asked before a long form is sent: 204 and a valid CSRF token while nothing stands in the way, else the dialog."""
    if not belongs_to_user(request) or not request.user.is_authenticated or gate.next_step(request):
        return over.ask(request)
    answer = over.next_dialog(request) if is_part(request) else HttpResponse(status=204)
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
