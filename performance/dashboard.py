"""The figures of the performance page: alliance, organizations, teams; every parent the sum of its leaves.

Four statements whatever the size: the names, the cells, the targets, and when they were computed.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from django.db.models import Case, F, Q, Sum, Value, When

from alliances.models import Organization
from journal.templatetags.yl import percent
from performance.indicators import Indicator, Unit
from performance.models import IndicatorValue, RollupCursor, Target

NO_TEAM = 0
_SUMMED = -1
SPARK_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Figure:
    """Numerator and denominator of one indicator at one place and month; the rate only where there is a base."""

    numerator: int = 0
    denominator: int = 0
    unit: Unit = Unit.PERCENT
    target: Decimal | None = None

    @property
    def rate(self) -> Decimal | None:
        """Percent, or how many a person; two decimals, half up; None without a denominator."""
        if self.unit is Unit.PERCENT:
            return percent(self.numerator, self.denominator)
        if not self.denominator:
            return None
        return (Decimal(self.numerator) / self.denominator).quantize(Decimal("0.01"), ROUND_HALF_UP)

    @property
    def reached(self) -> bool:
        return self.rate is not None and self.target is not None and self.gap == 0

    @property
    def gap(self) -> int:
        """How many more in the numerator would reach the target."""
        if self.target is None or not self.denominator:
            return 0
        return max(0, math.ceil(Fraction(self.target) * self.denominator / 100) - self.numerator)


@dataclass(slots=True)
class Node:
    """One line of the tree."""

    level: int
    name: str
    organization_id: int | None = None
    team: int | None = None
    figure: Figure = field(default_factory=Figure)
    months: list[Decimal | None] = field(default_factory=list)
    strip: dict[str, Figure] = field(default_factory=dict)
    rank: int | None = None
    of: int = 0
    children: list["Node"] = field(default_factory=list)
    chosen: bool = False
    open: bool = False

    @property
    def spark(self) -> list[Decimal]:
        """The months that have a rate."""
        return [rate for rate in self.months if rate is not None]


@dataclass(frozen=True, slots=True)
class Choice:
    """What the page was asked for."""

    indicator: Indicator
    month: date
    organization_id: int | None = None
    team: int | None = None


@dataclass(frozen=True, slots=True)
class Dashboard:
    """All that the page shows."""

    choice: Choice
    root: Node
    selected: Node
    parent: Node | None
    months: tuple[date, ...]
    refreshed_at: datetime | None
    several: bool = True

    @property
    def top(self) -> list[Node]:
        """The root, where it stands for more than one organization."""
        return [self.root] if self.several else []

    @property
    def path(self) -> list[Node]:
        """From the root to the selected node."""
        inner = [one for one in self.root.children if one.organization_id == self.choice.organization_id]
        return [*self.top, *inner, *([self.selected] if self.choice.team is not None else [])]

    @property
    def lines(self) -> list[Node]:
        """The tree in the order of the table: an open organization is followed by its teams."""
        found = self.top
        for node in self.root.children:
            found += [node, *(node.children if node.open else [])]
        return found


class NoSuchPlace(LookupError):
    """An organization outside the scope, or a team of another organization."""


# (indicator, month, organization, team or _SUMMED) → numerator, denominator
Sums = dict[tuple[str, date, int, int], tuple[int, int]]


def months_before(month: date, count: int = SPARK_MONTHS) -> tuple[date, ...]:
    """The month and those before it, oldest first."""
    last = month.year * 12 + month.month - 1
    return tuple(date(at // 12, at % 12 + 1, 1) for at in range(last - count + 1, last + 1))


def dashboard(
    choice: Choice, indicators: Mapping[str, Indicator], organization_ids: Sequence[int], root_name: str
) -> Dashboard:
    """The page's figures for the organizations whose numbers may be seen. Raises NoSuchPlace."""
    open_id = choice.organization_id or (organization_ids[0] if len(organization_ids) == 1 else None)
    names = _names(organization_ids)
    if open_id is not None and open_id not in names:
        raise NoSuchPlace(open_id)
    months = months_before(choice.month)
    sums = _sums(choice, months, organization_ids, open_id)
    tree = _Tree(choice, indicators, months, sums, _targets(choice.month.year, organization_ids))
    root = tree.root(root_name, names, open_id)
    selected, parent = _find(root, choice)
    selected.chosen = True
    refreshed = RollupCursor.objects.values_list("refreshed_at", flat=True).first()
    several = len(organization_ids) > 1
    return Dashboard(
        choice, root, selected, parent if several or parent is not root else None, months, refreshed, several
    )


