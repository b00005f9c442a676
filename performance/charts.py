"""The trend of the selected place as the chart part draws it, with the same numbers as a table."""

from typing import Any

from django.utils.translation import gettext as _

from performance.dashboard import Dashboard, Node


def chart_of(board: Dashboard) -> dict[str, Any] | None:
    """Twelve months of the selected place, and of what it belongs to; None while no month has a rate."""
    if not board.selected.spark:
        return None
    nodes = [board.selected, *([board.parent] if board.parent else [])]
    target = board.selected.figure.target
    return {
        "months": [f"{month:%Y-%m}" for month in board.months],
        "target": None if target is None else float(target),
        "lines": [
            {"name": name_of(node), "end": _end(node, here=node is board.selected), "data": _numbers(node)}
            for node in nodes
        ],
        "table": {
            "caption": str(board.choice.indicator.name),
            "head": [_("Month"), *(name_of(node) for node in nodes)],
            "rows": [
                [f"{month:%Y-%m}", *(node.months[at] for node in nodes)]
                for at, month in enumerate(board.months)
            ],
        },
    }


def name_of(node: Node) -> str:
    """The place's name; residents whom no team looks after have none."""
    return node.name or _("no team")


def _end(node: Node, *, here: bool) -> str:
    """The last value beside its line, short enough for the margin."""
    rate = node.months[-1]
    if rate is None:
        return ""
    return _("here %(rate)s") % {"rate": rate} if here else _("above %(rate)s") % {"rate": rate}


def _numbers(node: Node) -> list[float | None]:
    return [None if rate is None else float(rate) for rate in node.months]
