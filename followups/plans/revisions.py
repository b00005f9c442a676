"""The signed states of a plan, readable one after the other, and what two of them differ in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from followups.models import CarePlan, CarePlanRevision
from followups.plans.content import Content, Target
from patients.readings import READINGS

_TEXTS: Final = (("diagnosis", _("Diagnosis")), ("treatment", _("Treatment")), ("advice", _("Advice")))

#: Targets stand in the order in which readings are taken: systolic before diastolic.
_ORDER: Final = {measure: position for position, measure in enumerate(READINGS)}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that two states of a plan say differently: a text, a target (by its measure) or the day of review."""

    name: Any
    before: Any
    after: Any
    measure: str = ""

    @property
    def added(self) -> bool:
        return self.before in ("", None)

    @property
    def removed(self) -> bool:
        return self.after in ("", None)


def differences(before: Content, after: Content) -> list[Difference]:
    """What `after` says differently from `before`, in the order of the page."""
    return list(_differences(before, after))


def _differences(before: Content, after: Content) -> Iterator[Difference]:
    for name, label in _TEXTS:
        old, new = getattr(before, name).strip(), getattr(after, name).strip()
        if old != new:
            yield Difference(label, old, new)
    old_goals, new_goals = _by_measure(before), _by_measure(after)
    for measure in dict.fromkeys([*old_goals, *new_goals]):
        old_goal, new_goal = old_goals.get(measure), new_goals.get(measure)
        if old_goal != new_goal:
            named = READINGS[measure].label if measure in READINGS else measure
            yield Difference(named, old_goal, new_goal, measure)
    if before.review_on != after.review_on:
        yield Difference(_("Review"), before.review_on, after.review_on)


def _by_measure(content: Content) -> Mapping[str, Target]:
    return {goal.measure: goal for goal in content.goals}


def revisions_of(plan: CarePlan | None) -> list[CarePlanRevision]:
    """Every signature, newest first, with who and for which hospital."""
    if plan is None:
        return []
    return list(plan.revisions.select_related("signed_by", "signed_for").order_by("-number"))


def content_of_plan(plan: CarePlan | None) -> Content:
    """What stands in the plan now; nothing where there is none."""
    if plan is None:
        return Content()
    found = sorted(plan.goals.all(), key=lambda goal: _ORDER.get(goal.measure, len(_ORDER)))
    goals = tuple(Target(g.measure, g.low, g.high) for g in found)
    return Content(plan.diagnosis, plan.treatment, plan.advice, goals, plan.review_on)
