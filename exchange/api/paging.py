"""Pages by key, not by number: a page costs the same wherever it lies, and a row that appears meanwhile shifts nothing."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError as ModelValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

PAGE = 50
LARGEST = 200


def size_of(request: Request) -> int:
    """The asked page size, 1 to LARGEST (more is cut to it); PAGE when not asked. 400 for anything else."""
    text = request.query_params.get("page_size", str(PAGE))
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise ValidationError(
            {"page_size": [_("A whole number from 1 to %(most)s is expected.") % {"most": LARGEST}]}
        )
    return min(int(text), LARGEST)


def packed(key: Sequence[Any]) -> str:
    """A key as the text of a cursor."""
    text = json.dumps([value if isinstance(value, (int, str)) else str(value) for value in key])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def unpacked(text: str, length: int) -> list[Any]:
    """The key in a cursor; 400 for a text that is none."""
    try:
        key = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError):
        key = None
    if (
        not isinstance(key, list)
        or len(key) != length
        or not all(isinstance(part, int) or (isinstance(part, str) and part.isprintable()) for part in key)
    ):
        raise bad_cursor()
    return key


def bad_cursor() -> ValidationError:
    """400: the cursor is none of ours."""
    return ValidationError({"cursor": [_("This is not a cursor of this list.")]})


def beyond(ordering: Sequence[str], key: Sequence[Any]) -> Q:
    """The rows that stand after `key` in the order given by `ordering` ("-" for descending)."""
    found = Q()
    equal = Q()
    for name, value in zip(ordering, key, strict=True):
        column, way = (name[1:], "lt") if name.startswith("-") else (name, "gt")
        found |= equal & Q(**{f"{column}__{way}": value})
        equal &= Q(**{column: value})
    first, way = (ordering[0][1:], "lte") if ordering[0].startswith("-") else (ordering[0], "gte")
    # Says the same twice, for the sake of an index on the first column.
    return Q(**{f"{first}__{way}": key[0]}) & found


class KeysetPages(BasePagination):
    """`?page_size=&cursor=` over the view's `ordering`, whose last column is unique. Answers `{"results", "next"}`."""

    next_key: Sequence[Any] | None = None
    request: Request

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """One statement: the page and one row more, which tells whether there is a next one."""
        self.request = request
        ordering: tuple[str, ...] = view.ordering
        size = size_of(request)
        if cursor := request.query_params.get("cursor"):
            queryset = queryset.filter(
                beyond(ordering, _typed(queryset.model, ordering, unpacked(cursor, len(ordering))))
            )
        rows = list(queryset.order_by(*ordering)[: size + 1])
        if len(rows) > size:
            self.next_key = [getattr(rows[size - 1], name.lstrip("-")) for name in ordering]
        return rows[:size]

    def get_paginated_response(self, data: Any) -> Response:
        """The page and the address of the next one (null on the last)."""
        return Response({"results": data, "next": self.next_address()})

    def next_address(self) -> str | None:
        """Where the next page is."""
        if self.next_key is None:
            return None
        return replace_query_param(self.request.build_absolute_uri(), "cursor", packed(self.next_key))

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """For the OpenAPI document."""
        following = {
            "type": "string",
            "format": "uri",
            "nullable": True,
            "description": "Address of the next page.",
        }
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {"results": schema, "next": following},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """For the OpenAPI document."""
        size = {"type": "integer", "minimum": 1, "maximum": LARGEST, "default": PAGE}
        return [
            {"name": "page_size", "in": "query", "required": False, "schema": size},
            {"name": "cursor", "in": "query", "required": False, "schema": {"type": "string"},
             "description": "From `next` of the page before; opaque."},
        ]  # fmt: skip


def _column(model: type[models.Model], name: str) -> Any:
    return model._meta.get_field(name.lstrip("-"))


def _typed(model: type[models.Model], ordering: Sequence[str], key: Sequence[Any]) -> list[Any]:
    try:
        return [_column(model, n).to_python(v) for n, v in zip(ordering, key, strict=True)]
    except (ModelValidationError, TypeError, ValueError, OverflowError):
        raise bad_cursor() from None
