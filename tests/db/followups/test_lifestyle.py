"""Goals agreed with the patient, sessions with their progress, and the task for the next one."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from followups.models import GoalState, Intervention, LifestyleGoal, LifestyleGoalHistory
from followups.plans import lifestyle
from followups.plans.lifestyle import Agreement, LifestyleRefused, Session
from patients import enrolment
from patients.models import Patient, Task
from patients.programmes import Programme
from tests.guards.audit import audited_commits
from tests.world import World


@pytest.fixture
def patient(world: World) -> Patient:
    return world.patient("李佩兰", Programme.HYPERTENSION)


def today() -> date:
    return timezone.localdate()


def agreed(world: World, patient: Patient, **given: Any) -> LifestyleGoal:
    start = {
        "kind": "salt",
        "baseline": Decimal(10),
        "target": Decimal(5),
        "by_on": today() + timedelta(days=90),
    }
    return lifestyle.agree(patient, Agreement(**(start | given)), by=world.doctor, on=today())  # type: ignore[arg-type]


def logged(world: World, patient: Patient, **given: Any) -> Intervention:
    start = {"kind": "salt", "method": "phone", "what": "限盐勺用法", "minutes": 15}
    return lifestyle.log(
        patient, Session(**(start | given)), by=world.doctor, organization=world.centre, on=today(), at=timezone.now()
    )  # type: ignore[arg-type]  # fmt: skip


def test_a_goal_takes_the_place_of_the_running_one_of_its_kind(world: World, patient: Patient) -> None:
    first, other = agreed(world, patient), agreed(world, patient, kind="exercise", target=Decimal(150))
    with audited_commits():
        second = agreed(world, patient, target=Decimal(6))
    first.refresh_from_db()
    assert (first.state, first.ended_on) == ("replaced", today())
    assert set(LifestyleGoal.objects.active()) == {second, other}
    assert second.unit == "g a day"
    assert LifestyleGoalHistory.objects.filter(pgh_obj_id=first.pk, state="active").exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        LifestyleGoal.objects.filter(pk=first.pk).update(state="active", ended_on=None)


@pytest.mark.parametrize(
    ("change", "field"),
    [({"baseline": Decimal(-1)}, "baseline"), ({"target": Decimal(51)}, "target"), ({"by_on": date(2020, 1, 1)}, "by_on")],
)  # fmt: skip
def test_an_impossible_goal_is_refused(
    world: World, patient: Patient, change: dict[str, Any], field: str
) -> None:
    with pytest.raises(LifestyleRefused) as refused:
        agreed(world, patient, **change)
    assert refused.value.field == field


def test_a_session_asks_the_health_manager_for_the_next_one(world: World, patient: Patient) -> None:
    agreed(world, patient)
    soon, later = today() + timedelta(days=7), today() + timedelta(days=30)
    with audited_commits():
        logged(world, patient, progress=Decimal(8), next_on=later)
    logged(world, patient, kind="exercise", next_on=soon)
    task = Task.objects.open().get(kind="intervention")
    assert (task.role, timezone.localdate(task.due_at)) == ("health_manager", soon)
    logged(world, patient, kind="exercise")
    assert timezone.localdate(Task.objects.open().get(kind="intervention").due_at) == later


@pytest.mark.parametrize(
    ("change", "field"),
    [({"kind": "mood", "progress": Decimal(3)}, "progress"), ({"progress": Decimal(99)}, "progress"),
     ({"next_on": date(2020, 1, 1)}, "next_on")],
)  # fmt: skip
def test_an_impossible_session_is_refused(
    world: World, patient: Patient, change: dict[str, Any], field: str
) -> None:
    agreed(world, patient)
    with pytest.raises(LifestyleRefused) as refused:
        logged(world, patient, **change)
    assert refused.value.field == field


def test_a_session_entered_in_error_is_withdrawn_with_a_reason_and_stays_readable(
    world: World, patient: Patient
) -> None:
    agreed(world, patient)
    row = logged(world, patient, progress=Decimal(8), next_on=today() + timedelta(days=7))
    with pytest.raises(LifestyleRefused):
        lifestyle.withdraw(row, "", by=world.doctor, at=timezone.now())
    lifestyle.withdraw(row, "记错了居民", by=world.doctor, at=timezone.now())
    assert not Intervention.objects.standing().exists()
    assert Intervention.objects.get().withdrawn_why == "记错了居民"
    assert not Task.objects.open().filter(kind="intervention").exists()
    with pytest.raises(LifestyleRefused, match="already"):
        lifestyle.withdraw(row, "again", by=world.doctor, at=timezone.now())


def test_a_goal_ends_once(world: World, patient: Patient) -> None:
    goal = agreed(world, patient)
    with pytest.raises(LifestyleRefused):
        lifestyle.end(goal, GoalState.GIVEN_UP, "", by=world.doctor, on=today())
    lifestyle.end(goal, GoalState.REACHED, "", by=world.doctor, on=today())
    with pytest.raises(LifestyleRefused, match="already"):
        lifestyle.end(goal, GoalState.REACHED, "", by=world.doctor, on=today())


def test_a_death_ends_the_goals_and_the_task(world: World, patient: Patient) -> None:
    goal = agreed(world, patient)
    logged(world, patient, next_on=today() + timedelta(days=7))
    enrolment.died(patient, on=today(), by=world.doctor)
    goal.refresh_from_db()
    assert (goal.state, goal.ended_why) == ("ended", "died")
    assert not Task.objects.open().filter(patient=patient).exists()
    with pytest.raises(LifestyleRefused, match="died"):
        logged(world, patient)


@pytest.mark.parametrize(
    ("kind", "value", "target", "there"),
    [
        ("salt", 5, 5, True),
        ("salt", 6, 5, False),
        ("exercise", 150, 150, True),
        ("exercise", 149, 150, False),
    ],
)
def test_the_better_side_depends_on_the_kind(kind: str, value: int, target: int, there: bool) -> None:
    assert lifestyle.reached(kind, Decimal(value), Decimal(target)) is there
