"""How a figure is taken: the limit and ours in rotation, medians, the spread, and what else used the processor."""

import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

RUNS = 3
UNUSABLE = 0.20
RESULTS = Path(__file__).parent / "results" / "latest.json"


@dataclass(frozen=True)
class Row:
    """One line of the table: seconds of the limit and of ours, their ratio against the floor."""

    name: str
    work: str
    limit: float
    ours: float
    floor: float
    spread: float
    others: float  # processors that others kept busy meanwhile
    note: str = ""

    @property
    def ratio(self) -> float:
        """Ours over the limit."""
        return self.ours / self.limit

    @property
    def verdict(self) -> str:
        """Whether the floor is kept; a figure that moves too much says nothing."""
        if self.spread > UNUSABLE:
            return "unusable"
        return "kept" if self.ratio <= self.floor else "MISSED"


def timed(work: Callable[[], object]) -> float:
    """Seconds that the work takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _busy() -> tuple[float, float]:
    """Seconds of processor used by everybody, and by the clock."""
    fields = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:]
    idle = int(fields[3]) + int(fields[4])
    return (sum(map(int, fields[:8])) - idle) / os.sysconf("SC_CLK_TCK"), time.perf_counter()


def rotated(
    limit: Callable[[], float], ours: Callable[[], list[float]]
) -> tuple[list[float], list[list[float]], float]:
    """Limit, ours, limit, ours, …: the seconds of each run, and how many processors were busy on average."""
    used, begun = _busy()
    limits, found = [], []
    for _ in range(RUNS):
        limits.append(limit())
        found.append(ours())
    used_then, ended = _busy()
    return limits, found, (used_then - used) / (ended - begun)


def spread(seconds: list[float]) -> float:
    """How far the runs lie apart, as a share of their median."""
    return (max(seconds) - min(seconds)) / statistics.median(seconds)


def report(rows: list[Row], **about: object) -> None:
    """Print the table and keep it."""
    print(f"{'':5}{'work':46}{'limit s':>9}{'ours s':>9}{'ratio':>7}{'floor':>7}{'spread':>8}{'busy':>6}  ")
    for row in rows:
        print(f"{row.name:5}{row.work:46}{row.limit:9.2f}{row.ours:9.2f}{row.ratio:7.2f}{row.floor:7.2f}"
              f"{row.spread:8.0%}{row.others:6.1f}  {row.verdict} {row.note}")  # fmt: skip
    RESULTS.parent.mkdir(exist_ok=True)
    kept = [{**asdict(row), "ratio": row.ratio, "verdict": row.verdict} for row in rows]
    facts = {"processors": os.cpu_count(), "python": platform.python_version(), **about}
    RESULTS.write_text(json.dumps({"about": facts, "rows": kept}, indent=1) + "\n", encoding="utf-8")
