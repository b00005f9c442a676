"""A visit entered on the wrong person is moved: both end as if it had been entered on the right one at once."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone

from followups.calendar import appointments, losses
from followups.entry.override import Override, Wish
from followups.entry.visit import VisitInput, VisitRefused
from followups.models import (
    Appointment,
    Assessment,
    AssessmentOverride,
    AssessmentOverrideHistory,
    FollowUpLoss,
)
from followups.visits.amending import Outdated, amend
from followups.visits.foreseeing import foreseen
from followups.visits.moving import move
from followups.visits.stored import reading_of
from journal.models import AuditEvent, Communication
from patients import enrolment
from patients.models import Encounter, Patient, Task
from patients.programmes import Programme
from patients.responsibilities import assign
from tests.at_once import at_once
from tests.db.followups.planned import due, tried_in_vain
from tests.db.followups.recording import save
from tests.world import World

BOTH = (Programme.HYPERTENSION, Programme.DIABETES)
AT = datetime(2026, 9, 1, 2, tzinfo=UTC)


def corrected(world: World, visit: Encounter, to: Patient) -> Encounter:
    return move(visit, to, by=world.doctor, at=AT, version=visit.version, why="录入错人")


def state(patient: Patient) -> dict[str, Any]:
    """Everything that a person's visits have led to, without keys."""
    patient = Patient.objects.get(pk=patient.pk)
    days = dict(Encounter.objects.filter(patient=patient).values_list("pk", "on"))
    due = Appointment.objects.booked().filter(patient=patient).first()
    advice = Task.objects.open().filter(patient=patient, kind="referral_advised").first()
    waiting = Communication.objects.waiting().filter(patient_id=patient.pk, kind="reminder")
    return {
        "visits": sorted(days.values()),
        "classes": sorted(
            (row.on, row.programme, row.klass, row.action or "", row.rule)
            for row in Assessment.objects.filter(patient=patient)
        ),
        "due": due and (due.due_on, due.reason, due.booked_on),
        "advice": advice
        and (advice.programme, advice.urgency, next(on for pk, on in days.items() if str(pk) == advice.basis_id)),
        "reminders": {key.rpartition(":")[2] for key in waiting.values_list("key", flat=True)},
        "last": (patient.last_visit_on, patient.last_method, patient.last_systolic, patient.last_fasting_glucose),
    }  # fmt: skip


def test_a_moved_visit_leaves_the_wrong_person_as_before_and_leads_the_right_one_on(world: World) -> None:
    wrong, right = world.patient("李佩兰", *BOTH), world.patient("李鹏程", *BOTH)
    save(world, wrong, "2026-01-10", systolic=130, diastolic=80, fasting_glucose=6.0)
    save(world, right, "2026-01-10", systolic=150, diastolic=80, fasting_glucose=6.0)
    before = state(wrong)
    visit = save(
        world, wrong, "2026-02-10", systolic=156, diastolic=86, fasting_glucose=6.1, hba1c=7
    ).encounter
    moved = corrected(world, visit, right)
    assert state(wrong) == before
    assert (moved.pk, moved.patient, moved.version) == (visit.pk, right, visit.version + 1)
    assert Task.objects.open().get(patient=right).programme == "hypertension"
    assert moved.further_observations.get().patient == right
    lines = AuditEvent.objects.filter(action__startswith="visit.move").order_by("action")
    assert [(line.action, line.patient_id) for line in lines] == [
        ("visit.move-away", wrong.pk), ("visit.move-here", right.pk),
    ]  # fmt: skip
    earlier = apps.get_model("patients", "EncounterHistory").objects.get(pgh_obj_id=visit.pk)
    assert earlier.patient_id == wrong.pk
    assert earlier.pgh_context.metadata["why"] == "录入错人"


def test_both_persons_end_as_if_it_had_been_entered_right(world: World) -> None:
    """Random histories of two persons, each beside two twins for whom nothing was ever entered wrongly."""
    chance = random.Random(20260901)
    for _round in range(12):
        wrong, right, wrong_twin, right_twin = (world.patient(name, *BOTH) for name in "甲乙丙丁")
        plan = sorted(_visits(chance, "wrong") + _visits(chance, "right"), key=lambda each: each[1])
        index = chance.choice([at for at, each in enumerate(plan) if each[0] == "wrong"])
        misplaced: Encounter | None = None
        for at, (whose, day, given) in enumerate(plan):
            outcome = save(world, wrong if whose == "wrong" else right, day, **given)
            if at == index:
                misplaced = outcome.encounter
                save(world, right_twin, day, **given)
            else:
                save(world, wrong_twin if whose == "wrong" else right_twin, day, **given)
        assert misplaced is not None
        corrected(world, misplaced, right)
        assert state(wrong) == state(wrong_twin), (plan, index)
        assert state(right) == state(right_twin), (plan, index)


