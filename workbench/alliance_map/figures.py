"""The six figures of the strip: each with its two integers, its target and the period before. Never a mean of rates."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from referrals.flows import NOTHING, Count, Counts, Tally
from referrals.flows.measures import (
    ANSWERED,
    ARRIVED,
    DOWN,
    FOLLOWED,
    MEASURES,
    RETURNED,
    UP,
    Fact,
    Measure,
    Unit,
)

#: Which fact a measure of the form "in time / all" is counted from.
_RATED: Final[Mapping[str, Fact]] = {
    ANSWERED.code: Fact.ANSWER,
    ARRIVED.code: Fact.ARRIVAL,
    RETURNED.code: Fact.REPLY,
    FOLLOWED.code: Fact.FOLLOWUP,
}


@dataclass(frozen=True, slots=True)
class Ratio:
    """Two integers and how they are read together."""

    numerator: int
    denominator: int
    unit: Unit = Unit.PERCENT

    @property
    def rate(self) -> Decimal | None:
        """Two decimals, half up; None without a denominator, never 0."""
        if not self.denominator:
            return None
        times = 1000 if self.unit is Unit.PER_THOUSAND else 100
        exact = Decimal(self.numerator) * times / self.denominator
        return exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure in a period and in the one before; `seconds` is the median time to answer where there is one."""

    measure: Measure
    now: Ratio
    before: Ratio
    seconds: float | None = None
    seconds_before: float | None = None

    @property
    def reached(self) -> bool | None:
        """Whether the target is reached; None without a rate or a target."""
        if self.now.rate is None or self.measure.target is None:
            return None
        return self.now.rate >= self.measure.target


def upward(counts: Counts) -> int:
    """Requests that went up: sent by a centre, or passed on by a hospital."""
    return counts.get(Fact.SENT, NOTHING).rows + counts.get(Fact.PASSED, NOTHING).rows


def downward(counts: Counts) -> int:
    """Patients who came back with a reply, and downward requests."""
    return counts.get(Fact.BACK, NOTHING).rows + counts.get(Fact.DOWN, NOTHING).rows


def return_ratio(counts: Counts) -> Ratio:
    """What came down per what went up (回转比); may exceed 100 %."""
    return Ratio(downward(counts), upward(counts))


def figures(now: Tally, before: Tally, managed: int, communities: Iterable[int]) -> list[Figure]:
    """The strip of a map. `managed`: residents managed at the end of the period; the one before shows its count only."""
    centres = set(communities)
    both = (now, before)
    made = {
        UP.code: [
            Ratio(_sent(tally, centres), base, UP.unit) for tally, base in ((now, managed), (before, 0))
        ],
        DOWN.code: [Ratio(downward(t.whole), t.whole.get(Fact.SENT, NOTHING).rows) for t in both],
    }
    for code, fact in _RATED.items():
        made[code] = [_ratio(tally.whole.get(fact, NOTHING)) for tally in both]
    seconds = [tally.whole.get(Fact.ANSWER, NOTHING).seconds for tally in both]
    none: list[float | None] = [None, None]
    found = []
    for measure in MEASURES:
        (ratio, earlier), (took, took_before) = made[measure.code], seconds if measure is ANSWERED else none
        found.append(Figure(measure, ratio, earlier, took, took_before))
    return found


def answered(counts: Counts) -> Ratio:
    """Answered in time."""
    return _ratio(counts.get(Fact.ANSWER, NOTHING))


def followed(counts: Counts) -> Ratio:
    """Followed up within 14 days of the return."""
    return _ratio(counts.get(Fact.FOLLOWUP, NOTHING))


def _ratio(count: Count) -> Ratio:
    return Ratio(count.ok, count.rows)


def _sent(tally: Tally, centres: set[int]) -> int:
    return sum(
        counts[Fact.SENT].rows
        for (low, _high), counts in tally.pairs.items()
        if low in centres and Fact.SENT in counts
    )
