"""The flows as rows: one a pair of members, sorted by the server."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from alliances.members import Member
from referrals.flows import NOTHING
from referrals.flows.measures import Fact
from workbench.alliance_map.figures import Ratio, answered, return_ratio
from workbench.alliance_map.picture import SLOW_SHARE, Picture


@dataclass(frozen=True, slots=True)
class Row:
    """One pair: who sent or passed on, who received, and what passed between them."""

    low: Member
    high: Member
    up: int
    down: int
    back: Ratio
    answered: Ratio
    seconds: float | None
    share: float | None

    @property
    def is_slow(self) -> bool:
        """Half of the answers took more of the clock than is thought quick."""
        return self.share is not None and self.share > SLOW_SHARE


def _rate(ratio: Ratio) -> float:
    return -1.0 if ratio.rate is None else float(ratio.rate)


#: What the table may be sorted by; the first time largest first, except for names.
SORTS: Final[dict[str, Callable[[Row], Any]]] = {
    "low": lambda row: row.low.organization.code,
    "high": lambda row: row.high.organization.code,
    "up": lambda row: -row.up,
    "down": lambda row: -row.down,
    "back": lambda row: -_rate(row.back),
    "seconds": lambda row: -(row.seconds if row.seconds is not None else -1.0),
    "answered": lambda row: -_rate(row.answered),
}


def columns(direction: str) -> list[tuple[str, str, bool]]:
    """Key, head and whether it is a figure, of the columns shown for a direction."""
    shown = [
        ("low", _("Sent or passed on by"), False), ("high", _("Received by"), False),
        ("up", pgettext("referrals", "Up"), True), ("down", pgettext("referrals", "Down"), True),
        ("back", _("Return ratio"), True), ("seconds", _("Median answer"), True),
        ("answered", _("Answered in time"), True),
    ]  # fmt: skip
    hidden = {"up": {"down", "back"}, "down": {"up", "back"}}.get(direction, set())
    return [column for column in shown if column[0] not in hidden]


def rows(picture: Picture, *, direction: str = "", sort: str = "up") -> list[Row]:
    """Every pair with a flow. Equal ones stand by their codes."""
    made = []
    for flow in picture.flows(direction):
        counts = picture.now.pairs[flow.low, flow.high]
        answers = counts.get(Fact.ANSWER, NOTHING)
        made.append(Row(
            picture.by_id[flow.low], picture.by_id[flow.high], flow.up, flow.down, return_ratio(counts),
            answered(counts), answers.seconds, answers.share,
        ))  # fmt: skip
    made.sort(key=lambda row: (row.low.organization.code, row.high.organization.code))
    return sorted(made, key=SORTS[sort])
