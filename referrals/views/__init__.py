"""Pages of referrals: lists and cases, the letter, the steps and the return."""

from typing import cast

from django.http import HttpRequest

from accounts.models import User


def person(request: HttpRequest) -> User:
    """The signed-in person: `requires` lets nobody else in."""
    return cast(User, request.user)
