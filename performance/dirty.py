"""Which cells the news touches: the feed since the cursor, the days that have passed, and the population register.

A change touches the months in which its fact can show, for every team that was responsible for the resident since.
Who was responsible is no fact of the feed: triggers note each change of it as a `Handover` (performance/triggers.py).
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection

from journal.feed import Cursor
from performance.months import Month
from performance.statements import Cell

# Kinds of the feed that an indicator looks at.
KINDS = ("encounter", "enrolment", "contract", "appointment", "follow-up-loss")

_NEWS = """SELECT kind, object_id::uuid AS id, patient_id, version FROM journal_change
    WHERE (epoch, xact_id, seq) > (%(epoch)s, %(xact_id)s, %(seq)s) AND xact_id < %(horizon)s AND kind = ANY(%(kinds)s)"""

# (patient, first and last day on which the change can show). A new row shows where it says; one that was amended or is
# gone was somewhere else before, so any day. An appointment's earlier due day lies after the day of its booking.
_SINCE = """
    SELECT n.patient_id, CASE WHEN n.version = 1 THEN r."on" END AS first,
           CASE WHEN n.version = 1 THEN make_date(extract(year FROM r."on")::int, 12, 31) END AS last
    FROM news n LEFT JOIN patients_encounter r ON r.id = n.id AND r.version = 1 WHERE n.kind = 'encounter'
    UNION ALL
    SELECT n.patient_id, CASE WHEN n.version = 1 THEN r.due_on ELSE least(r.booked_on, r.due_on) END,
           make_date(extract(year FROM r.due_on)::int, 12, 31)
    FROM news n LEFT JOIN followups_appointment r ON r.id = n.id WHERE n.kind = 'appointment'
    UNION ALL
    SELECT n.patient_id, lower(r.period), NULL
    FROM news n LEFT JOIN patients_enrolment r ON r.id = n.id AND r.version = 1 WHERE n.kind = 'enrolment'
    UNION ALL
    SELECT n.patient_id, lower(r.period), upper(r.period)
    FROM news n LEFT JOIN patients_contract r ON r.id = n.id AND r.version = 1 WHERE n.kind = 'contract'
    UNION ALL
    SELECT n.patient_id, r.lost_on, NULL
    FROM news n LEFT JOIN followups_followuploss r ON r.id = n.id WHERE n.kind = 'follow-up-loss'
    UNION ALL
    SELECT patient_id, day, NULL FROM passed"""

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

_CELLS = """WITH news AS ({news}), passed AS ({passed}), since AS ({since}),
    months AS (SELECT * FROM unnest(%(months)s::date[], %(ends)s::date[]) AS m(month, as_of))
    SELECT m.month, r.organization_id, coalesce(r.care_team_id, 0)
    FROM (SELECT patient_id, coalesce(first, '-infinity') AS first, coalesce(last, 'infinity') AS last FROM since) s
    JOIN months m ON m.as_of >= s.first AND m.month <= s.last
    JOIN patients_responsibility r ON r.patient_id = s.patient_id
        AND coalesce(lower(r.period), '-infinity') <= m.as_of AND coalesce(upper(r.period), 'infinity') >= s.first
    UNION
    SELECT m.month, h.organization_id, h.team
    FROM performance_handover h JOIN months m ON m.as_of >= h.since
    WHERE h.id = ANY(%(handovers)s)"""

_REGISTER = """SELECT coalesce(p.month, v.month), coalesce(p.organization_id, v.organization_id), coalesce(p.team, v.team)
    FROM (SELECT m.month, p.organization_id, coalesce(p.care_team_id, 0) AS team, sum(p.residents) AS residents
          FROM performance_population p JOIN unnest(%(months)s::date[], %(ends)s::date[]) AS m(month, as_of)
              ON p.year = extract(year FROM m.month) AND m.as_of >= coalesce(p.since, '-infinity')
              AND m.as_of < coalesce(p.until, 'infinity')
          GROUP BY 1, 2, 3) p
    FULL JOIN (SELECT month, organization_id, team, denominator FROM performance_indicatorvalue
               WHERE indicator = %(code)s AND denominator > 0 AND month = ANY(%(months)s::date[])) v
        ON v.month = p.month AND v.organization_id = p.organization_id AND v.team = p.team
    WHERE coalesce(p.residents, 0) <> coalesce(v.denominator, 0)"""


def touched(
    after: Cursor, *, horizon: int, before: date, on: date, months: Sequence[Month], handovers: Sequence[int]
) -> set[tuple[date, int, int]]:
    """The cells (month, organization, team) of these months that may have changed.

    By feed lines after the cursor and below the horizon, by facts that began or ended after the day `before`, and by
    the handovers with these ids.
    """
    parts = {"news": _NEWS, "passed": _PASSED, "since": _SINCE}
    statement = _CELLS
    for name, body in parts.items():
        statement = statement.replace("{" + name + "}", body)
    return _rows(statement, {**after._asdict(), "horizon": horizon, "kinds": list(KINDS), "before": before, "on": on,
                             "handovers": list(handovers),
                             "months": [m.first for m in months], "ends": [m.as_of for m in months]})  # fmt: skip


def register_changed(code: str, months: Sequence[Month]) -> set[tuple[date, int, int]]:
    """The cells of a register-based indicator whose denominator differs from the population register."""
    return _rows(
        _REGISTER, {"code": code, "months": [m.first for m in months], "ends": [m.as_of for m in months]}
    )


def as_cells(touched_cells: set[tuple[date, int, int]], months: Sequence[Month]) -> list[Cell]:
    """The touched cells with their months, in order."""
    by_first = {month.first: month for month in months}
    return [Cell(by_first[first], organization, team) for first, organization, team in sorted(touched_cells)]


def _rows(statement: str, parameters: dict[str, Any]) -> set[tuple[date, int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return {(row[0], row[1], row[2]) for row in cursor.fetchall()}
