"""What a pathway template is made of, and what a text or a form must say to be one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

from django.utils.translation import gettext_noop as _

from alliances.models import Role
from alliances.workdays import is_working_day
from patients.programmes import Programme

MOST_STEPS: Final = 30
LONGEST: Final = 730
#: Who can own a step: those who care for the resident, and the department that supports them.
OWNERS: Final = (
    Role.GENERAL_PRACTITIONER,
    Role.SPECIALIST,
    Role.HEALTH_MANAGER,
    Role.NURSE,
    Role.PHARMACIST,
    Role.TCM_PHYSICIAN,
    Role.VILLAGE_DOCTOR,
    Role.PUBLIC_HEALTH_PHYSICIAN,
)


class TemplateRefused(ValueError):
    """A template that cannot be one: the message is a msgid, `step` the position (from 1) of what is wrong."""

    def __init__(self, message: str, step: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.step = step


class After(StrEnum):
    """From where a clock runs."""

    START = "start"
    PREVIOUS = "previous"


@dataclass(frozen=True, slots=True)
class Clock:
    """So many days (or working days) after the pathway's start or after the step before was settled."""

    days: int
    working: bool
    after: After

    def due(self, since: date) -> date:
        """The last day in time, counted from the day on which the clock begins to run."""
        if not self.working:
            return since + timedelta(days=self.days)
        day, left = since, self.days
        while left:
            day += timedelta(days=1)
            left -= is_working_day(day)
        return day

    def data(self) -> dict[str, Any]:
        return {"days": self.days, "working": self.working, "after": str(self.after)}


@dataclass(frozen=True, slots=True)
class Step:
    """What has to be done, by whom, by when, and what must be written down."""

    name: str
    role: Role
    clock: Clock
    record: str
    source: str

    def data(self) -> dict[str, Any]:
        return {"name": self.name, "role": str(self.role), "clock": self.clock.data(), "record": self.record,
                "source": self.source}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Template:
    """A version of a way of care. `alliance_id` None: what the product brings along."""

    code: str
    number: int
    name: str
    programme: str
    source: str
    steps: tuple[Step, ...]
    alliance_id: int | None = None

    @property
    def asks_department(self) -> bool:
        """Whether a hospital's department has a part in it."""
        return any(step.role == Role.SPECIALIST for step in self.steps)


def template_of(data: Mapping[str, Any], *, alliance_id: int | None = None) -> Template:
    """A template from its data. Raises TemplateRefused."""
    programme = data.get("programme", "")
    if not str(data.get("name", "")).strip():
        raise TemplateRefused(_("A template needs a name."))
    if programme and programme not in Programme.values:
        raise TemplateRefused(_("This programme is not known."))
    return Template(
        str(data["code"]), int(data["number"]), str(data["name"]).strip(), programme, str(data.get("source", "")),
        steps_of(data["steps"]), alliance_id,
    )  # fmt: skip


def steps_of(data: Sequence[Mapping[str, Any]]) -> tuple[Step, ...]:
    """The steps from their data. Raises TemplateRefused."""
    if not data:
        raise TemplateRefused(_("A template needs steps."))
    if len(data) > MOST_STEPS:
        raise TemplateRefused(_("These are too many steps."))
    return tuple(_step(one, position) for position, one in enumerate(data, 1))


def clock_of(data: Mapping[str, Any]) -> Clock:
    """A clock from its data; ValueError or KeyError for what is none."""
    days = int(data["days"])
    if not 0 <= days <= LONGEST:
        raise ValueError(days)
    return Clock(days, bool(data["working"]), After(data["after"]))


def _step(data: Mapping[str, Any], position: int) -> Step:
    name = str(data.get("name", "")).strip()
    if not name:
        raise TemplateRefused(_("Every step needs a name."), position)
    if data.get("role") not in OWNERS:
        raise TemplateRefused(_("Every step needs an owner."), position)
    try:
        clock = clock_of(data["clock"])
    except (KeyError, ValueError):
        raise TemplateRefused(_("Every step needs a clock."), position) from None
    if position == 1 and clock.after is not After.START:
        raise TemplateRefused(_("The clock of the first step runs from the start."), position)
    return Step(name, Role(data["role"]), clock, str(data.get("record", "")), str(data.get("source", "")))
