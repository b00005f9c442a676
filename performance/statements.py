"""From an indicator to SQL: one statement that computes its cells, whole, for any set of months or cells.

The parts are common table expressions with fixed names:

    wanted    the cells to compute: months, or months with organization and team
    days      the as-of days among them
    facts     who stands below the line, as (patient_id, year, starts, ends, good)
    credited  facts that hold on an as-of day, credited to the organization and team responsible on that day
    counted   what stands above the line, as (patient_id, year, starts, ends)
    fresh     the cells

A fact holds on the days from `starts` up to, not including, `ends`. So "the fourth visit was on 3 August" and "the
latest reading is this one until the next" are rows of one shape, and all months come from one pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import singledispatch
from typing import Any, Final

from performance import conditions
from performance.indicators import (
    Due,
    EveryVisit,
    FulfilledInTime,
    Indicator,
    LastReading,
    LiveContract,
    Managed,
    Registered,
    VisitsReached,
)
from performance.months import Month, earliest_year

Parameters = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """One leaf: a month of a team (0: no team) of an organization."""

    month: Month
    organization_id: int
    team: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to compute: these cells, or (cells None) every cell of these months."""

    months: tuple[Month, ...]
    cells: tuple[Cell, ...] | None = None

    @classmethod
    def of(cls, cells: Sequence[Cell]) -> "Wanted":
        return cls(tuple(sorted({cell.month for cell in cells})), tuple(cells))

    def parameters(self) -> Parameters:
        """The arrays that `wanted` unfolds, and the bounds of the scans."""
        rows = self.cells if self.cells is not None else ()
        months = [cell.month for cell in rows] if self.cells is not None else list(self.months)
        return {
            "months": [month.first for month in months],
            "ends": [month.as_of for month in months],
            "organizations": [cell.organization_id for cell in rows],
            "teams": [cell.team for cell in rows],
            "first": earliest_year(self.months),
            "last": date(max(month.as_of for month in self.months).year, 12, 31),
        }


_WANTED_MONTHS = "SELECT * FROM unnest(%(months)s::date[], %(ends)s::date[]) AS w(month, as_of)"
_WANTED_CELLS = """SELECT * FROM unnest(%(months)s::date[], %(ends)s::date[], %(organizations)s::bigint[],
    %(teams)s::bigint[]) AS w(month, as_of, organization_id, team)"""
_DAYS = "SELECT DISTINCT month, as_of, extract(year FROM month)::int AS year FROM wanted"
_PEOPLE = """SELECT DISTINCT r.patient_id FROM patients_responsibility r
    JOIN (SELECT DISTINCT organization_id, team FROM wanted) w
      ON w.organization_id = r.organization_id AND w.team = coalesce(r.care_team_id, 0)"""
_CREDITED = """SELECT d.month, d.as_of, f.year, f.patient_id, f.good, r.organization_id,
        coalesce(r.care_team_id, 0) AS team
    FROM facts f
    JOIN days d ON d.as_of >= f.starts AND d.as_of < f.ends
    JOIN patients_responsibility r ON r.patient_id = f.patient_id AND r.period @> d.as_of"""
_CREDITED_CELLS = """ JOIN wanted w ON w.month = d.month AND w.organization_id = r.organization_id
      AND w.team = coalesce(r.care_team_id, 0)"""

#: Restricts a scan of a patient-owned table to the people of the wanted cells.
_OF_PEOPLE: Final = " AND x.patient_id IN (SELECT patient_id FROM people)"

_MANAGED = """SELECT x.patient_id, y.year, greatest(min(lower(x.period)), y.begins) AS starts,
        (y.begins + interval '1 year')::date AS ends, true AS good
    FROM patients_enrolment x
    JOIN (SELECT DISTINCT year, make_date(year, 1, 1) AS begins FROM days) y
      ON x.period && daterange(y.begins, (y.begins + interval '1 year')::date)
    WHERE x.programme = %(programme)s{people}
    GROUP BY x.patient_id, y.year, y.begins"""
_CONTRACTS = """SELECT x.patient_id, 0 AS year, coalesce(lower(x.period), '-infinity'::date) AS starts,
        least(coalesce(upper(x.period), 'infinity'::date), p.deceased_on) AS ends, true AS good
    FROM patients_contract x JOIN patients_patient p ON p.id = x.patient_id
    WHERE x.period && daterange(%(first)s, %(last)s, '[]'){people}"""
_APPOINTMENTS = """SELECT x.patient_id, extract(year FROM x.due_on)::int AS year, x.due_on AS starts,
        make_date(extract(year FROM x.due_on)::int + 1, 1, 1) AS ends,
        coalesce(x.status = 'fulfilled' AND x.fulfilled_on <= x.due_on + %(days)s, false) AS good
    FROM followups_appointment x
    WHERE x.status <> 'cancelled' AND x.due_on BETWEEN %(first)s AND %(last)s{people}"""

