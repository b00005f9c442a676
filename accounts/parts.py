"""Requests for a part of a page, and whose page it is."""

from django.http import HttpRequest

#: The page tells with every part request for whom it was made; the value is the user's key.
PAGE_OWNER = "X-Yilian-User"


def is_part(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page that is already open."""
    return request.headers.get("HX-Request") == "true"


def page_owner(request: HttpRequest) -> str:
    """The key of the user for whom the open page was made; "" when the request does not say."""
    return request.headers.get(PAGE_OWNER, "")


def belongs_to_user(request: HttpRequest) -> bool:
    """Whether the open page was made for the person who is signed in now. A page that does not say is taken at its word."""
    owner = page_owner(request)
    return not owner or owner == str(request.user.pk)
