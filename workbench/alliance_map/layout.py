"""Where the boxes and lines of a map of three tiers stand. Pure geometry over numbers; the template draws it as SVG.

Each centre stands below the hospital it refers to most. A few centres stand in one row, each with its own lines. Many
stand in blocks of several rows: one line up and one down joins a block with its hospital, and only the chosen place has
lines of its own. Lines that skip a tier or stay in one are drawn for the chosen place alone.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

UP, DOWN = "up", "down"
_WIDTH, _LEFT, _TOP = 820, 44, 16
_HIGH, _ROW = 62, 72
_BETWEEN: Final = 130  # from the foot of a tier to the head of the next
_ONE_ROW: Final = 9  # so many centres at most stand in one row
_SLOT: Final = 86  # the least width of a centre in one row
_COLUMN: Final = 84  # the least width of a column of a block
_DEEPEST: Final = 5  # more rows than this make the map wider
_WIDEST: Final = {3: 204.0, 2: 184.0, 1: 118.0}


@dataclass(frozen=True, slots=True)
class Place:
    """An organization of a tier (3 tertiary, 2 secondary, 1 community)."""

    pk: int
    tier: int


@dataclass(frozen=True, slots=True)
class Flow:
    """How many went up from `low` to `high`, and how many came back."""

    low: int
    high: int
    up: int
    down: int


@dataclass(frozen=True, slots=True)
class Box:
    """Where a place stands: its left upper corner and size."""

    pk: int
    tier: int
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    @property
    def foot(self) -> float:
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class Line:
    """A drawn flow with its count, its width and, where it is to be read, the place of its label."""

    direction: str
    count: int
    x1: float
    y1: float
    x2: float
    y2: float
    width: float
    chosen: bool
    label: tuple[float, float] | None = None


@dataclass(slots=True)
class Drawing:
    """A whole map. `unseen` counts what is not drawn: skipping a tier or within one; `apart`: to another's hospital."""

    width: float = _WIDTH
    height: float = 0
    in_blocks: bool = False
    boxes: dict[int, Box] = field(default_factory=dict)
    blocks: list[Box] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    levels: dict[int, float] = field(default_factory=dict)
    unseen: list[Flow] = field(default_factory=list)
    apart: list[Flow] = field(default_factory=list)


