"""Reading over the interface is written down: one line a request, with what was asked and how many rows left.

A line for each row would make the trail of a nightly pull longer than the archive, and tells no more: which rows a
caller could have read follows from the filters and the time. A single record is a line of its own.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import models
from rest_framework.request import Request

from accounts.tokens import Holder
from alliances.scope import scope_of
from exchange.api.access import caller
from journal import audit

# What a caller types to find somebody may be a document number or a telephone: that it was used is enough.
_SAID_ONLY_THAT = {"search", "number", "archive_number"}
_OF_PAGES = {"cursor", "page_size"}
_LONGEST = 60


def tells_of_residents(model: type[models.Model]) -> bool:
    """Whether rows of the model are about residents."""
    return hasattr(model, "patient_id")


def listed(request: Request, resource: str, rows: int) -> None:
    """A page of a list left the product."""
    given = {
        name: "…" if name in _SAID_ONLY_THAT else str(value)[:_LONGEST]
        for name, value in request.query_params.items()
        if name not in _OF_PAGES
    }
    detail = {"resource": resource, "filter": given, "rows": rows}
    actor = caller(request)
    audit.record(
        "records.list", by=actor, patient_id=_patient(given), organization_id=_own(actor), detail=detail
    )


def pulled(actor: Holder, rows: int) -> None:
    """A page of changes left the product."""
    audit.record("records.pull", by=actor, organization_id=_own(actor), detail={"rows": rows})


def opened_one(request: Request, resource: str, answer: Mapping[str, Any]) -> None:
    """One record left the product."""
    actor = caller(request)
    detail = {"resource": resource, "id": str(answer.get("id", ""))}
    audit.record(
        "records.open", by=actor, patient_id=answer.get("patient"), organization_id=_own(actor), detail=detail
    )


def _own(actor: Holder) -> int | None:
    """Where the caller works, where that is one place."""
    places = scope_of(actor).own_organization_ids
    return places[0] if len(places) == 1 else None


def _patient(given: Mapping[str, str]) -> UUID | None:
    return UUID(given["patient"]) if given.get("patient") else None
