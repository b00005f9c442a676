"""Which of their posts a person chose for this session."""

from collections.abc import Callable
from typing import Final

from django.contrib.auth.middleware import get_user
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from accounts.models import User

#: Where the session keeps the chosen post; without it all posts count.
CHOSEN_POST: Final = "chosen_post"


class ChosenPostMiddleware:
    """Hands the choice to the user object, from which every scope of the request is computed (alliances/scope.py).

    Directly behind Django's authentication: whoever asks `request.user`, by whatever way, meets the chosen post. Lazy:
    a request that asks for no user reads neither session nor user.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing on the way out."""

        def acting() -> object:
            user = get_user(request)
            if isinstance(user, User):
                user.chosen_post_id = request.session.get(CHOSEN_POST)
            return user

        request.user = SimpleLazyObject(acting)  # type: ignore[assignment]
        return self.get_response(request)