def _visits(chance: random.Random, whose: str) -> list[tuple[str, str, dict[str, Any]]]:
    day, found = date(2026, 1, 1 if whose == "wrong" else 2), []
    for _index in range(chance.randint(1, 4)):
        day += timedelta(
            days=2 * chance.randint(3, 50)
        )  # an odd day for one person, an even one for the other
        given: dict[str, Any] = {"systolic": chance.choice([128, 152, 156, 184]), "diastolic": 80}
        given["fasting_glucose"] = chance.choice([6.0, 8.1])
        if chance.random() < 0.2:
            given = {"method": "phone"}
        found.append((whose, day.isoformat(), given))
    return found


def test_what_would_change_for_both_is_said_before_and_nothing_is_written(world: World) -> None:
    wrong, right = world.patient("李佩兰", *BOTH), world.patient("李鹏程", *BOTH)
    visit = save(world, wrong, "2026-02-10", systolic=186, diastolic=86, fasting_glucose=6.1).encounter
    before = state(wrong), state(right)
    changes = foreseen(lambda: corrected(world, visit, right), wrong.pk, right.pk)
    assert (state(wrong), state(right)) == before
    assert all(len(each) >= 4 for each in changes)


@pytest.mark.parametrize("case", ["same", "unmanaged", "referred", "outdated"])
def test_a_move_that_cannot_be_is_refused_and_changes_nothing(world: World, case: str) -> None:
    wrong, right = world.patient("李佩兰", *BOTH), world.patient("李鹏程", *BOTH)
    visit = save(world, wrong, "2026-02-10", systolic=186, diastolic=86).encounter
    before = state(wrong), state(right)
    if case == "referred":
        Task.objects.filter(patient=wrong).update(status="completed", completed_at=AT)
        before = state(wrong), state(right)
    to = {"same": wrong, "unmanaged": world.patient("王五")}.get(case, right)
    version = 99 if case == "outdated" else visit.version
    with pytest.raises((VisitRefused, Outdated)):
        move(visit, to, by=world.doctor, at=AT, version=version, why="录入错人")
    assert (state(wrong), state(right)) == before


def day(ago: int) -> str:
    return (timezone.localdate() - timedelta(days=ago)).isoformat()


OWN = Override("家中自测稳定，诊室白大衣现象", {"hypertension": Wish("controlled", "routine")})


def test_a_doctors_own_decision_falls_with_the_move_and_stays_in_the_history(world: World) -> None:
    wrong, right = world.patient("李佩兰", *BOTH), world.patient("李鹏程", *BOTH)
    given = {"systolic": 156, "diastolic": 86, "fasting_glucose": 6.1}
    visit = save(world, wrong, day(0), **given, override=OWN).encounter
    assert Assessment.objects.get(patient=wrong, programme="hypertension").klass == "controlled"
    told, _theirs = foreseen(lambda: corrected(world, visit, right), wrong.pk, right.pk)
    assert f"高血压 控制满意 维持治疗，常规随访 · {OWN.reason}" in {change.before for change in told}
    assert AssessmentOverride.objects.filter(patient=wrong).exists()
    corrected(world, visit, right)
    assert not AssessmentOverride.objects.exists()
    history: Any = AssessmentOverrideHistory
    assert history.objects.get().patient_id == wrong.pk
    assert Assessment.objects.get(patient=right, programme="hypertension").klass == "uncontrolled"


@pytest.mark.parametrize(("earlier", "stands"), [(128, True), (156, False)])
def test_a_decision_at_a_later_visit_stands_while_the_protocol_says_the_same(
    world: World, earlier: int, stands: bool
) -> None:
    wrong, right = world.patient("李佩兰", *BOTH), world.patient("李鹏程", *BOTH)
    misplaced = save(world, wrong, day(20), systolic=earlier, diastolic=80, fasting_glucose=6.0).encounter
    given = {"systolic": 156, "diastolic": 86, "fasting_glucose": 6.1}
    later = save(world, wrong, day(0), **given, override=OWN).encounter
    corrected(world, misplaced, right)
    assert AssessmentOverride.objects.filter(encounter=later).exists() is stands
    klass = Assessment.objects.get(encounter=later, programme="hypertension").klass
    assert klass == ("controlled" if stands else "uncontrolled")


