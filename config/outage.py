"""When PostgreSQL does not answer: a page in the reader's language (503), and recovery without a restart."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.views import defaults

logger = logging.getLogger(__name__)

# Connection exceptions and operator intervention; a deadlock or a cancelled statement is an error of ours, not an outage.
_OUTAGE_CLASSES = ("08", "57P")


def is_outage(fault: BaseException | None) -> bool:
    """Whether `fault` says that the database cannot be reached (and not that it refused a statement)."""
    if not isinstance(fault, (OperationalError, InterfaceError)):
        return False
    code = getattr(fault.__cause__, "pgcode", None)
    return code is None or code.startswith(_OUTAGE_CLASSES)


def unavailable(request: HttpRequest) -> HttpResponse:
    """The 503 answer: problem+json for machines, a page that needs no database for people."""
    if request.path.startswith("/api/"):
        body = {"type": "about:blank", "title": "Service unavailable", "status": 503, "detail": "database"}
        answer: HttpResponse = JsonResponse(body, status=503, content_type="application/problem+json")
    else:
        with translation.override(translation.get_language_from_request(request)):
            answer = HttpResponse(render_to_string("503.html"), status=503)
    answer["Retry-After"] = "10"
    answer["Cache-Control"] = "no-store"
    return answer


class DatabaseOutageMiddleware:
    """Answers 503 where a view met a database that is away."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing on the way in and out."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, fault: Exception) -> HttpResponse | None:
        """The 503 for an outage, Django's own handling for everything else."""
        if not is_outage(fault):
            return None
        logger.error("the database does not answer: %s", type(fault).__name__)
        return unavailable(request)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's last resort (handler500): reached too when another middleware, as the session's, met the outage."""
    if is_outage(sys.exception()):
        logger.error("the database does not answer")
        return unavailable(request)
    return defaults.server_error(request)