@dataclass(slots=True)
class _Block:
    """The centres below one hospital (0: of none) in columns."""

    hospital: int
    centres: list[int]
    columns: int = 1

    @property
    def rows(self) -> int:
        return -(-len(self.centres) // self.columns)


def draw(places: Sequence[Place], flows: Sequence[Flow], chosen: int | None = None) -> Drawing:
    """The map of these places (each tier in the order given) with these flows."""
    made = Drawing()
    tiers: dict[int, list[int]] = {tier: [p.pk for p in places if p.tier == tier] for tier in (3, 2, 1)}
    # Without secondary hospitals the centres stand right below the tertiary ones.
    over = tiers[2] or tiers[3]
    blocks = _blocks(over, tiers[1], flows)
    made.in_blocks = in_rows = len(tiers[1]) > _ONE_ROW
    _allot(blocks, in_rows=in_rows)
    columns = sum(block.columns for block in blocks)
    made.width = max(_WIDTH, _LEFT + columns * (_COLUMN if in_rows else _SLOT))
    _stand(made, tiers, blocks)
    known = [flow for flow in flows if flow.low in made.boxes and flow.high in made.boxes]
    _lines(made, known, blocks if in_rows else [], chosen)
    return made


def _blocks(hospitals: list[int], centres: list[int], flows: Sequence[Flow]) -> list[_Block]:
    """The centres under the hospital of most of their referrals, in the order of the hospitals; those of none last."""
    most: dict[int, tuple[int, int]] = {}
    rank = {pk: len(hospitals) - at for at, pk in enumerate(hospitals)}
    for flow in flows:
        if flow.high in rank:
            most[flow.low] = max(most.get(flow.low, (0, 0)), (flow.up + flow.down, rank[flow.high]))
    by_rank = {order: pk for pk, order in rank.items()}
    of = defaultdict(list)
    for centre in centres:
        of[by_rank.get(most.get(centre, (0, 0))[1], 0)].append(centre)
    return [_Block(hospital, of[hospital]) for hospital in [*hospitals, 0] if hospital or of[0]]


def _allot(blocks: list[_Block], *, in_rows: bool) -> None:
    """Columns: one a centre while they stand in one row; else dealt out so that the fullest block gets the next."""
    for block in blocks:
        block.columns = max(1, 1 if in_rows else len(block.centres))
    if not in_rows:
        return
    free = (_WIDTH - _LEFT) // _COLUMN - sum(block.columns for block in blocks)
    while free > 0 or max(block.rows for block in blocks) > _DEEPEST:
        max(blocks, key=lambda block: block.rows).columns += 1
        free -= 1


def _stand(made: Drawing, tiers: Mapping[int, list[int]], blocks: list[_Block]) -> None:
    """Give every place its box, tier by tier from the top."""
    y = float(_TOP)
    space = made.width - _LEFT
    if tiers[3] and (tiers[2] or not blocks):
        _row(made, 3, tiers[3], y)
        y += _HIGH + _BETWEEN
    column = space / max(1, sum(block.columns for block in blocks))
    tier = 2 if tiers[2] else 3
    below = y + _HIGH + _BETWEEN if blocks and blocks[0].hospital else y
    left = float(_LEFT)
    for block in blocks:
        width = block.columns * column
        if block.hospital:
            size = min(_WIDEST[tier], width - 8)
            made.boxes[block.hospital] = Box(block.hospital, tier, left + (width - size) / 2, y, size, _HIGH)
        for at, centre in enumerate(block.centres):
            size = min(_WIDEST[1], column - 8)
            x = left + (at % block.columns) * column + (column - size) / 2
            made.boxes[centre] = Box(centre, 1, x, below + (at // block.columns) * _ROW, size, _HIGH)
        made.blocks.append(Box(block.hospital, 1, left + 1, below - 7, width - 2, block.rows * _ROW + 4))
        left += width
    for box in made.boxes.values():
        made.levels.setdefault(box.tier, box.y + box.height / 2)
    made.height = max((box.foot for box in made.boxes.values()), default=0) + _TOP


def _row(made: Drawing, tier: int, places: list[int], y: float) -> None:
    """Boxes of a tier, spread over the whole width."""
    slot = (made.width - _LEFT) / len(places)
    size = min(_WIDEST[tier], slot - 8)
    for at, pk in enumerate(places):
        made.boxes[pk] = Box(pk, tier, _LEFT + slot * at + (slot - size) / 2, y, size, _HIGH)


def _lines(made: Drawing, flows: list[Flow], blocks: list[_Block], chosen: int | None) -> None:
    """Every line that is drawn; what is not goes to `unseen` and `apart`."""
    levels = sorted({box.tier for box in made.boxes.values()})
    block_of = {centre: block.hospital for block in blocks for centre in block.centres}
    drawn: list[Flow] = []
    joined: dict[tuple[int, int], list[Flow]] = defaultdict(list)
    for flow in flows:
        steps = levels.index(made.boxes[flow.high].tier) - levels.index(made.boxes[flow.low].tier)
        at = block_of.get(flow.low)
        if steps != 1:
            made.unseen.append(flow)
        elif at is not None and at != flow.high:
            made.apart.append(flow)
        elif at is None:
            drawn.append(flow)
        else:
            joined[at, flow.high].append(flow)
        if flow.low == chosen and steps > 0 and (steps > 1 or at is not None):
            drawn.append(flow)
        elif flow.high == chosen and steps > 1:
            if at is None:
                drawn.append(flow)
            else:
                joined[at, flow.high].append(flow)
    # Within a tier there is no way to draw a line (steps 0): such flows are told in words.
    sums = [(_sum(block, of), block) for (block, _high), of in joined.items()]
    most = max([1, *(max(f.up, f.down) for f in [*drawn, *(flow for flow, _block in sums)])])
    ends = {block.pk: block for block in made.blocks}
    fans = [(flow, made.boxes[flow.low]) for flow in drawn] + [(flow, ends[block]) for flow, block in sums]
    _fans(made, fans, most, chosen)


def _sum(block: int, flows: Sequence[Flow]) -> Flow:
    """One flow out of those of a block to the same hospital."""
    return Flow(-block, flows[0].high, sum(f.up for f in flows), sum(f.down for f in flows))


def _fans(made: Drawing, flows: list[tuple[Flow, Box]], most: int, chosen: int | None) -> None:
    """The lines of each hospital, spread along its lower edge in the order of what stands below."""
    below: dict[int, list[tuple[Flow, Box]]] = defaultdict(list)
    for flow, low in flows:
        below[flow.high].append((flow, low))
    for high, of in below.items():
        box = made.boxes[high]
        of.sort(key=lambda pair: pair[1].middle)
        slot = box.width * 0.84 / len(of)
        for at, (flow, low) in enumerate(of):
            spread = (at - (len(of) - 1) / 2) * slot
            on = chosen in (flow.low, flow.high)
            _pair(made, flow, (low, box), most, on=on, spread=spread, room=slot)


def _pair(
    made: Drawing, flow: Flow, ends: tuple[Box, Box], most: int, *, on: bool, spread: float, room: float
) -> None:
    """The line up and the line down between two boxes, a little apart."""
    low, high = ends
    # The number of a line that passes a tier is read above that tier, where nothing hides it.
    parts = (0.72, 0.84) if low.y - high.foot > _BETWEEN + _HIGH else (0.42, 0.6)
    for direction, count, side, part in ((UP, flow.up, -1, parts[0]), (DOWN, flow.down, 1, parts[1])):
        if not count:
            continue
        foot = (low.middle + side * min(11.0, low.width / 6), low.y)
        head = (high.middle + spread + side * min(11.0, room / 4), high.foot)
        begin, end = (foot, head) if direction == UP else (head, foot)
        label = (foot[0] + (head[0] - foot[0]) * part, foot[1] + (head[1] - foot[1]) * part) if on else None
        width = round(1.2 + 4.8 * count / most, 1)
        made.lines.append(
            Line(direction, count, *_rounded(begin), *_rounded(end), width, on, label and _rounded(label))
        )


def _rounded(point: tuple[float, float]) -> tuple[float, float]:
    return round(point[0], 1), round(point[1], 1)