def test_whom_only_somebody_elses_visit_had_found_is_lost_again(world: World) -> None:
    lost_on = date(2026, 11, 23)
    late = due(world, "李佩兰", lost_on - timedelta(days=40))
    tried_in_vain(world, late.patient, until=lost_on)
    losses.confirm(
        late.patient_id, seen=3, by=world.doctor, on=lost_on, at=datetime(2026, 11, 23, 2, tzinfo=UTC)
    )
    written = datetime(2026, 11, 25, 2, tzinfo=UTC)
    visit = save(world, late.patient, "2026-11-25", systolic=130, diastolic=80, recorded_at=written).encounter
    assert not FollowUpLoss.objects.open().exists()
    corrected(world, visit, world.patient("李鹏程", *BOTH))
    assert FollowUpLoss.objects.open().get().patient == late.patient
    assert not Appointment.objects.booked().filter(patient=late.patient).exists()


def test_two_moves_crossing_each_other_both_arrive(committed_world: World) -> None:
    world = committed_world
    one, two = world.patient("李佩兰", *BOTH), world.patient("李鹏程", *BOTH)
    first = save(world, one, "2026-02-10", systolic=150, diastolic=86).encounter
    second = save(world, two, "2026-02-12", systolic=130, diastolic=80).encounter
    answers = at_once(lambda: corrected(world, first, two), lambda: corrected(world, second, one))
    assert [answer.patient_id for answer in answers] == [two.pk, one.pk]
    for patient in (one, two):
        assert Appointment.objects.booked().filter(patient=patient).count() == 1
        assert Encounter.objects.filter(patient=patient).count() == 1


def test_of_a_move_and_a_correction_at_once_one_is_told(committed_world: World) -> None:
    world = committed_world
    one, two = world.patient("李佩兰", *BOTH), world.patient("李鹏程", *BOTH)
    visit = save(world, one, "2026-02-10", systolic=150, diastolic=86).encounter
    reading = VisitInput({"systolic": 140, "diastolic": 86})
    answers = at_once(
        lambda: corrected(world, visit, two),
        lambda: amend(
            visit, reading, on=visit.on, method="clinic", by=world.colleague, recorded_at=AT, version=1
        ),
    )
    assert sum(isinstance(answer, Outdated) for answer in answers) == 1
    assert not any(isinstance(answer, Exception) and not isinstance(answer, Outdated) for answer in answers)


def test_a_stored_visit_comes_back_as_what_was_typed(world: World) -> None:
    patient = world.patient("李佩兰", *BOTH)
    typed = VisitInput(
        {"systolic": 148, "diastolic": 88, "hba1c": 7}, symptoms=("thirst",), mood="good", cigarettes_per_day=5,
        findings={"pressures": [[152, 88], [144, 87]], "arm": "left"}, note="复诊",
    )  # fmt: skip
    given = {
        name: getattr(typed, name) for name in ("symptoms", "mood", "cigarettes_per_day", "findings", "note")
    }
    visit = save(world, patient, "2026-02-10", **typed.observations, **given).encounter
    assert reading_of(Encounter.objects.get(pk=visit.pk)) == typed


def fulfilled_by_mistake(world: World) -> tuple[Patient, Patient, Encounter]:
    """A resident whose due follow-up was fulfilled by somebody else's visit."""
    wrong, right = world.patient("李佩兰", *BOTH), world.patient("李鹏程", *BOTH)
    save(world, wrong, day(80), systolic=130, diastolic=80, fasting_glucose=6.0)
    visit = save(world, wrong, day(20), systolic=128, diastolic=78, fasting_glucose=6.0).encounter
    assert visit is not None
    return wrong, right, visit


def test_nothing_is_due_again_for_somebody_who_died_since(world: World) -> None:
    wrong, right, visit = fulfilled_by_mistake(world)
    enrolment.died(wrong, on=timezone.localdate() - timedelta(days=5), by=world.doctor)
    corrected(world, visit, right)
    assert not Appointment.objects.booked().filter(patient=wrong).exists()
    assert not Appointment.objects.filter(patient=wrong, fulfilled_by=visit).exists()


