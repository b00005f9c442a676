"""Judging visits in bulk: each against earlier days only, whatever order they come in."""

from datetime import UTC, date, datetime

from followups.judging import judge
from followups.protocols.evidence import Person, Visit
from patients.models import Encounter

WHO = Person(birth_date=date(1970, 1, 1), conditions=("hypertension",))


def visit(on: str, systolic: int, **more: object) -> Encounter:
    day = date.fromisoformat(on)
    return Encounter(
        on=day, method="clinic", systolic=systolic, diastolic=80, recorded_at=datetime.now(UTC), **more
    )


def test_visits_are_judged_in_the_order_of_their_days() -> None:
    mixed = [visit("2026-03-01", 150), visit("2026-01-01", 150), visit("2026-02-01", 130)]
    actions = [each.decision.programmes["hypertension"].action for each in judge(WHO, mixed)]
    assert actions == ["adjust", "routine", "adjust"]


def test_two_visits_of_one_day_do_not_count_as_one_after_the_other() -> None:
    same_day = [visit("2026-01-01", 150), visit("2026-01-01", 152)]
    assert {each.decision.action for each in judge(WHO, same_day)} == {"adjust"}


def test_visits_already_in_the_archive_are_looked_back_at() -> None:
    before = Visit(date(2025, 12, 1), {"systolic": 160, "diastolic": 80})
    (judged,) = judge(WHO, [visit("2026-01-01", 150)], [before])
    assert judged.decision.referral.advised


def test_the_rows_carry_rule_source_and_reasons_of_each_programme() -> None:
    two = [visit("2026-01-01", 150, programmes=["hypertension", "diabetes"])]
    (judged,) = judge(WHO, two)
    rows = {row.programme: row for row in judged.rows()}
    assert (rows["hypertension"].klass, rows["hypertension"].source) == ("uncontrolled", "BPHS17")
    assert (rows["diabetes"].klass, rows["diabetes"].missing) == ("not_assessed", ["fasting_glucose"])
    assert rows["hypertension"].reasons[0]["params"]["systolic"] == "150"
