"""What would move a figure: those who lack something, in groups, with the percentage points each is worth."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from journal.templatetags.yl import percent
from performance.indicators import EveryVisit, Indicator, Unit, VisitsReached
from performance.members import Lack

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

NAMES: "dict[Lack, StrOrPromise]" = {
    Lack.ONE_VISIT: _("one face-to-face visit short"),
    Lack.MORE_VISITS: _("two or more visits short"),
    Lack.NO_READING: _("no reading at a visit this year"),
    Lack.OFF_TARGET: _("last reading not on target"),
    Lack.CONTRACT: _("no contract in force"),
    Lack.OPEN: _("due, not done yet"),
    Lack.LATE: _("done too late"),
}
ADVICE: "dict[Lack, StrOrPromise]" = {
    Lack.ONE_VISIT: _("one visit to the clinic or at home is enough"),
    Lack.MORE_VISITS: _("telephone calls do not count: plan visits now"),
    Lack.NO_READING: _("lost to follow-up counts as not on target"),
    Lack.OFF_TARGET: _("measure again at the next visit: the last one decides"),
    Lack.CONTRACT: _("residents of the archive; the rate is over the register"),
    Lack.OPEN: _("can still be on time"),
    Lack.LATE: _("cannot be made good this year"),
}
# Each resident of these raises the figure by one; the share is then the points it is worth.
WINS = frozenset({Lack.ONE_VISIT, Lack.NO_READING, Lack.OFF_TARGET})
# Quickest first.
ORDER = (
    Lack.ONE_VISIT,
    Lack.OPEN,
    Lack.NO_READING,
    Lack.CONTRACT,
    Lack.OFF_TARGET,
    Lack.MORE_VISITS,
    Lack.LATE,
)


@dataclass(frozen=True, slots=True)
class Move:
    """A group of residents missing from the numerator."""

    lack: Lack
    name: "StrOrPromise"
    advice: "StrOrPromise"
    residents: int
    share: Decimal | None
    wins: bool


def moves_of(indicator: Indicator, groups: Mapping[Lack, int]) -> list[Move]:
    """The groups, quickest to win first; `share` is in percent of all residents behind the number."""
    everybody = sum(groups.values())
    names = NAMES | (
        {Lack.ONE_VISIT: _("no visit this year")} if isinstance(indicator.counted, EveryVisit) else {}
    )
    return [
        Move(
            lack, names[lack], ADVICE[lack], groups[lack], percent(groups[lack], everybody),
            wins=lack in WINS and indicator.unit is Unit.PERCENT,
        )
        for lack in ORDER
        if groups.get(lack)
    ]  # fmt: skip


def name_of_lack(indicator: Indicator, lack: Lack, face_to_face: int) -> str:
    """What one resident lacks, in words."""
    if lack is Lack.NOTHING:
        return ""
    if isinstance(indicator.counted, VisitsReached):
        short = indicator.counted.at_least - face_to_face
        return ngettext("%(n)s visit short", "%(n)s visits short", short) % {"n": short}
    return str(_names(indicator)[lack])


def _names(indicator: Indicator) -> "dict[Lack, StrOrPromise]":
    no_visit: dict[Lack, StrOrPromise] = {Lack.ONE_VISIT: _("no visit this year")}
    return NAMES | no_visit if isinstance(indicator.counted, EveryVisit) else NAMES
