"""Assessment lines and clinical targets in words: <150/90 mmHg, fasting glucose 4.4-7.0 mmol/L."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext

from followups.lines import Lines
from followups.models import Goal
from patients.readings import READINGS, Number, exact

Span = tuple[Number | None, Number | None]
PRESSURE = ("systolic", "diastolic")


@dataclass(frozen=True, slots=True)
class NamedLine:
    """One line beside a question: whose it is (assessment, clinical), and the bound."""

    name: str
    bound: str


def span_text(reading: str, span: Span) -> str:
    """The bounds of a target, as short as can be: <7.0, ≥40, 4.4–7.0."""
    decimals = READINGS[reading].decimals if reading in READINGS else 2
    low, high = (None if bound is None else f"{exact(bound):.{decimals}f}" for bound in span)
    if low is not None and high is not None:
        return f"{low}–{high}"
    return f"<{high}" if high is not None else f"≥{low}"


def target_text(goal: Goal) -> str:
    """The bounds of the person's own target."""
    return span_text(goal.measure, (goal.low, goal.high))


def in_words(spans: Mapping[str, Span]) -> list[str]:
    """Targets one after the other, both pressures as one: what is measured, the bound, its unit."""
    return list(_in_words(spans))


def _in_words(spans: Mapping[str, Span]) -> Iterator[str]:
    if set(PRESSURE) <= set(spans):
        yield f"{_pressure(spans)} {READINGS['systolic'].unit}"
    for name, span in spans.items():
        if name not in PRESSURE:
            reading = READINGS[name]
            yield f"{gettext(reading.label)} {span_text(name, span)} {reading.unit}".rstrip()


def _pressure(spans: Mapping[str, Span]) -> str:
    upper, lower = (spans[name][1] for name in PRESSURE)
    return f"<{exact(upper):.0f}/{exact(lower):.0f}" if upper is not None and lower is not None else ""


def beside(names: tuple[str, ...], lines: Mapping[str, Lines]) -> list[NamedLine]:
    """What stands beside the question for these readings: the assessment line, then the clinical target."""
    found = []
    sets = (
        (gettext("assessment line"), {n: (None, a.below) for n in names if (a := _of(lines, n).assessment)}),
        (gettext("clinical target"), {n: (c.low, c.high) for n in names if (c := _of(lines, n).clinical)}),
    )
    for title, spans in sets:
        if names == PRESSURE and len(spans) == len(names):
            found.append(NamedLine(title, _pressure(spans)))
        elif names != PRESSURE and spans:
            found.append(NamedLine(title, span_text(names[0], spans[names[0]])))
    return found


def _of(lines: Mapping[str, Lines], name: str) -> Lines:
    return lines.get(name) or Lines(None, None)
