"""What stands in a plan, whoever wrote it: its texts, its targets, its day of review; and what may not stand in it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_noop as _

from patients.readings import READINGS


class PlanRefused(ValueError):
    """A plan that cannot be written: `field` is the path of what is wrong, the message a msgid."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class PlanChanged(PlanRefused):
    """Somebody else was first: what the page was filled in over is no longer what stands."""


@dataclass(frozen=True, slots=True)
class Target:
    """A bound of the person's own plan, in the unit of the measure (`patients.readings`); `high` itself misses it (<130)."""

    measure: str
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """All that a specialist signs."""

    diagnosis: str = ""
    treatment: str = ""
    advice: str = ""
    goals: tuple[Target, ...] = ()
    review_on: date | None = None


def check(goals: Iterable[Target]) -> None:
    """PlanRefused for a target that is unknown, doubled, without a bound or impossible."""
    seen: set[str] = set()
    for index, goal in enumerate(goals):
        path = f"goals[{index}]"
        if goal.measure not in READINGS:
            raise PlanRefused(_("This measure is not known."), f"{path}.measure")
        if goal.measure in seen:
            raise PlanRefused(_("One target a measure."), f"{path}.measure")
        if goal.low is None and goal.high is None:
            raise PlanRefused(_("A target needs a lower or an upper bound."), f"{path}.high")
        if goal.low is not None and goal.high is not None and goal.low > goal.high:
            raise PlanRefused(_("The lower bound is above the upper one."), f"{path}.low")
        for bound in ("low", "high"):
            value = getattr(goal, bound)
            if value is not None and not READINGS[goal.measure].possible(value):
                raise PlanRefused(_("This value is impossible."), f"{path}.{bound}")
        seen.add(goal.measure)


def goal_data(goal: Target) -> dict[str, Any]:
    """A target as it is kept in a revision or a proposal."""
    bounds = {"low": goal.low, "high": goal.high}
    return {"measure": goal.measure, **{n: None if v is None else str(v) for n, v in bounds.items()}}


def targets_of(data: Sequence[Mapping[str, Any]]) -> tuple[Target, ...]:
    """Targets read back from what `goal_data` wrote."""
    return tuple(Target(g["measure"], _bound(g.get("low")), _bound(g.get("high"))) for g in data)


def _bound(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def content_of(row: Any) -> Content:
    """The content of a revision or a proposal."""
    return Content(row.diagnosis, row.treatment, row.advice, targets_of(row.goals), row.review_on)
