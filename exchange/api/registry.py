"""Every resource, by its plural in addresses and its singular in the change feed."""

from typing import Any

from exchange.api import directory, figures, handovers, records, residents, steps, visits
from exchange.api.rows import Resource

VIEWS: tuple[Any, ...] = (
    *directory.VIEWS, *residents.VIEWS, *records.VIEWS, *visits.VIEWS, *steps.VIEWS, *handovers.VIEWS, *figures.VIEWS,
)  # fmt: skip

#: Resources whose changes the feed carries (journal.triggers.feed), by the kind of the change.
FEED: dict[str, type[Resource[Any]]] = {
    view.kind: view
    for view in VIEWS
    if issubclass(view, Resource)
    and view.kind not in {"alliance", "practitioner", "communication", "indicator-value"}
}


def plural(kind: str) -> str:
    """The resource's name in addresses."""
    return kind.removesuffix("y") + "ies" if kind.endswith("y") else kind + "s"
