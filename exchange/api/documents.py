"""The OpenAPI document and the page that shows it, everything from this machine."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.views import APIView

from exchange.api.problems import CONTENT_TYPE


class BearerScheme(OpenApiAuthenticationExtension):
    """How the document names our authentication."""

    target_class = "accounts.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """RFC 6750."""
        return {"type": "http", "scheme": "bearer", "description": "From `POST /api/v1/auth/token/`."}


def with_problems(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Give every operation the one shape of its errors."""
    fault = {
        "type": "object",
        "required": ["field", "code", "message"],
        "properties": {name: {"type": "string"} for name in ("field", "code", "message")},
    }
    result["components"]["schemas"]["Problem"] = {
        "type": "object",
        "description": "RFC 9457. Absent and forbidden are both 404.",
        "required": ["type", "title", "status"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "errors": {"type": "array", "items": fault},
        },
    }
    content = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for methods in result["paths"].values():
        for operation in methods.values():
            operation["responses"]["default"] = {"description": "What went wrong.", "content": content}
    return result


def docs(request: HttpRequest) -> HttpResponse:
    """Swagger UI."""
    return render(request, "exchange/api_docs.html")


class NowhereView(APIView):
    """Addresses below /api/ that do not exist: 404 in the one shape."""

    authentication_classes = ()
    permission_classes = ()
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Whatever the method."""
        raise NotFound
