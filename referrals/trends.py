"""The trend of the case as a small drawing by the server: line, band of the target, the last value named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from followups.lines import assessment_lines
from followups.protocols.definition import DEFAULTS, Settings
from patients.programmes import Programme
from patients.readings import READINGS

#: The measure that is drawn large for a disease; others stand as sparks.
MAIN = {
    Programme.HYPERTENSION: "systolic",
    Programme.DIABETES: "fasting_glucose",
    Programme.STROKE: "systolic",
    Programme.CHD: "systolic",
    Programme.CKD: "systolic",
}
LEFT, RIGHT, TOP, BOTTOM = 30.0, 296.0, 24.0, 72.0


@dataclass(frozen=True)
class Spark:
    """The last values of a measure in a row: name, numbers, the last with its day, whether it meets the target."""

    name: str
    unit: str
    numbers: list[float]
    last: Any
    on: str
    high: float | None
    out: bool


@dataclass(frozen=True)
class Trend(Spark):
    """A spark drawn large. Coordinates are those of a 320 × 84 view box."""

    first: Any
    target: str
    points: str
    dots: list[tuple[float, float]]
    end: tuple[float, float]
    band: tuple[float, float] | None
    line_label: tuple[float, str] | None

    @property
    def corner(self) -> tuple[float, float]:
        """The corner of the square around the last point."""
        return self.end[0] - 4, self.end[1] - 4

    @property
    def name_at(self) -> tuple[float, float]:
        """Where the last value is written: above its point."""
        return self.end[0] - 8, self.end[1] - 9


def targets_of(
    content: Mapping[str, Any], settings: Settings = DEFAULTS
) -> dict[str, tuple[float | None, float | None]]:
    """Bounds by measure: the person's own plan where it has one, else the assessment line of the age."""
    bounds: dict[str, tuple[float | None, float | None]] = {}
    for programme in content["programmes"]:
        for name, high in assessment_lines(programme, age=content["age"], settings=settings).items():
            before = bounds.get(name, (None, None))[1]
            bounds[name] = (None, float(high) if before is None else min(before, float(high)))
    for goal in (content.get("plan") or {}).get("goals", ()):
        bounds[goal["measure"]] = (goal["low"], goal["high"])  # the plan's own target rules
    return bounds


def spark(name: str, values: Sequence[Sequence[Any]], bounds: tuple[float | None, float | None]) -> Spark:
    """A measure's values as a spark."""
    low, high = bounds
    numbers = [float(value) for _on, value in values]
    out = (high is not None and numbers[-1] >= high) or (low is not None and numbers[-1] < low)
    reading = READINGS[name]
    return Spark(gettext(reading.label), reading.unit, numbers, values[-1][1], values[-1][0], high, out)


def sparks_of(content: Mapping[str, Any], settings: Settings = DEFAULTS) -> list[Spark]:
    """All measures of the snapshot, in the order of the form."""
    bounds = targets_of(content, settings)
    readings = content["readings"]
    return [
        spark(name, readings[name], bounds.get(name, (None, None))) for name in READINGS if name in readings
    ]


def trend_of(content: Mapping[str, Any], programme: str, settings: Settings = DEFAULTS) -> Trend | None:
    """The large trend of the leading disease; None with fewer than two values."""
    name = MAIN.get(Programme(programme), "")
    values = content["readings"].get(name, ())
    if len(values) < 2:
        return None
    low, high = bounds = targets_of(content, settings).get(name, (None, None))
    small = spark(name, values, bounds)
    scale = [*small.numbers, *(bound for bound in bounds if bound is not None)]
    bottom, top = min(scale), max(scale)
    if high is not None and low is None:
        bottom = min(bottom, high - (top - high) / 3)  # so that the band below an upper limit is seen
    room = (top - bottom) or 1.0

    def y(value: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * (value - bottom) / room, 1)

    step = (RIGHT - LEFT - 8) / (len(values) - 1)
    dots = [(round(LEFT + 4 + step * at, 1), y(value)) for at, value in enumerate(small.numbers)]
    band = None
    if high is not None:
        floor = y(low) if low is not None else BOTTOM
        band = (y(high), round(floor - y(high), 1))
    return Trend(
        **vars(small),
        first=values[0][1],
        target=_target(low, high),
        points=" ".join(f"{x},{height}" for x, height in dots),
        dots=dots[:-1],
        end=dots[-1],
        band=band,
        line_label=(y(high) + 4, f"{high:g}") if high is not None else None,
    )


def _target(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"{low:g}–{high:g}"
    return f"<{high:g}" if high is not None else (f"≥{low:g}" if low is not None else "")
