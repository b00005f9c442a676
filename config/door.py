"""The way into the back office: the product's own sign-in, with its lock-out, and no second one."""

from __future__ import annotations

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse


def back_office(request: HttpRequest) -> HttpResponse:
    """To the sign-in page and back; who is signed in already and stands here may not enter (absent and forbidden: 404)."""
    if request.user.is_authenticated:
        raise Http404
    return redirect_to_login(request.GET.get("next", "/admin/"))