_VISITS = """SELECT x.id, x.patient_id, x."on", x.recorded_at, extract(year FROM x."on")::int AS year{columns}
    FROM patients_encounter x
    WHERE x.programmes @> ARRAY[%(programme)s]::varchar[] AND x."on" BETWEEN %(first)s AND %(last)s{people}"""
# Grouped rather than numbered by a window: the planner expects far too few rows behind "nth = 4".
_REACHED = """SELECT patient_id, year, (array_agg("on" ORDER BY "on", id))[%(at_least)s] AS starts,
        make_date(year + 1, 1, 1) AS ends
    FROM visits GROUP BY patient_id, year HAVING count(*) >= %(at_least)s"""
_EACH = 'SELECT patient_id, year, "on" AS starts, make_date(year + 1, 1, 1) AS ends FROM visits'
# Lost is not on target (facts 6.1): the days of a loss are cut out of those on which a reading counts, whether somebody
# was marked lost or the management ended so.
_LOST = """SELECT patient_id, range_agg(days) AS days FROM (
        SELECT patient_id, daterange(lost_on, ended_on) AS days FROM followups_followuploss
        WHERE ended_on IS NULL OR ended_on > lost_on
        UNION ALL
        SELECT e.patient_id, daterange(upper(e.period), (SELECT min(lower(a.period)) FROM patients_enrolment a
            WHERE a.patient_id = e.patient_id AND a.programme = e.programme AND lower(a.period) >= upper(e.period)))
        FROM patients_enrolment e
        WHERE e.programme = %(programme)s AND e.end_reason = 'lost' AND upper(e.period) IS NOT NULL) l
    GROUP BY patient_id"""
_LAST = """SELECT v.patient_id, v.year, lower(v.kept) AS starts, upper(v.kept) AS ends FROM (
        SELECT v.patient_id, v.year, v.passes, kept FROM (
            SELECT v.patient_id, v.year, v.passes, v."on" AS starts, lead(v."on", 1, make_date(v.year + 1, 1, 1))
                OVER (PARTITION BY v.patient_id, v.year ORDER BY v."on", v.recorded_at, v.id) AS ends
            FROM (SELECT v.*, {passes} AS passes FROM visits v JOIN patients_patient p ON p.id = v.patient_id) v
            WHERE v.passes IS NOT NULL) v
        LEFT JOIN lost l ON l.patient_id = v.patient_id
        CROSS JOIN LATERAL unnest(
            datemultirange(daterange(v.starts, v.ends)) - coalesce(l.days, '{}')) AS kept) v
    WHERE v.passes"""

_FRESH_MANAGED = """SELECT month, organization_id, team, sum(n)::int AS numerator, sum(d)::int AS denominator
    FROM (
        SELECT month, organization_id, team, 0 AS n, count(*) AS d FROM credited GROUP BY 1, 2, 3
        UNION ALL
        SELECT c.month, c.organization_id, c.team, count(*), 0
        FROM credited c
        JOIN counted k ON k.patient_id = c.patient_id AND k.year = c.year
            AND c.as_of >= k.starts AND c.as_of < k.ends
        GROUP BY 1, 2, 3
    ) parts GROUP BY 1, 2, 3"""
_FRESH_REGISTERED = """SELECT month, organization_id, team, sum(n)::int AS numerator, sum(d)::int AS denominator
    FROM (
        SELECT month, organization_id, team, count(*) AS n, 0 AS d FROM credited GROUP BY 1, 2, 3
        UNION ALL
        SELECT d.month, p.organization_id, coalesce(p.care_team_id, 0), 0, p.residents
        FROM performance_population p JOIN days d ON d.year = p.year
            AND d.as_of >= coalesce(p.since, '-infinity') AND d.as_of < coalesce(p.until, 'infinity'){cells}
    ) parts GROUP BY 1, 2, 3"""
_REGISTERED_CELLS = """ JOIN wanted w ON w.month = d.month AND w.organization_id = p.organization_id
            AND w.team = coalesce(p.care_team_id, 0)"""
_FRESH_DUE = """SELECT month, organization_id, team, (count(*) FILTER (WHERE good))::int AS numerator,
        count(*)::int AS denominator FROM credited GROUP BY 1, 2, 3"""

