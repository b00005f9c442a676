"""The protocols' conditions mean the same over rows as over one visit."""

from datetime import date, timedelta
from itertools import product

import pytest
from django.db import connection

from followups.protocols.catalogue import protocols
from followups.protocols.conditions import Scene, evaluate
from patients.programmes import Programme
from performance.conditions import NotCountable, as_sql, readings_of
from performance.indicators import LastReading, indicators
from performance.settings import DEFAULTS

ON = date(2026, 3, 1)
BORN = [date(1961, 3, 1), date(1961, 3, 2), date(1960, 2, 29), date(1990, 1, 1)]
HTN = indicators(DEFAULTS)["htn-controlled"].counted
DM = indicators(DEFAULTS)["dm-controlled"].counted


def age(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def judged(condition: dict, born: date, on: date, readings: dict[str, float | None]) -> bool | None:
    columns = ", ".join(f"%s::numeric AS {name}" for name in readings)
    statement = f'SELECT {as_sql(condition)} FROM (SELECT %s::date AS "on", {columns}) v, (SELECT %s::date AS birth_date) p'
    with connection.cursor() as cursor:
        cursor.execute(statement, [on, *readings.values(), born])
        return cursor.fetchone()[0]


@pytest.mark.parametrize("born", BORN)
def test_blood_pressure_is_judged_as_the_protocol_judges_it(db: None, born: date) -> None:
    assert isinstance(HTN, LastReading)
    for on, systolic, diastolic in product(
        [ON, ON - timedelta(days=1), date(2025, 2, 28)], [None, 139, 140, 149, 150], [None, 89, 90]
    ):
        numbers = {"age": age(born, on)} | {
            name: value
            for name, value in (("systolic", systolic), ("diastolic", diastolic))
            if value is not None
        }
        passes = evaluate(HTN.passes, Scene(on, numbers)).holds
        fails = any(
            evaluate(rule.when, Scene(on, numbers)).holds
            for rule in protocols()[Programme.HYPERTENSION].rules
            if ".uncontrolled" in rule.id and "again" not in rule.id
        )
        found = judged(HTN.passes, born, on, {"systolic": systolic, "diastolic": diastolic})
        assert found is (True if passes else False if fails else None), (born, on, systolic, diastolic)


@pytest.mark.parametrize(("glucose", "expected"), [(6.9, True), (7.0, False), (None, None)])
def test_fasting_glucose_is_judged_as_the_protocol_judges_it(
    db: None, glucose: float | None, expected: bool | None
) -> None:
    assert isinstance(DM, LastReading)
    assert judged(DM.passes, BORN[0], ON, {"fasting_glucose": glucose}) is expected


def test_the_readings_of_a_condition_are_told_once() -> None:
    assert readings_of(HTN.passes) == ("systolic", "diastolic")


@pytest.mark.parametrize(
    "condition",
    [{"sign": ["acetone_breath"]}, {"flag": "pregnant"}, {"obs": "hba1c", "lt": 7}, {"all": []},
     {"obs": "systolic; DROP TABLE x", "lt": 1}],
)  # fmt: skip
def test_what_cannot_be_judged_over_rows_is_refused(condition: dict) -> None:
    with pytest.raises(NotCountable):
        as_sql(condition)
