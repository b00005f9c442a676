"""A session that ends while a page is open."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from accounts.parts import belongs_to_user, is_part
from accounts.views import ask_to_sign_in

#: Pages that work for somebody whose session is over.
OPEN_PAGES = {"accounts:sign-in", "accounts:sign-out", "accounts:session"}


class SessionEndMiddleware:
    """Answers a part request with the sign-in dialog when the page's owner is no longer signed in.

    Without it htmx would put the whole sign-in page into the part, or, worse, save one person's form in another's name.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing on the way in and out."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """401 with the dialog, or None to go on."""
        match = request.resolver_match
        if (
            not is_part(request)
            or (match is not None and match.view_name in OPEN_PAGES)
            or belongs_to_user(request)
        ):
            return None
        return ask_to_sign_in(request)
