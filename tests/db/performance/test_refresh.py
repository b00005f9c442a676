"""The refresh from the feed comes to the same cells as the full rollup, whatever changed."""

import random
import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from followups.models import Appointment
from patients import enrolment, responsibilities
from patients.models import Contract, Encounter, Enrolment, Patient
from patients.models.condition import EndReason
from patients.programmes import Programme
from performance import rollup, tasks
from performance.indicators import CODES
from performance.models import IndicatorValue, Population, RollupCursor
from tests.db.performance.test_definitions import pressure
from tests.world import World

ON = date(2026, 11, 20)
HTN, DM = Programme.HYPERTENSION, Programme.DIABETES
Cells = dict[tuple[Any, ...], tuple[int, int]]


def cells() -> Cells:
    rows = IndicatorValue.objects.values_list(
        "indicator", "month", "organization_id", "team", "numerator", "denominator"
    )
    return {row[:4]: row[4:] for row in rows}


def settled(run: Callable[[], Any]) -> Any:
    """Run with the feed readable to its end: in a test's transaction nothing is settled otherwise."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("journal.feed.horizon", lambda: 2**62)
        return run()


def fresh(on: date) -> Cells:
    """What the full rollup finds, without keeping it."""
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT full_rollup")
        rollup.full(on=on)
        found = cells()
        cursor.execute("ROLLBACK TO SAVEPOINT full_rollup")
    return found


class Life:
    """Random events among a few residents."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.chance = world, random.Random(seed)
        self.teams = [world.team, world.second_team, world.other_team]
        self.people = [
            world.patient(f"人{n}", HTN, *([DM] if n % 2 else []), team=self.teams[n % 2]) for n in range(6)
        ]
        self.today = ON
        self.events = [
            self.visit, self.visit, self.amend, self.unmake, self.move, self.leave, self.begin, self.die,
            self.sign, self.expire, self.book, self.keep, self.postpone, self.register, self.arrive,
        ]  # fmt: skip

    def someone(self) -> Patient:
        return Patient.objects.get(pk=self.chance.choice(self.people).pk)

    def day(self) -> date:
        return self.today - timedelta(days=self.chance.randint(0, 500))

    def step(self) -> None:
        self.chance.choice(self.events)()

    def visit(self) -> None:
        pressure(
            self.someone(),
            self.day(),
            self.chance.randint(120, 170),
            80,
            self.chance.choice(["clinic", "phone"]),
        )

    def amend(self) -> None:
        if found := Encounter.objects.order_by("?").first():
            found.on, found.systolic = self.day(), self.chance.randint(120, 170)
            found.save()

    def unmake(self) -> None:
        Encounter.objects.filter(pk__in=Encounter.objects.order_by("?").values("pk")[:1]).delete()

    def move(self) -> None:
        team = self.chance.choice(self.teams)
        on = self.today - timedelta(days=self.chance.randint(0, 90))
        patient = self.someone()
        try:
            responsibilities.assign(patient, organization=team.organization, care_team=team, on=on, by=None)
        except ValueError:
            assert patient.responsibilities.filter(period__startswith__gte=on).exists()

    def leave(self) -> None:
        if found := Enrolment.objects.filter(period__endswith__isnull=True).order_by("?").first():
            on = max(self.day(), found.period.lower + timedelta(days=1))
            enrolment.end(found, on=on, reason=EndReason.LOST, by=None)

    def begin(self) -> None:
        patient = self.someone()
        if not Enrolment.objects.filter(patient=patient, programme=DM).exists():
            enrolment.enrol(patient, DM, on=self.day(), by=None)

    def die(self) -> None:
        if self.chance.random() < 0.3:
            died = self.today - timedelta(days=self.chance.randint(0, 60))
            Patient.objects.filter(pk=self.someone().pk).update(deceased_on=died)

    def sign(self) -> None:
        patient = self.someone()
        if not patient.contracts.filter(period__endswith__gt=date(2026, 6, 1)).exists():
            self.world.contract(
                patient, begins=date(2026, 6, 1) + timedelta(days=self.chance.randint(0, 90)), months=6
            )

    def expire(self) -> None:
        if found := Contract.objects.order_by("?").first():
            found.period = type(found.period)(found.period.lower, found.period.lower + timedelta(days=20))
            found.save()

    def book(self) -> None:
        patient = self.someone()
        if not Appointment.objects.booked().filter(patient=patient).exists():
            booked = self.day()
            Appointment.objects.create(
                patient=patient, organization=patient.organization, care_team=patient.care_team,
                booked_on=booked, due_on=booked + timedelta(days=self.chance.randint(1, 60)),
            )  # fmt: skip

    def keep(self) -> None:
        if found := Appointment.objects.booked().order_by("?").first():
            found.status = "fulfilled"
            found.fulfilled_on = found.due_on + timedelta(days=self.chance.randint(-5, 12))
            found.save()

    def postpone(self) -> None:
        if found := Appointment.objects.booked().order_by("?").first():
            found.due_on += timedelta(days=self.chance.randint(10, 80))
            found.save()

    def register(self) -> None:
        team = self.chance.choice(self.teams)
        Population.objects.update_or_create(
            organization=team.organization, care_team=team, year=self.chance.choice([2025, 2026]),
            defaults={"residents": self.chance.randint(50, 90)},
        )  # fmt: skip

    def arrive(self) -> None:
        self.people.append(self.world.patient(f"新{len(self.people)}", HTN, enrolled_on=self.day()))


