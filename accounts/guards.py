"""The guard of a person's own pages: signed in, whatever the posts."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from accounts.models import User

View = Callable[..., HttpResponse]


class OwnRequest(HttpRequest):
    """What a view of one's own account is given."""

    user: User


def signed_in(view: View) -> View:
    """Anybody who is signed in. `permissions` is for the who-sees-whom test, like that of the guards above."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, *args, **kwargs)

    guarded.permissions = ()  # type: ignore[attr-defined]
    return guarded