def test_an_advice_is_not_opened_again_for_the_dead(world: World) -> None:
    wrong, right = world.patient("李佩兰", *BOTH), world.patient("李鹏程", *BOTH)
    save(world, wrong, day(60), systolic=190, diastolic=100, fasting_glucose=6.0)
    visit = save(world, wrong, day(20), systolic=128, diastolic=78, fasting_glucose=6.0).encounter
    enrolment.died(
        Patient.objects.get(pk=wrong.pk), on=timezone.localdate() - timedelta(days=5), by=world.doctor
    )
    corrected(world, visit, right)
    assert not Task.objects.open().filter(patient=wrong, kind="referral_advised").exists()


def test_what_is_due_again_is_the_teams_of_today(world: World) -> None:
    wrong, right, visit = fulfilled_by_mistake(world)
    assign(
        wrong,
        organization=world.centre,
        care_team=world.second_team,
        on=timezone.localdate(),
        by=world.doctor,
    )
    corrected(world, visit, right)
    due = Appointment.objects.booked().get(patient=wrong)
    assert due.care_team_id == world.second_team.pk


def test_another_visit_of_the_right_person_on_that_day_changes_nothing_for_the_wrong_one(
    world: World,
) -> None:
    wrong, right, visit = fulfilled_by_mistake(world)
    before = Appointment.objects.get(patient=wrong, fulfilled_by=visit).due_on
    save(world, right, day(20), systolic=130, diastolic=80, fasting_glucose=6.0)
    corrected(world, visit, right)
    due = Appointment.objects.booked().get(patient=wrong)
    assert due.due_on == before
    assert not Appointment.objects.filter(patient=wrong, fulfilled_by=visit).exists()


def test_what_the_hospital_asked_for_meanwhile_stands_unless_the_undone_was_earlier(world: World) -> None:
    wrong, right, visit = fulfilled_by_mistake(world)
    was_due = Appointment.objects.get(patient=wrong, fulfilled_by=visit).due_on
    soon = timezone.localdate() + timedelta(days=2)
    appointments.book(wrong, due_on=soon, reason="returned", by=world.doctor)
    corrected(world, visit, right)
    due = Appointment.objects.booked().get(patient=wrong)
    assert due.due_on == min(soon, was_due)
    assert not Appointment.objects.filter(patient=wrong, fulfilled_by=visit).exists()


@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize("moved", [0, 1])
@pytest.mark.parametrize("pressures", [[(130, 80), (152, 86)], [(152, 86), (130, 80)]], ids=["up", "down"])
def test_of_two_visits_of_one_day_the_one_that_stays_did_what_was_due(
    world: World, moved: int, pressures: list[tuple[int, int]], *, later: bool
) -> None:
    wrong, other = world.patient("李佩兰", *BOTH), world.patient("李鹏程", *BOTH)
    alone = world.patient("李佩玲", *BOTH)
    made = [
        save(world, wrong, "2026-02-10", systolic=upper, diastolic=lower, fasting_glucose=6.0).encounter
        for upper, lower in pressures
    ]
    upper, lower = pressures[1 - moved]
    save(world, alone, "2026-02-10", systolic=upper, diastolic=lower, fasting_glucose=6.0)
    for patient in (wrong, alone) if later else ():
        save(world, patient, "2026-03-10", systolic=128, diastolic=78, fasting_glucose=6.0)
    corrected(world, Encounter.objects.get(pk=made[moved].pk), other)
    assert state(wrong) == state(alone)
    done = Appointment.objects.filter(patient=wrong, fulfilled_on=date(2026, 2, 10)).get()
    assert done.fulfilled_by == made[1 - moved]


def test_who_was_found_by_a_visit_of_her_own_stays_found_when_another_ones_of_that_day_moves(
    world: World,
) -> None:
    lost_on, at = date(2026, 11, 23), datetime(2026, 11, 23, 2, tzinfo=UTC)
    late = due(world, "李佩兰", lost_on - timedelta(days=40))
    tried_in_vain(world, late.patient, until=lost_on)
    losses.confirm(late.patient_id, seen=3, by=world.doctor, on=lost_on, at=at)
    written = datetime(2026, 11, 25, 2, tzinfo=UTC)
    about = {"recorded_at": written, "diastolic": 80}
    save(world, late.patient, "2026-11-25", systolic=130, **about)
    mistaken = save(world, late.patient, "2026-11-25", systolic=152, **about).encounter
    corrected(world, mistaken, world.patient("李鹏程", *BOTH))
    assert not FollowUpLoss.objects.open().exists()
    assert Appointment.objects.booked().get(patient=late.patient).booked_on == date(2026, 11, 25)
