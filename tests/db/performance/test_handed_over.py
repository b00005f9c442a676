"""A hand-over moves nobody's past: last month stays with the team of its day, this month goes by the as-of day."""

from datetime import date, timedelta

from alliances.models import CareTeam
from patients import handovers
from patients.models import HandoverReason
from patients.programmes import Programme
from performance import rollup
from performance.models import IndicatorValue
from tests.db.performance.test_definitions import pressure
from tests.db.performance.test_refresh import settled
from tests.world import World, at

NOW = at("2026-11-20T09:00:00")
ON = NOW.date()
LAST, THIS = date(2026, 10, 1), date(2026, 11, 1)


def cells(month: date, team: CareTeam) -> dict[str, tuple[int, int]]:
    rows = IndicatorValue.objects.filter(month=month, team=team.pk)
    return {
        row.indicator: (row.numerator, row.denominator) for row in rows if row.denominator or row.numerator
    }


def managed(month: date, team: CareTeam) -> int:
    return cells(month, team).get("htn-standard-managed", (0, 0))[1]


def test_past_months_stay_and_the_running_month_follows(world: World) -> None:
    people = [world.patient(f"居民{n}", Programme.HYPERTENSION) for n in range(5)]
    staying = world.patient("乙", Programme.HYPERTENSION, team=world.second_team)
    for patient in [*people, staying]:
        for month in (2, 4, 7, 10):
            pressure(patient, date(2026, month, 5), 128, 80)
    rollup.full(on=ON)
    before = {team: cells(LAST, team) for team in (world.team, world.second_team)}
    assert (managed(THIS, world.team), managed(THIS, world.second_team)) == (5, 1)

    rows = handovers.propose(
        [p.pk for p in people[:2]], to_team=world.second_team, reason=HandoverReason.CASE_MANAGEMENT, text="",
        by=world.doctor, at=NOW,
    ).done  # fmt: skip
    rollup.full(on=ON)
    assert (managed(THIS, world.team), managed(THIS, world.second_team)) == (
        5,
        1,
    )  # an offer counts for nothing

    handovers.accept([row.pk for row in rows], by=world.colleague, on=ON, at=NOW)
    for compute in (lambda: settled(lambda: rollup.refresh(on=ON)), lambda: rollup.full(on=ON)):
        compute()
        assert {team: cells(LAST, team) for team in (world.team, world.second_team)} == before
        assert (managed(THIS, world.team), managed(THIS, world.second_team)) == (3, 3)
        assert cells(THIS, world.second_team)["htn-standard-managed"] == (3, 3)


def test_the_day_before_the_hand_over_still_counts_for_the_team_that_gave(world: World) -> None:
    patient = world.patient("甲", Programme.HYPERTENSION)
    rows = handovers.propose(
        [patient.pk],
        to_team=world.second_team,
        reason=HandoverReason.MOVED_HOUSE,
        text="",
        by=world.doctor,
        at=NOW,
    ).done
    handovers.accept([rows[0].pk], by=world.colleague, on=ON, at=NOW)
    for day, where in ((ON - timedelta(days=1), world.team), (ON, world.second_team)):
        rollup.full(on=day)
        counted = {team.pk for team in (world.team, world.second_team) if managed(THIS, team)}
        assert counted == {where.pk}