@pytest.mark.parametrize("seed", range(6))
def test_the_refresh_comes_to_the_cells_of_the_full_rollup(world: World, seed: int) -> None:
    life = Life(world, seed)
    settled(lambda: rollup.refresh(on=life.today))
    for _ in range(12):
        for _ in range(life.chance.randint(1, 4)):
            life.step()
        life.today += timedelta(days=life.chance.choice([0, 0, 1, 3]))
        settled(lambda: rollup.refresh(on=life.today))
        assert cells() == fresh(life.today)


def test_running_again_changes_nothing(world: World) -> None:
    life = Life(world, 9)
    for _ in range(30):
        life.step()
    assert rollup.full(on=ON).changed > 0
    before = list(IndicatorValue.objects.order_by("pk").values())
    assert rollup.full(on=ON).changed == 0
    assert settled(lambda: rollup.refresh(on=ON)).changed == 0
    assert list(IndicatorValue.objects.order_by("pk").values()) == before


def test_a_refresh_without_news_recomputes_no_cell_and_one_visit_only_its_teams(world: World) -> None:
    patient = world.patient("甲", HTN)
    world.patient("乙", HTN, team=world.second_team)
    settled(lambda: rollup.refresh(on=ON))
    assert settled(lambda: rollup.refresh(on=ON)).cells == 0
    pressure(patient, ON, 130, 80)
    done = settled(lambda: rollup.refresh(on=ON))
    assert 0 < done.cells <= len(CODES), "one month of one team"
    assert done.changed > 0


def test_cells_that_no_longer_come_out_are_removed(world: World) -> None:
    patient = world.patient("甲", HTN)
    rollup.full(on=ON)
    assert IndicatorValue.objects.filter(indicator="htn-controlled").exists()
    Enrolment.objects.filter(patient=patient).delete()
    rollup.full(on=ON)
    assert not IndicatorValue.objects.filter(indicator="htn-controlled").exists()


def test_a_deleted_resident_leaves_every_month(world: World) -> None:
    patient = world.patient("甲", HTN)
    world.patient("乙", HTN)
    settled(lambda: rollup.refresh(on=ON))
    Patient.objects.filter(pk=patient.pk).delete()
    assert not settled(lambda: rollup.refresh(on=ON)).full
    assert set(
        IndicatorValue.objects.filter(indicator="htn-controlled").values_list("denominator", flat=True)
    ) == {1}


def test_the_full_rollup_costs_at_most_thirty_statements(
    world: World, django_assert_max_num_queries: Any
) -> None:
    world.patient("甲", HTN, DM)
    with django_assert_max_num_queries(30):
        rollup.full(on=ON)


def test_a_period_recomputes_its_months_and_leaves_the_cursor(world: World) -> None:
    world.patient("甲", HTN)
    call_command("rollup", "--period", "2025-03")
    assert set(IndicatorValue.objects.values_list("month", flat=True)) == {date(2025, 3, 1)}
    assert not RollupCursor.objects.exists()


@pytest.mark.parametrize(("period", "status"), [("25", 2), ("2025-13", 2), ("abc", 2), ("2999", 1)])
def test_a_period_that_is_none_is_refused(world: World, period: str, status: int) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("rollup", "--period", period)
    assert refused.value.returncode == status


def test_the_command_prints_cells_and_seconds(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.patient("甲", HTN)
    call_command("rollup", "--full")
    assert "cells recomputed" in capsys.readouterr().out


def test_two_workers_at_once_one_works_and_the_other_waits_its_turn(committed_world: World) -> None:
    committed_world.patient("甲", HTN)
    rollup.refresh(on=ON)
    pressure(Patient.objects.get(), ON, 130, 80)
    begun, release, errors = threading.Event(), threading.Event(), []

    def slow() -> None:
        try:
            with rollup._alone(wait=True):
                begun.set()
                release.wait(20)
        finally:
            connections.close_all()

    worker = threading.Thread(target=slow)
    worker.start()
    try:
        assert begun.wait(20)
        with pytest.raises(rollup.Busy):
            rollup.refresh(on=ON, wait=False)
        tasks.refresh()
        assert RollupCursor.objects.get().on == ON
    finally:
        release.set()
        worker.join(20)
    results = []

    def work() -> None:
        try:
            results.append(rollup.refresh(on=ON))
        except Exception as fault:  # noqa: BLE001 - reported below
            errors.append(fault)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for one in workers:
        one.start()
    for one in workers:
        one.join(60)
    assert not errors
    assert sorted(result.cells > 0 for result in results) == [False, True], "the second finds nothing left"
    assert IndicatorValue.objects.get(
        indicator="htn-controlled", month=date(2026, 11, 1)
    ).numerator == 1  # fmt: skip
