"""Readings that a device or the portal sends from home, outside a visit: judged by a line of their own.

They never decide the class of a visit, and no indicator counts them (JCHTN25: 135/85 for the mean at home).
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from followups.protocols.conditions import Condition, Scene, evaluate
from followups.protocols.definition import DEFAULTS, Settings
from patients.readings import Number


class Home(StrEnum):
    """What a home reading says: not below the home line, below it, or too little measured to say."""

    HIGH = "high"
    WITHIN = "within"
    INCOMPLETE = "incomplete"


def judge_home(readings: Mapping[str, Number], settings: Settings = DEFAULTS) -> Home:
    """One home measurement against the home line. One high pressure is enough; both are needed to be within."""
    scene = Scene(date.min, readings)  # the line is the same on every day
    if evaluate(above_home_line(settings), scene).holds:
        return Home.HIGH
    return Home.WITHIN if {"systolic", "diastolic"} <= set(readings) else Home.INCOMPLETE


def home_lines(settings: Settings = DEFAULTS) -> dict[str, Number]:
    """The limits that a home reading stays below."""
    return {"systolic": settings.home_systolic, "diastolic": settings.home_diastolic}


def above_home_line(settings: Settings) -> Condition:
    """What makes a reading taken at home, outside a visit, a high one; it never decides a visit's class."""
    return {"any": [{"obs": name, "gte": limit} for name, limit in home_lines(settings).items()]}
