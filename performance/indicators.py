"""The indicators as data: what is counted, against which base, by whose text.

An indicator has a base (who or what stands below the line) and something counted (above it). Both are described by
frozen values; `performance.statements` turns them into SQL. Adding an indicator of a known shape is one entry here.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from followups.protocols.catalogue import protocols
from followups.protocols.conditions import Condition
from followups.protocols.terms import Klass
from patients.models.encounter import FACE_TO_FACE
from patients.programmes import Programme
from performance.settings import Settings

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Unit(StrEnum):
    """How numerator and denominator are read together."""

    PERCENT = "percent"
    PER_PERSON = "per_person"


@dataclass(frozen=True, slots=True)
class Managed:
    """Residents managed in the programme on some day of the year up to the as-of day; lost ones stay in."""

    programme: Programme


@dataclass(frozen=True, slots=True)
class Registered:
    """Residents of the population register for the year."""


@dataclass(frozen=True, slots=True)
class Due:
    """Follow-ups that fell due in the year up to the as-of day and were not cancelled."""


@dataclass(frozen=True, slots=True)
class VisitsReached:
    """Has had at least so many visits of the programme in the year, by one of the methods."""

    at_least: int
    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EveryVisit:
    """Each visit of the programme in the year, by any method."""


@dataclass(frozen=True, slots=True)
class LastReading:
    """The latest visit of the year whose readings decide `passes` meets it; without such a visit it is not met."""

    passes: Condition


@dataclass(frozen=True, slots=True)
class LiveContract:
    """Alive and with a contract in force on the as-of day."""


@dataclass(frozen=True, slots=True)
class FulfilledInTime:
    """Done at most so many days after the due day."""

    days: int


Base = Managed | Registered | Due
Counted = VisitsReached | EveryVisit | LastReading | LiveContract | FulfilledInTime


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator; `numerator`, `denominator` and `base_name` are the words printed beside its figures."""

    code: str
    name: "StrOrPromise"
    numerator: "StrOrPromise"
    denominator: "StrOrPromise"
    base_name: "StrOrPromise"
    source: str
    base: Base
    counted: Counted
    unit: Unit = Unit.PERCENT


def _controlled(programme: Programme) -> Condition:
    """The assessment line of the programme's protocol: the one that decides a visit also decides the rate."""
    rules = protocols()[programme].rules
    return {"any": [rule.when for rule in rules if rule.klass is Klass.CONTROLLED]}


def _of_programme(
    programme: Programme,
    prefix: str,
    names: "tuple[StrOrPromise, StrOrPromise, StrOrPromise]",
    rules: Settings,
) -> tuple[Indicator, Indicator, Indicator]:
    standard, controlled, followups = names
    managed = _("residents managed in the year")
    base = _("managed in the year")
    return (
        Indicator(
            f"{prefix}-standard-managed", standard,
            format_lazy(
                _("managed residents with at least {visits} face-to-face follow-ups in the year"),
                visits=rules.face_to_face_visits,
            ),
            managed, base,
            "BPHS17", Managed(programme), VisitsReached(rules.face_to_face_visits, tuple(FACE_TO_FACE)),
        ),
        Indicator(
            f"{prefix}-controlled", controlled,
            _("managed residents whose last reading at a visit of the year is on target; without one: not"),
            managed, base, "BPHS17", Managed(programme), LastReading(_controlled(programme)),
        ),
        Indicator(
            f"{prefix}-followups", followups, _("follow-ups of managed residents, by any method"), managed, base,
            "Nanquan 2021-2023", Managed(programme), EveryVisit(), Unit.PER_PERSON,
        ),
    )  # fmt: skip


def indicators(rules: Settings) -> dict[str, Indicator]:
    """All indicators under these settings, by code, in the order of the screen."""
    htn = _of_programme(
        Programme.HYPERTENSION,
        "htn",
        (
            _("Hypertension standard management"),
            _("Blood pressure control"),
            _("Hypertension follow-ups per person"),
        ),
        rules,
    )
    dm = _of_programme(
        Programme.DIABETES,
        "dm",
        (_("Diabetes standard management"), _("Glucose control"), _("Diabetes follow-ups per person")),
        rules,
    )
    contracted = Indicator(
        "contracted", _("Contract rate"), _("living residents with a contract in force"),
        _("residents of the population register"), _("population register"),
        "FD22", Registered(), LiveContract(),
    )  # fmt: skip
    on_time = Indicator(
        "followups-on-time", _("Follow-ups on time"),
        format_lazy(_("done at most {days} days after the due day"), days=rules.on_time_days),
        _("follow-ups due in the year and not cancelled"), _("due follow-ups"),
        "DESIGN", Due(), FulfilledInTime(rules.on_time_days),
    )  # fmt: skip
    ordered = (htn[0], htn[1], dm[0], dm[1], on_time, contracted, htn[2], dm[2])
    return {indicator.code: indicator for indicator in ordered}


CODES: Final = tuple(indicators(Settings()))
