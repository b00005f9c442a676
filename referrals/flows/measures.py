"""What is measured of the referrals between members of an alliance, as data: each by name, numerator, denominator, source.

`referrals.flows.statement` counts the facts behind them. "facts" are the team's sourced lists; DESIGN marks what no
national text defines: the local text of a place overrules it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Fact(StrEnum):
    """What happened to a request, as one row that counts (and is in time, or not)."""

    SENT = "sent"  # a centre's upward request was sent
    PASSED = "passed"  # a hospital passed it on to another hospital
    BACK = "back"  # the patient was returned, with a reply
    DOWN = "down"  # a downward request was sent
    ANSWER = "answer"  # the answer clock ended: answered, or run out
    ARRIVAL = "arrival"  # the outcome of an accepted request is known
    REPLY = "reply"  # the reply clock ended
    FOLLOWUP = "followup"  # the fourteenth day after a return has passed


class Unit(StrEnum):
    """How numerator and denominator are read together."""

    PERCENT = "percent"
    PER_THOUSAND = "per_thousand"


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure. `numerator` and `denominator` are the words printed with it, `target` is in percent."""

    code: str
    name: "StrOrPromise"
    numerator: "StrOrPromise"
    denominator: "StrOrPromise"
    source: str
    unit: Unit = Unit.PERCENT
    target: int | None = None


UP: Final = Measure(
    "up", _("Referred up by the community"),
    _("upward requests sent by community centres in the period, whatever became of them; one passed on counts once"),
    _("residents of these centres managed in a programme at the end of the period"),
    "facts 6.1 (DESIGN)", Unit.PER_THOUSAND,
)  # fmt: skip
DOWN: Final = Measure(
    "down", pgettext_lazy("referrals", "Down and returned"),
    _("returns with a reply and downward requests in the period"),
    _("upward requests sent in the period"),
    "facts 6.1 (local)",
)  # fmt: skip
ANSWERED: Final = Measure(
    "answered", _("Answered in time"),
    _("accepted, declined, passed on or received before the answer clock ran out; questions stop the clock"),
    _("requests sent in the period that were answered or whose clock ran out"),
    "referral clocks (DESIGN)", target=90,
)  # fmt: skip
ARRIVED: Final = Measure(
    "arrived", _("Arrival rate"),
    _("those who came"),
    _("accepted requests sent in the period whose outcome is known; without those who died"),
    "DESIGN", target=90,
)  # fmt: skip
RETURNED: Final = Measure(
    "returned", _("Returned in time"),
    _("returned within 14 days of arrival or admission"),
    _("arrivals whose 14th day lies in the period; without those closed for a long stay, a move or a death"),
    "referral clocks (DESIGN)", target=85,
)  # fmt: skip
FOLLOWED: Final = Measure(
    "followed", _("Followed up within 14 days of the return"),
    _("visited, called or seen by the community from the day of the return to the 14th day after it"),
    _("returns whose 14th day lies in the period; without those who died by then"),
    "facts 5, 6.1 (BPHS17: two weeks)", target=90,
)  # fmt: skip

MEASURES: Final = (UP, DOWN, ANSWERED, ARRIVED, RETURNED, FOLLOWED)
