"""What went up and down between the members of an alliance in a span of days, counted once, in SQL. Numbers only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from alliances.models import Alliance
from alliances.workdays import SHANGHAI, is_working_day
from patients.models.task import Urgency
from referrals.flows.measures import Fact
from referrals.flows.statement import STATEMENT
from referrals.handovers import CloseReason
from referrals.handovers.returning import FOLLOW_UP_LIMIT
from referrals.states import ANSWER_CLOCK, TABLE, Event

#: Cases that a hospital ends with one of these reasons owe no return.
EXCUSED: Final = (CloseReason.LONG_STAY, CloseReason.MOVED, CloseReason.DIED)
_DAY: Final = timedelta(days=1)
_WHOLE, _BY_HIGH, _BY_PAIR, _BY_TEAM = 0b111, 0b101, 0b001, 0b100


@dataclass(frozen=True, slots=True)
class Count:
    """Rows of one kind: how many, how many of them in time (or fulfilled), and the medians where time was taken.

    `seconds` is the median from sending to the answer, `share` the median part of the answer clock that was used.
    """

    rows: int = 0
    ok: int = 0
    seconds: float | None = None
    share: float | None = None


NOTHING: Final = Count()
Counts = Mapping[Fact, Count]


def add(counts: Iterable[Counts]) -> dict[Fact, Count]:
    """Sums of rows and of what is in time; medians cannot be added and are left out."""
    total: dict[Fact, Count] = {}
    for one in counts:
        for fact, count in one.items():
            so_far = total.get(fact, NOTHING)
            total[fact] = Count(so_far.rows + count.rows, so_far.ok + count.ok)
    return total


@dataclass(slots=True)
class Tally:
    """The counts of one span: of all, of each receiving hospital, of each pair (lower, higher), of each team.

    The lower end of a pair is who sent or passed on and gets the patient back; teams are keyed with the hospital.
    """

    whole: dict[Fact, Count] = field(default_factory=dict)
    receivers: dict[int, dict[Fact, Count]] = field(default_factory=dict)
    pairs: dict[tuple[int, int], dict[Fact, Count]] = field(default_factory=dict)
    teams: dict[tuple[int | None, int], dict[Fact, Count]] = field(default_factory=dict)

    def put(self, level: int, ends: tuple[int, int, int | None], fact: Fact, count: Count) -> None:
        """File one row of the statement under its group."""
        low, high, team = ends
        if level == _WHOLE:
            self.whole[fact] = count
        elif level == _BY_HIGH:
            self.receivers.setdefault(high, {})[fact] = count
        elif level == _BY_PAIR:
            self.pairs.setdefault((low, high), {})[fact] = count
        elif level == _BY_TEAM:
            self.teams.setdefault((team, high), {})[fact] = count


Span = tuple[date, date]


def count(alliance: Alliance, spans: Sequence[Span], *, at: datetime) -> list[Tally]:
    """The tally of each span of days (first and last included), as it is known at a moment. One statement for all.

    Sources of the definitions: `referrals.flows.measures`.
    """
    tallies = [Tally() for _span in spans]
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, parameters(alliance.pk, spans, at))
        for which, kind, low, high, team, level, rows, ok, seconds, share in cursor.fetchall():
            tallies[which].put(level, (low, high, team), Fact(kind), Count(rows, ok, seconds, share))
    return tallies


def parameters(alliance_id: int, spans: Sequence[Span], at: datetime) -> dict[str, Any]:
    """What the statement is given."""
    today = timezone.localdate(at)
    earliest, latest = min(first for first, _last in spans), max(last for _first, last in spans)
    days, before, works = _calendar(earliest, max(latest, today))
    reply = next(row.clock for row in TABLE if row.event is Event.ARRIVE and row.clock)[
        Urgency.ROUTINE
    ].length
    return {
        "alliance": alliance_id,
        "zone": SHANGHAI.key,
        "now": at,
        "today": today,
        "which": list(range(len(spans))),
        "first": [first for first, _last in spans],
        "last": [last for _first, last in spans],
        "begins": [_midnight(first) for first, _last in spans],
        "ends": [_midnight(last + _DAY) for _first, last in spans],
        "earliest": _midnight(earliest - max(reply, FOLLOW_UP_LIMIT) - _DAY),
        "latest": _midnight(latest + _DAY),
        "days": days,
        "before": before,
        "works": works,
        "reply": reply,
        "followup": FOLLOW_UP_LIMIT.days,
        "excused": [reason.value for reason in EXCUSED],
        **{urgency.value: span.length.total_seconds() for urgency, span in ANSWER_CLOCK.items()},
    }


def _midnight(on: date) -> datetime:
    return datetime.combine(on, time(), tzinfo=SHANGHAI)


def _calendar(first: date, last: date) -> tuple[list[date], list[float], list[bool]]:
    """Each day, the seconds of working time before it, and whether it is a working day itself."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    works = [is_working_day(day) for day in days]
    before, passed = [], 0.0
    for working in works:
        before.append(passed)
        passed += _DAY.total_seconds() if working else 0
    return days, before, works
