"""Signing in over a page that is already open: nothing typed is lost, and what was being sent goes on.

The dialogs stand in #yl-sign-in; static/js/session.js opens them. They follow one another until nothing stands in the way.
"""

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django_htmx.http import trigger_client_event

from accounts import gate
from accounts.forms import CodeForm, SignInForm
from accounts.parts import belongs_to_user, page_owner


def ask(request: HttpRequest, *, status: int = 401) -> HttpResponse:
    """The dialog for what stands in the way; htmx puts it over the page instead of where the answer would have gone."""
    answer = dialog(request, status=status)
    answer["HX-Retarget"] = "#yl-sign-in"
    answer["HX-Reswap"] = "innerHTML"
    answer["HX-Reselect"] = "#sign-in-over"
    answer["HX-Push-Url"] = "false"
    return answer


def dialog(
    request: HttpRequest, form: SignInForm | CodeForm | None = None, *, status: int = 200
) -> HttpResponse:
    """Password, code, or the word that something has to be done on its own page."""
    step = gate.next_step(request) if belongs_to_user(request) else None
    if step is None:
        form = form or SignInForm(request, owner=page_owner(request))
        return render(request, "accounts/sign_in_over.html", {"form": form}, status=status)
    if step is gate.Step.SECOND_STEP:
        form = form or CodeForm(request.user)
        return render(request, "accounts/second_step_over.html", {"form": form}, status=status)
    return render(
        request,
        "accounts/step_over.html",
        {"page": step, "is_password": step is gate.Step.PASSWORD},
        status=status,
    )


def next_dialog(request: HttpRequest) -> HttpResponse:
    """After a step: the next dialog; when nothing is left, the new CSRF token with which the page goes on."""
    gate.passed(request)
    if gate.next_step(request) is not None:
        return dialog(request)
    return trigger_client_event(HttpResponse(status=204), "yl:signed-in", {"csrf": get_token(request)})
