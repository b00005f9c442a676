"""Moving many follow-ups: done as shown or not at all, and put back without overwriting anybody."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from followups.calendar import appointments, moves
from followups.calendar.moves import CannotMove, Changed
from followups.models import Appointment, PlanMove
from journal.models import AuditEvent
from tests.at_once import at_once
from tests.db.followups.planned import MONDAY, due, limit
from tests.world import World, at

TODAY = MONDAY
TUESDAY, FRIDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=4)
NOW = at("2026-11-23T09:00")


@pytest.fixture
def four(world: World) -> list[Appointment]:
    limit(world.team)
    return [due(world, f"居民{n}", MONDAY, planned_on=MONDAY) for n in range(4)]


def moved(
    world: World, rows: list[Appointment], first: date, last: date | None = None, **more: Any
) -> PlanMove:
    ids, days = [row.pk for row in rows], {"first": first, "last": last or first, "today": TODAY}
    shown = moves.preview(world.team, ids, **days)
    about = {"token": shown.token, "by": world.team_lead, "at": NOW, **more}
    return moves.move(world.team, ids, **days, **about)


def planned() -> list[date | None]:
    return list(
        Appointment.objects.order_by("patient__pinyin", "patient__name").values_list("planned_on", flat=True)
    )


def test_the_preview_says_what_the_move_does(world: World, four: list[Appointment]) -> None:
    shown = moves.preview(world.team, [row.pk for row in four], first=TUESDAY, last=TUESDAY, today=TODAY)
    assert (shown.moving, shown.outside, shown.over) == (4, 0, 2)
    assert planned() == [MONDAY] * 4
    done = moved(world, four, TUESDAY)
    assert planned() == [TUESDAY] * 4
    assert {row.due_on for row in Appointment.objects.all()} == {MONDAY}
    lines = AuditEvent.objects.filter(action="appointment.move")
    assert {line.patient_id for line in lines} == {row.patient_id for row in four}
    assert lines[0].detail["move"] == str(done.pk)


def test_spread_over_the_week_fills_the_days_alike(world: World, four: list[Appointment]) -> None:
    more = [due(world, f"旁人{n}", MONDAY, planned_on=TUESDAY) for n in range(2)]
    moved(world, four, MONDAY, MONDAY + timedelta(days=6))
    days = Appointment.objects.exclude(pk__in=[row.pk for row in more]).values_list("planned_on", flat=True)
    assert sorted(day.day for day in days if day) == [23, 25, 26, 27]  # Tuesday is full, the weekend free


def test_one_click_puts_everything_back(world: World, four: list[Appointment]) -> None:
    done = moved(world, four, FRIDAY)
    undone = moves.undo(done.pk, by=world.team_lead, at=NOW)
    assert (undone.back, undone.stayed) == (4, [])
    assert planned() == [MONDAY] * 4
    assert moves.undoable(world.team.pk) is None
    with pytest.raises(Changed):
        moves.undo(done.pk, by=world.team_lead, at=NOW)


def test_an_undo_leaves_alone_what_was_changed_since_and_says_so(
    world: World, four: list[Appointment]
) -> None:
    done = moved(world, four, FRIDAY)
    Appointment.objects.filter(pk=four[0].pk).update(planned_on=TUESDAY)
    appointments.cancel(four[1].patient, by=world.doctor, at=NOW, why="test")
    undone = moves.undo(done.pk, by=world.team_lead, at=NOW)
    assert undone.back == 2
    assert {row.pk for row in undone.stayed} == {four[0].pk, four[1].pk}
    assert Appointment.objects.get(pk=four[0].pk).planned_on == TUESDAY


def test_the_next_move_takes_the_undo_of_the_one_before(world: World, four: list[Appointment]) -> None:
    first = moved(world, four[:2], FRIDAY)
    second = moved(world, four[2:], FRIDAY, at=NOW + timedelta(minutes=1))
    found = moves.undoable(world.team.pk)
    assert found is not None
    assert found.pk == second.pk
    with pytest.raises(Changed):
        moves.undo(first.pk, by=world.team_lead, at=NOW)


def test_what_cannot_be_moved_is_refused(world: World, four: list[Appointment]) -> None:
    other = due(world, "别队", MONDAY, planned_on=MONDAY, care_team=world.second_team)
    refused = [
        ([row.pk for row in four], MONDAY + timedelta(days=5)),  # a Saturday
        ([row.pk for row in four], TODAY - timedelta(days=1)),
        ([row.pk for row in four], TODAY + timedelta(days=200)),
        ([other.pk], TUESDAY),
        ([], TUESDAY),
    ]
    for ids, day in refused:
        with pytest.raises(CannotMove):
            moves.preview(world.team, ids, first=day, last=day, today=TODAY)
    with pytest.raises(CannotMove):
        moved(world, four, MONDAY)


def test_a_move_that_would_be_another_one_now_is_refused(world: World, four: list[Appointment]) -> None:
    ids = [row.pk for row in four]
    shown = moves.preview(world.team, ids, first=TUESDAY, last=TUESDAY, today=TODAY)
    due(world, "新来", TUESDAY, planned_on=TUESDAY)
    with pytest.raises(Changed):
        moves.move(world.team, ids, first=TUESDAY, last=TUESDAY, token=shown.token, by=world.team_lead, today=TODAY,
                   at=NOW)  # fmt: skip
    assert PlanMove.objects.count() == 0


def test_two_leads_fill_one_day_at_the_same_moment_and_one_is_told(committed_world: World) -> None:
    world = committed_world
    limit(world.team)
    halves = [[due(world, f"甲{n}", MONDAY, planned_on=MONDAY) for n in range(2)],
              [due(world, f"乙{n}", MONDAY, planned_on=MONDAY) for n in range(2)]]  # fmt: skip
    days = {"first": TUESDAY, "last": TUESDAY, "today": TODAY}

    def act(rows: list[Appointment], by: Any, moment: datetime) -> Any:
        ids = [row.pk for row in rows]
        token = moves.preview(world.team, ids, **days).token
        return lambda: moves.move(world.team, ids, **days, token=token, by=by, at=moment)

    results = at_once(
        act(halves[0], world.team_lead, NOW), act(halves[1], world.centre_admin, NOW + timedelta(seconds=1))
    )
    assert sorted(type(result).__name__ for result in results) == ["Changed", "PlanMove"], results
    assert Appointment.objects.filter(planned_on=TUESDAY).count() == 2
