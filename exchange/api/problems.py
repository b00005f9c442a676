"""Errors in one shape: RFC 9457 `application/problem+json`. Never a stack trace, never what somebody is called.

Absent and forbidden are both 404. `errors` lists what is wrong with the input, each with the path of its field.
"""

import logging
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions, serializers, status
from rest_framework.response import Response

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"


class FieldError(serializers.Serializer[dict[str, str]]):
    """One fault of the input."""

    field = serializers.CharField(
        help_text="Path of the faulty field, e.g. `records[0].data.on`; empty for the whole."
    )
    code = serializers.CharField()
    message = serializers.CharField()


class Problem(serializers.Serializer[dict[str, Any]]):
    """RFC 9457."""

    type = serializers.CharField(
        help_text="`about:blank`, or a word that names the problem: `urn:yilian:<code>`."
    )
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(required=False)
    errors = FieldError(many=True, required=False)  # type: ignore[assignment]


class Gone(exceptions.APIException):
    """410: what was asked for existed once."""

    status_code = status.HTTP_410_GONE
    default_code = "gone"


class Unprocessable(exceptions.APIException):
    """422: understood, but cannot be done as asked."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "unprocessable"


def handle(fault: Exception, context: Mapping[str, Any]) -> Response | None:
    """REST framework's exception handler: every fault becomes a problem document.

    None (Django goes on, and the outage page answers) only when the database does not answer.
    """
    if isinstance(fault, (OperationalError, InterfaceError)):
        return None
    if isinstance(fault, (Http404, PermissionDenied, exceptions.PermissionDenied)):
        fault = exceptions.NotFound()
    if not isinstance(fault, exceptions.APIException):
        request = context.get("request")
        logger.error("the API failed", exc_info=fault)
        got_request_exception.send(sender=handle, request=getattr(request, "_request", request))
        fault = exceptions.APIException()
    return Response(body(fault), status=fault.status_code, headers=_headers(fault), content_type=CONTENT_TYPE)


def body(fault: exceptions.APIException) -> dict[str, Any]:
    """The problem document of a fault."""
    codes = fault.get_codes()
    named = codes if isinstance(codes, str) and codes not in _PLAIN else None
    found = {
        "type": f"urn:yilian:{named}" if named else "about:blank",
        "title": HTTPStatus(fault.status_code).phrase,
        "status": fault.status_code,
    }
    if isinstance(fault, exceptions.ValidationError):
        return {**found, "detail": _("The input is not valid."), "errors": list(faults(fault.detail))}
    return {**found, "detail": str(fault.detail)}


#: Codes that say no more than the status does.
_PLAIN = {
    "authentication_failed", "error", "invalid", "method_not_allowed", "not_acceptable", "not_authenticated",
    "not_found", "parse_error", "throttled", "unsupported_media_type",
}  # fmt: skip


def faults(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """The leaves of REST framework's nested details, each with its path."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from faults(inner, _joined(path, str(name)))
    elif isinstance(detail, (list, tuple)):
        for position, inner in enumerate(detail):
            nested = isinstance(inner, (Mapping, list, tuple))
            yield from faults(inner, f"{path}[{position}]" if nested else path)
    else:
        yield {"field": path, "code": getattr(detail, "code", "invalid"), "message": str(detail)}


def _joined(path: str, name: str) -> str:
    if name == "non_field_errors":
        return path
    return f"{path}.{name}" if path else name


def _headers(fault: exceptions.APIException) -> dict[str, str]:
    headers: dict[str, str] = {}
    if challenge := getattr(fault, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(fault, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    return headers
