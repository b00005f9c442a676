"""A condition of the protocols' language as SQL over a visit: for readings and age, the parts that indicators use.

SQL's third truth value carries the meaning: true when the readings meet the condition, false when one that is there
fails it, NULL when what was not measured leaves it open.
"""

from collections.abc import Mapping
from typing import Any, Final

from patients.models.encounter import TYPED_READINGS

COMPARISONS: Final = {"gte": ">=", "gt": ">", "lte": "<=", "lt": "<"}

# Full years on the day of the visit, as `Patient.age` counts them.
AGE: Final = 'extract(year FROM age(v."on", p.birth_date))'


class NotCountable(ValueError):
    """A condition that cannot be judged over rows: another operator, or a reading without a column."""


def as_sql(condition: Mapping[str, Any]) -> str:
    """The condition over a visit `v` and its patient `p`. Raises NotCountable."""
    if "any" in condition:
        return _joined(" OR ", condition["any"])
    if "all" in condition:
        return _joined(" AND ", condition["all"])
    if "obs" not in condition:
        raise NotCountable(str(condition))
    return _compared(condition)


def _joined(word: str, parts: list[Mapping[str, Any]]) -> str:
    if not parts:
        raise NotCountable("an empty list")
    return "(" + word.join(as_sql(part) for part in parts) + ")"


def _compared(condition: Mapping[str, Any]) -> str:
    name = condition["obs"]
    if name != "age" and name not in TYPED_READINGS:
        raise NotCountable(name)
    column = AGE if name == "age" else f"v.{name}"
    limits = [(COMPARISONS[key], limit) for key, limit in condition.items() if key != "obs"]
    # Numbers only reach the statement: `float` refuses everything else.
    return "(" + " AND ".join(f"{column} {sign} {float(limit):g}" for sign, limit in limits) + ")"


def readings_of(condition: Mapping[str, Any]) -> tuple[str, ...]:
    """The readings that the condition looks at, once each, in order."""
    if "obs" in condition:
        return () if condition["obs"] == "age" else (condition["obs"],)
    parts = condition.get("any") or condition.get("all") or ()
    return tuple(dict.fromkeys(name for part in parts for name in readings_of(part)))
