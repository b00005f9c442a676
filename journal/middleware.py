"""From where: the audit trail notes the address a request came from."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from journal.audit import at_address


class AddressMiddleware:
    """Remembers the peer's address for the request's audit lines.

    The peer of the connection, not a forwarded header: that may be forged, and whether to trust a proxy's word is for
    the web server in front (gunicorn's `forwarded_allow_ips`) to settle.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Around the whole request, so that the next one on this thread starts clean."""
        at_address(request.META.get("REMOTE_ADDR") or None)
        try:
            return self.get_response(request)
        finally:
            at_address(None)