def _names(organization_ids: Sequence[int]) -> dict[int, tuple[str, dict[int, str]]]:
    """Names of the organizations and of their teams."""
    rows = (
        Organization.objects.filter(pk__in=organization_ids)
        .order_by("code", "care_teams__code")
        .values_list("pk", "name", "care_teams__pk", "care_teams__name")
    )
    found: dict[int, tuple[str, dict[int, str]]] = {}
    for pk, name, team, team_name in rows:
        teams = found.setdefault(pk, (name, {}))[1]
        if team is not None:
            teams[team] = team_name
    return found


def _sums(
    choice: Choice, months: Sequence[date], organization_ids: Sequence[int], open_id: int | None
) -> Sums:
    """The cells by organization, those of the opened one by team."""
    of_page = Q(indicator=choice.indicator.code, month__in=months) | Q(month=choice.month)
    rows = (
        IndicatorValue.objects.filter(of_page, organization_id__in=organization_ids)
        .annotate(leaf=Case(When(organization_id=open_id or 0, then=F("team")), default=Value(_SUMMED)))
        .values_list("indicator", "month", "organization_id", "leaf")
        .annotate(n=Sum("numerator"), d=Sum("denominator"))
    )
    return {row[:4]: row[4:] for row in rows}


def _targets(year: int, organization_ids: Sequence[int]) -> dict[tuple[str, int | None], Decimal]:
    rows = Target.objects.filter(
        Q(organization__isnull=True) | Q(organization_id__in=organization_ids), year=year
    )
    return {
        (code, place): value
        for code, place, value in rows.values_list("indicator", "organization_id", "percent")
    }


class _Tree:
    """Builds the nodes from the sums."""

    def __init__(
        self, choice: Choice, indicators: Mapping[str, Indicator], months: Sequence[date], sums: Sums,
        targets: Mapping[tuple[str, int | None], Decimal],
    ) -> None:  # fmt: skip
        self.choice, self.indicators, self.months, self.targets = choice, indicators, months, targets
        self.leaves: dict[tuple[int, int], dict[tuple[str, date], tuple[int, int]]] = defaultdict(dict)
        for (code, month, organization, leaf), pair in sums.items():
            self.leaves[organization, leaf][code, month] = pair

    def root(self, name: str, names: Mapping[int, tuple[str, dict[int, str]]], open_id: int | None) -> Node:
        node = self._node(0, name, self.leaves.values())
        counted = {organization for organization, _leaf in self.leaves}
        node.children = [
            self._organization(pk, title, teams, is_open=pk == open_id)
            for pk, (title, teams) in names.items()
            if pk in counted or pk == open_id
        ]
        _rank(node.children)
        return node

    def _organization(self, pk: int, name: str, teams: dict[int, str], *, is_open: bool) -> Node:
        own = {leaf: cells for (organization, leaf), cells in self.leaves.items() if organization == pk}
        node = self._node(1, name, own.values(), pk)
        node.open = is_open
        if is_open:
            node.children = [
                self._node(2, title, [own.get(team, {})], pk, team) for team, title in teams.items()
            ]
            if NO_TEAM in own:
                node.children.append(self._node(2, "", [own[NO_TEAM]], pk, NO_TEAM))
            _rank(node.children)
        return node

    def _node(
        self, level: int, name: str, leaves: Iterable[Mapping[tuple[str, date], tuple[int, int]]],
        organization_id: int | None = None, team: int | None = None,
    ) -> Node:  # fmt: skip
        added: dict[tuple[str, date], list[int]] = defaultdict(lambda: [0, 0])
        for cells in leaves:
            for key, (numerator, denominator) in cells.items():
                added[key][0] += numerator
                added[key][1] += denominator

        def figure(code: str, month: date) -> Figure:
            indicator = self.indicators[code]
            numerator, denominator = added.get((code, month), (0, 0))
            general = self.targets.get((code, None))
            return Figure(
                numerator, denominator, indicator.unit, self.targets.get((code, organization_id), general)
            )

        code = self.choice.indicator.code
        return Node(
            level, name, organization_id, team, figure(code, self.choice.month),
            [figure(code, month).rate for month in self.months],
            {one: figure(one, self.choice.month) for one in self.indicators},
        )  # fmt: skip


def _rank(nodes: list[Node]) -> None:
    """Places among siblings with a rate; equal rates share a place."""
    rates = sorted((node.figure.rate for node in nodes if node.figure.rate is not None), reverse=True)
    for node in nodes:
        node.of = len(rates)
        node.rank = None if node.figure.rate is None else rates.index(node.figure.rate) + 1


def _find(root: Node, choice: Choice) -> tuple[Node, Node | None]:
    """The node asked for and its parent."""
    if choice.organization_id is None:
        return root, None
    organization = next((one for one in root.children if one.organization_id == choice.organization_id), None)
    if organization is None:
        raise NoSuchPlace(choice.organization_id)
    if choice.team is None:
        return organization, root
    team = next((one for one in organization.children if one.team == choice.team), None)
    if team is None:
        raise NoSuchPlace(choice.team)
    return team, organization
