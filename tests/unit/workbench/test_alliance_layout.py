"""The geometry of the map: what stands where, what is drawn and what is told in words."""

import pytest

from workbench.alliance_map.layout import DOWN, UP, Drawing, Flow, Place, draw

TERTIARY, EAST, WEST = Place(1, 3), Place(2, 2), Place(3, 2)


def centres(count: int) -> list[Place]:
    return [Place(100 + at, 1) for at in range(count)]


def many(count: int) -> tuple[list[Place], list[Flow]]:
    """Centres that refer in turn to five hospitals, the hospitals to one above."""
    hospitals = [Place(10 + at, 2) for at in range(5)]
    flows = [Flow(one.pk, 10 + at % 5, 3, 2) for at, one in enumerate(centres(count))]
    return [TERTIARY, *hospitals, *centres(count)], flows


def overlapping(drawing: Drawing) -> list[tuple[int, int]]:
    boxes = list(drawing.boxes.values())
    return [
        (a.pk, b.pk)
        for at, a in enumerate(boxes)
        for b in boxes[at + 1 :]
        if a.x < b.x + b.width and b.x < a.x + a.width and a.y < b.foot and b.y < a.foot
    ]


def test_the_tiers_stand_above_one_another() -> None:
    made = draw([TERTIARY, EAST, WEST, *centres(4)], [Flow(100, 2, 1, 0)])
    assert made.boxes[1].foot < made.boxes[2].y == made.boxes[3].y
    assert made.boxes[2].foot < made.boxes[100].y


def test_a_centre_stands_below_the_hospital_of_most_of_its_referrals() -> None:
    made = draw([EAST, WEST, *centres(2)], [Flow(100, 3, 9, 0), Flow(100, 2, 1, 0), Flow(101, 2, 1, 0)])
    assert made.boxes[100].middle == made.boxes[3].middle
    assert made.boxes[101].middle == made.boxes[2].middle


@pytest.mark.parametrize("count", [0, 1, 6, 9, 10, 40, 120])
def test_no_box_covers_another_and_all_stand_inside(count: int) -> None:
    places, flows = many(count)
    made = draw(places, flows, chosen=100)
    assert overlapping(made) == []
    assert len(made.boxes) == len(places)
    assert all(
        box.x >= 0 and box.x + box.width <= made.width and box.foot <= made.height
        for box in made.boxes.values()
    )


def test_forty_centres_stand_in_blocks_of_five_rows_at_most_with_one_pair_of_lines_each() -> None:
    places, flows = many(40)
    made = draw(places, flows)
    assert made.in_blocks
    assert len({box.y for box in made.boxes.values() if box.tier == 1}) <= 5
    assert made.width <= 960
    assert [(line.direction, line.count) for line in made.lines] == [(UP, 24), (DOWN, 16)] * 5


def test_the_chosen_centre_of_a_block_has_lines_of_its_own_with_numbers() -> None:
    places, flows = many(40)
    made = draw(places, [*flows, Flow(100, 1, 4, 0)], chosen=100)
    assert [(line.direction, line.count) for line in made.lines if line.chosen] == [
        (UP, 4),
        (UP, 3),
        (DOWN, 2),
    ] or sorted((line.direction, line.count) for line in made.lines if line.chosen) == [
        (DOWN, 2),
        (UP, 3),
        (UP, 4),
    ]
    assert all(line.label for line in made.lines if line.chosen)


def test_what_skips_a_tier_is_drawn_for_the_chosen_only_and_told_always() -> None:
    places, flow = [TERTIARY, EAST, *centres(2)], Flow(100, 1, 4, 1)
    assert draw(places, [flow]).lines == []
    assert draw(places, [flow]).unseen == [flow]
    assert len(draw(places, [flow], chosen=100).lines) == 2
    assert len(draw(places, [flow], chosen=1).lines) == 2
    assert draw(places, [flow], chosen=101).lines == []


def test_what_stays_within_a_tier_is_told_only() -> None:
    flow = Flow(2, 3, 4, 0)
    made = draw([TERTIARY, EAST, WEST], [flow], chosen=2)
    assert (made.lines, made.unseen) == ([], [flow])


def test_without_secondary_hospitals_centres_stand_right_below_the_tertiary_ones() -> None:
    made = draw([TERTIARY, *centres(2)], [Flow(100, 1, 4, 1)])
    assert made.unseen == []
    assert len(made.lines) == 2


def test_a_line_is_as_wide_as_its_count_and_the_arrow_meets_the_box() -> None:
    made = draw([EAST, *centres(2)], [Flow(100, 2, 10, 0), Flow(101, 2, 5, 0)])
    wide, narrow = made.lines
    assert (wide.count, wide.width) == (10, 6.0)
    assert narrow.width == 3.6
    assert (wide.y1, wide.y2) == (made.boxes[100].y, made.boxes[2].foot)


def test_a_flow_with_somebody_who_is_not_on_the_map_is_left_out() -> None:
    assert draw([EAST, *centres(1)], [Flow(999, 2, 1, 1)]).lines == []


def test_an_empty_alliance_has_an_empty_map() -> None:
    assert draw([], []).boxes == {}
