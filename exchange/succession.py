"""A merge or a closing waits for imports that run; what was only checked is thrown away."""

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from alliances.lifecycle import Event, Happening, Matter, Part, register
from exchange.imports import batches
from exchange.models import ImportBatch, ImportStatus


def _batches(happening: Happening, *states: ImportStatus) -> QuerySet[ImportBatch]:
    return ImportBatch.objects.filter(organization=happening.organization, status__in=states)


def running(happening: Happening) -> list[Matter]:
    """Imports that write, or are about to."""
    found = _batches(happening, ImportStatus.QUEUED, ImportStatus.RUNNING)
    return [Matter(_("imports under way"), found.count(), reverse("exchange:imports"))]


def checked(happening: Happening) -> list[Matter]:
    """Workbooks that were uploaded and not imported."""
    found = _batches(happening, ImportStatus.PREVIEWED, ImportStatus.FAILED)
    return [Matter(_("uploaded workbooks that are thrown away"), found.count(), reverse("exchange:imports"))]


def throw_away(happening: Happening) -> None:
    """They were checked against an organization that is no more."""
    by = happening.by if isinstance(happening.by, User) else None
    for batch in _batches(happening, ImportStatus.PREVIEWED, ImportStatus.FAILED):
        batches.discard(batch, by=by, at=happening.at)


def register_all() -> None:
    """Called once, when the app is ready."""
    register(Event.ORGANIZATION_MERGED, "exchange", Part(running, checked, throw_away))
    register(Event.ORGANIZATION_CLOSED, "exchange", Part(running, checked, throw_away))