_STORE = """, gone AS (
    DELETE FROM performance_indicatorvalue v USING wanted w
    WHERE v.indicator = %(code)s AND v.month = w.month{same_cell}
      AND NOT EXISTS (SELECT FROM fresh f WHERE f.month = v.month
                      AND f.organization_id = v.organization_id AND f.team = v.team)
    RETURNING 1
), stored AS (
    INSERT INTO performance_indicatorvalue AS v
        (indicator, month, organization_id, team, numerator, denominator, computed_at)
    SELECT %(code)s, month, organization_id, team, numerator, denominator, now() FROM fresh
    ON CONFLICT (indicator, month, organization_id, team) DO UPDATE
        SET numerator = excluded.numerator, denominator = excluded.denominator, computed_at = excluded.computed_at
        WHERE (v.numerator, v.denominator) IS DISTINCT FROM (excluded.numerator, excluded.denominator)
    RETURNING 1
)
SELECT (SELECT count(*) FROM fresh), (SELECT count(*) FROM stored), (SELECT count(*) FROM gone)"""
_SAME_CELL = " AND v.organization_id = w.organization_id AND v.team = w.team"


def cells_statement(indicator: Indicator, wanted: Wanted) -> tuple[str, Parameters]:
    """The statement that recomputes and stores the indicator's cells.

    It removes the wanted cells that no longer come out, writes those that differ, and answers with the numbers of
    cells computed, written and removed. Only names and numbers of this module enter the text; values are parameters.
    """
    some = wanted.cells is not None
    parts = credited_parts(indicator, people=_PEOPLE if some else "")
    if some:
        parts["credited"] += _CREDITED_CELLS
        parts["wanted"] = _WANTED_CELLS
    parts["fresh"] = _fresh(indicator, some=some)
    store = _STORE.replace("{same_cell}", _SAME_CELL if some else "")
    return as_with(parts) + store, parameters(indicator, wanted)


def as_with(parts: dict[str, str]) -> str:
    """The expressions as a WITH clause, in their order."""
    return "WITH " + ",\n".join(f"{name} AS (\n    {body}\n)" for name, body in parts.items())


def parameters(indicator: Indicator, wanted: Wanted) -> Parameters:
    """All parameters of the indicator's statement."""
    return {
        **wanted.parameters(),
        "code": indicator.code,
        **_base_parameters(indicator.base),
        **_counted_parameters(indicator.counted),
    }


def credited_parts(indicator: Indicator, *, people: str = "") -> dict[str, str]:
    """The expressions up to `credited`, and `counted` where the indicator counts something else than its base.

    `people` selects the patient_id of those to look at; without it everybody's rows are read.
    """
    of_people = _OF_PEOPLE if people else ""
    parts = {"wanted": _WANTED_MONTHS, "days": _DAYS}
    if people:
        parts["people"] = people
    parts["facts"] = _facts(indicator.base).replace("{people}", of_people)
    parts["credited"] = _CREDITED
    visits, counted = _counted(indicator.counted)
    if counted:
        if isinstance(indicator.counted, LastReading):
            parts["lost"] = _LOST
        parts["visits"] = visits.replace("{people}", of_people)
        parts["counted"] = counted
    return parts


def _facts(base: object) -> str:
    return {Managed: _MANAGED, Registered: _CONTRACTS, Due: _APPOINTMENTS}[type(base)]


def _fresh(indicator: Indicator, *, some: bool) -> str:
    shapes = {Managed: _FRESH_MANAGED, Registered: _FRESH_REGISTERED, Due: _FRESH_DUE}
    return shapes[type(indicator.base)].replace("{cells}", _REGISTERED_CELLS if some else "")


def _base_parameters(base: object) -> Parameters:
    return {"programme": base.programme} if isinstance(base, Managed) else {}


@singledispatch
def _counted(counted: object) -> tuple[str, str]:
    """(visits, counted): the expressions of what is counted, empty where the base itself is."""
    raise TypeError(counted)


@_counted.register
def _(counted: VisitsReached) -> tuple[str, str]:
    return _VISITS.replace("{columns}", "") + " AND x.method = ANY(%(methods)s)", _REACHED


@_counted.register
def _(counted: EveryVisit) -> tuple[str, str]:
    return _VISITS.replace("{columns}", ""), _EACH


@_counted.register
def _(counted: LastReading) -> tuple[str, str]:
    columns = "".join(f", x.{name}" for name in conditions.readings_of(counted.passes))
    return _VISITS.replace("{columns}", columns), _LAST.replace("{passes}", conditions.as_sql(counted.passes))


@_counted.register(LiveContract)
@_counted.register(FulfilledInTime)
def _(counted: object) -> tuple[str, str]:
    return "", ""


def _counted_parameters(counted: object) -> Parameters:
    if isinstance(counted, VisitsReached):
        return {"at_least": counted.at_least, "methods": list(counted.methods)}
    return {"days": counted.days} if isinstance(counted, FulfilledInTime) else {}
