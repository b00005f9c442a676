"""Which cells the news touches: the feed since the cursor, the days that have passed, and the population register.

A change touches the months in which its fact can show, for every team that was responsible for the resident since.
The earlier state of an amended row is read from its history, so that a visit moved to another day clears its old month.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection

from journal.feed import Cursor
from performance.months import Month
from performance.statements import Cell

# Kinds of the feed that an indicator looks at.
KINDS = ("patient", "encounter", "enrolment", "contract", "appointment")

_NEWS = """SELECT kind, object_id::uuid AS id, op, organization_id, patient_id, version, at FROM journal_change
    WHERE (epoch, xact_id, seq) > (%(epoch)s, %(xact_id)s, %(seq)s) AND xact_id < %(horizon)s AND kind = ANY(%(kinds)s)"""

# (patient, first and last day on which the change can show). A row that is gone and left no history: any day.
_SINCE = """
    SELECT n.patient_id, r."on" AS first, make_date(extract(year FROM r."on")::int, 12, 31) AS last
    FROM news n JOIN (SELECT id, "on" FROM patients_encounter
                      UNION ALL SELECT pgh_obj_id, "on" FROM patients_encounterhistory) r ON r.id = n.id
    WHERE n.kind = 'encounter'
    UNION ALL
    SELECT n.patient_id, coalesce(r.due_on, '-infinity'),
           coalesce(make_date(extract(year FROM r.due_on)::int, 12, 31), 'infinity')
    FROM news n LEFT JOIN followups_appointment r ON r.id = n.id WHERE n.kind = 'appointment'
    UNION ALL
    SELECT n.patient_id, coalesce(lower(r.period), '-infinity'), 'infinity'
    FROM news n JOIN (SELECT id, period FROM patients_enrolment
                      UNION ALL SELECT pgh_obj_id, period FROM patients_enrolmenthistory) r ON r.id = n.id
    WHERE n.kind = 'enrolment'
    UNION ALL
    SELECT n.patient_id, coalesce(lower(r.period), '-infinity'), coalesce(upper(r.period), 'infinity')
    FROM news n JOIN (SELECT id, period FROM patients_contract
                      UNION ALL SELECT pgh_obj_id, period FROM patients_contracthistory) r ON r.id = n.id
    WHERE n.kind = 'contract'
    UNION ALL
    SELECT n.id, min(coalesce(lower(r.period), '-infinity')), 'infinity'
    FROM news n JOIN patients_responsibility r ON r.patient_id = n.id
    WHERE n.kind = 'patient' AND n.version = 1 GROUP BY n.id
    UNION ALL
    SELECT m.id, least(m.moved, (SELECT max(lower(r.period)) FROM patients_responsibility r
                                 WHERE r.patient_id = m.id)), 'infinity'
    FROM moves m
    UNION ALL
    SELECT patient_id, day, 'infinity' FROM passed"""

# A patient row changes with every visit; its history holds only changes of place, team or death.
_MOVES = """SELECT n.id, h.organization_id, coalesce(h.care_team_id, 0) AS team,
        least(h.deceased_on, p.deceased_on) AS moved
    FROM news n JOIN patients_patienthistory h ON h.pgh_obj_id = n.id AND h.pgh_created_at = n.at
    LEFT JOIN patients_patient p ON p.id = n.id
    WHERE n.kind = 'patient'"""

# Facts that began, ended or fell due between the last run's day and today, without any change of a row.
_PASSED = """
    SELECT patient_id, d.day FROM patients_contract, LATERAL (VALUES (lower(period)), (upper(period))) d(day)
    WHERE d.day > %(before)s AND d.day <= %(on)s
    UNION ALL
    SELECT patient_id, d.day FROM patients_responsibility, LATERAL (VALUES (lower(period)), (upper(period))) d(day)
    WHERE d.day > %(before)s AND d.day <= %(on)s
    UNION ALL
    SELECT patient_id, lower(period) FROM patients_enrolment WHERE lower(period) > %(before)s AND lower(period) <= %(on)s
    UNION ALL
    SELECT patient_id, due_on FROM followups_appointment WHERE due_on > %(before)s AND due_on <= %(on)s"""

_CELLS = """WITH news AS ({news}), moves AS ({moves}), passed AS ({passed}), since AS ({since}),
    months AS (SELECT * FROM unnest(%(months)s::date[], %(ends)s::date[]) AS m(month, as_of))
    SELECT m.month, r.organization_id, coalesce(r.care_team_id, 0)
    FROM since s
    JOIN months m ON m.as_of >= s.first AND m.month <= s.last
    JOIN patients_responsibility r ON r.patient_id = s.patient_id
        AND coalesce(lower(r.period), '-infinity') <= m.as_of AND coalesce(upper(r.period), 'infinity') >= s.first
    UNION
    SELECT m.month, v.organization_id, v.team
    FROM moves v
    JOIN months m ON m.as_of >= least(v.moved, (SELECT max(lower(r.period)) FROM patients_responsibility r
                                                WHERE r.patient_id = v.id))"""

_REGISTER = """SELECT coalesce(p.month, v.month), coalesce(p.organization_id, v.organization_id), coalesce(p.team, v.team)
    FROM (SELECT m.month, p.organization_id, coalesce(p.care_team_id, 0) AS team, p.residents
          FROM performance_population p JOIN unnest(%(months)s::date[]) AS m(month)
              ON p.year = extract(year FROM m.month)) p
    FULL JOIN (SELECT month, organization_id, team, denominator FROM performance_indicatorvalue
               WHERE indicator = %(code)s AND denominator > 0 AND month = ANY(%(months)s::date[])) v
        ON v.month = p.month AND v.organization_id = p.organization_id AND v.team = p.team
    WHERE coalesce(p.residents, 0) <> coalesce(v.denominator, 0)"""


def touched(
    after: Cursor, *, horizon: int, before: date, on: date, months: Sequence[Month]
) -> set[tuple[date, int, int]]:
    """The cells (month, organization, team) of these months that may have changed.

    By feed lines after the cursor and below the horizon, and by facts that began or ended after the day `before`.
    """
    parts = {"news": _NEWS, "moves": _MOVES, "passed": _PASSED, "since": _SINCE}
    statement = _CELLS
    for name, body in parts.items():
        statement = statement.replace("{" + name + "}", body)
    return _rows(statement, {**after._asdict(), "horizon": horizon, "kinds": list(KINDS), "before": before, "on": on,
                             "months": [m.first for m in months], "ends": [m.as_of for m in months]})  # fmt: skip


def register_changed(code: str, months: Sequence[Month]) -> set[tuple[date, int, int]]:
    """The cells of a register-based indicator whose denominator differs from the population register."""
    return _rows(_REGISTER, {"code": code, "months": [month.first for month in months]})


def patients_deleted(after: Cursor, *, horizon: int) -> bool:
    """Whether a patient's rows were deleted: their teams of former months are then known to nobody."""
    statement = _NEWS.replace("kind = ANY(%(kinds)s)", "kind = 'patient' AND op = 'delete'") + " LIMIT 1"
    with connection.cursor() as cursor:
        cursor.execute(statement, {**after._asdict(), "horizon": horizon})
        return cursor.fetchone() is not None


def as_cells(touched_cells: set[tuple[date, int, int]], months: Sequence[Month]) -> list[Cell]:
    """The touched cells with their months, in order."""
    by_first = {month.first: month for month in months}
    return [Cell(by_first[first], organization, team) for first, organization, team in sorted(touched_cells)]


def _rows(statement: str, parameters: dict[str, Any]) -> set[tuple[date, int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return {(row[0], row[1], row[2]) for row in cursor.fetchall()}
