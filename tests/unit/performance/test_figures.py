"""Rates, gaps and ranks, without a database."""

from datetime import date
from decimal import Decimal

import pytest

from performance.dashboard import Choice, Figure, _Tree
from performance.indicators import Unit, indicators
from performance.settings import DEFAULTS, configured

MONTH = date(2026, 11, 1)
KNOWN = indicators(DEFAULTS)
CODE = "htn-standard-managed"


@pytest.mark.parametrize(
    ("numerator", "denominator", "rate"),
    [(3302, 5410, "61.04"), (2567, 4278, "60.00"), (3975, 5631, "70.59"), (1, 800, "0.13"), (0, 5, "0.00")],
)
def test_a_rate_is_a_percentage_with_two_decimals_half_up(
    numerator: int, denominator: int, rate: str
) -> None:
    assert str(Figure(numerator, denominator).rate) == rate


def test_without_a_denominator_there_is_no_rate_and_no_target_is_reached() -> None:
    figure = Figure(3, 0, target=Decimal(70))
    assert figure.rate is None
    assert not figure.reached


def test_follow_ups_are_told_per_person() -> None:
    assert str(Figure(13689, 4278, Unit.PER_PERSON).rate) == "3.20"


@pytest.mark.parametrize(
    ("numerator", "denominator", "target", "gap"),
    [(861, 1236, "73", 42), (73, 100, "73", 0), (72, 100, "73", 1), (2, 3, "66.67", 1), (0, 0, "73", 0)],
)
def test_the_gap_is_the_fewest_persons_that_reach_the_target(
    numerator: int, denominator: int, target: str, gap: int
) -> None:
    figure = Figure(numerator, denominator, target=Decimal(target))
    assert figure.gap == gap
    if gap:
        limit = Decimal(target) / 100
        assert Decimal(numerator + gap) / denominator >= limit > Decimal(numerator + gap - 1) / denominator


def test_a_parent_is_the_sum_of_its_leaves_never_the_mean_of_their_rates() -> None:
    sums = {(CODE, MONTH, 1, 11): (9, 10), (CODE, MONTH, 1, 12): (10, 90), (CODE, MONTH, 2, -1): (0, 100)}
    tree = _Tree(Choice(KNOWN[CODE], MONTH), KNOWN, [MONTH], sums, {})
    root = tree.root("医联体", {1: ("甲", {11: "一", 12: "二"}), 2: ("乙", {}), 3: ("医院", {})}, 1)
    assert (root.figure.numerator, root.figure.denominator) == (19, 200)
    assert [node.name for node in root.children] == ["甲", "乙"], "a place without cells is not listed"
    assert (root.children[0].figure.numerator, root.children[0].figure.denominator) == (19, 100)
    assert [node.figure.denominator for node in root.children[0].children] == [10, 90]


def test_equal_rates_share_a_rank_and_a_place_without_a_rate_has_none() -> None:
    sums = {
        (CODE, MONTH, 1, team): pair for team, pair in {1: (1, 2), 2: (2, 4), 3: (0, 4), 4: (0, 0)}.items()
    }
    teams = {1: "a", 2: "b", 3: "c", 4: "d"}
    tree = _Tree(Choice(KNOWN[CODE], MONTH), KNOWN, [MONTH], sums, {})
    found = tree.root("x", {1: ("甲", teams)}, 1).children[0].children
    assert [(node.rank, node.of) for node in found] == [(1, 3), (1, 3), (3, 3), (None, 3)]


def test_an_organizations_own_target_stands_before_the_general_one() -> None:
    targets = {(CODE, None): Decimal(70), (CODE, 2): Decimal(60)}
    sums = {(CODE, MONTH, 1, -1): (65, 100), (CODE, MONTH, 2, -1): (65, 100)}
    root = _Tree(Choice(KNOWN[CODE], MONTH), KNOWN, [MONTH], sums, targets).root(
        "x", {1: ("a", {}), 2: ("b", {})}, None
    )
    assert [node.figure.reached for node in root.children] == [False, True]


@pytest.mark.parametrize("given", [{"requires_yearly_check": True}, {"years_kept": 0}, {"on_time_days": -1}])
def test_a_setting_that_cannot_be_counted_is_refused(given: dict[str, object]) -> None:
    from django.core.exceptions import ImproperlyConfigured

    with pytest.raises(ImproperlyConfigured):
        configured(given)


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(TypeError):
        configured({"face_to_face": 3})
