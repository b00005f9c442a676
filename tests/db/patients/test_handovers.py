"""Residents change the team: offered, answered, withdrawn; what is open follows, what happened meanwhile is settled."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from django.test.utils import CaptureQueriesContext
from psycopg2.extras import DateRange

from accounts.models import User
from alliances.models import CareTeam
from followups.models import Appointment
from journal.models import AuditEvent, Communication
from patients import enrolment, handovers, responsibilities
from patients.models import Handover, HandoverReason, HandoverStatus, Patient, Responsibility, Task
from patients.programmes import Programme
from tests.at_once import at_once
from tests.guards.audit import audited_commits
from tests.world import SINCE, World, at

NOW = at("2026-11-20T09:00:00")
ON = NOW.date()
HTN = Programme.HYPERTENSION


def offer(world: World, *patients: Patient, to: CareTeam | None = None, **letter: Any) -> list[Handover]:
    words = {"reason": HandoverReason.CASE_MANAGEMENT, "text": "", "by": world.doctor, "at": NOW, **letter}
    return handovers.propose([p.pk for p in patients], to_team=to or world.second_team, **words).done


def keys(rows: list[Handover]) -> list[Any]:
    return [row.pk for row in rows]


def accept(world: World, rows: list[Handover], *, by: User | None = None, **when: Any) -> handovers.Outcome:
    return handovers.accept(keys(rows), by=by or world.colleague, **{"on": ON, "at": NOW, **when})


def notices(kind: str) -> list[tuple[str, str, int]]:
    rows = Communication.objects.filter(kind=kind)
    return sorted((row.recipient_kind, row.recipient_id, row.content["params"]["n"]) for row in rows)


# ---- proposing


def test_an_offer_changes_nothing_until_it_is_accepted(world: World) -> None:
    patient = world.patient("李佩兰", HTN)
    (row,) = offer(world, patient, reason=HandoverReason.MOVED_HOUSE, text="搬到新市街")
    patient.refresh_from_db()
    assert patient.care_team == world.team
    assert (row.status, row.from_team, row.to_team, row.text) == (
        "proposed", world.team, world.second_team, "搬到新市街",
    )  # fmt: skip
    assert notices("handover_proposed") == [("team", str(world.second_team.pk), 1)]


def test_who_cannot_be_offered_is_left_out_and_named(world: World) -> None:
    fine, waiting, there, elsewhere, dead = (
        world.patient("甲", HTN),
        world.patient("乙", HTN),
        world.patient("丙", team=world.second_team),
        world.patient("丁", organization=world.other_centre),
        world.patient("戊", HTN),
    )
    offer(world, waiting)
    enrolment.died(dead, on=ON, by=world.doctor)
    everybody = [fine, waiting, there, elsewhere, dead]
    outcome = handovers.propose(
        [p.pk for p in everybody], to_team=world.second_team, reason=HandoverReason.WORKLOAD, text="",
        by=world.doctor, at=NOW,
    )  # fmt: skip
    assert [row.patient for row in outcome.done] == [fine]
    assert {one.patient.name for one in outcome.left_out} == {"乙", "丙", "丁", "戊"}
    assert "乙" in handovers.in_words(outcome.left_out)


def test_an_offer_of_nobody_is_refused_in_words(world: World) -> None:
    patient = world.patient("李佩兰", HTN)
    offer(world, patient)
    with pytest.raises(handovers.Refused, match="李佩兰"):
        offer(world, patient)
    with pytest.raises(handovers.Refused):
        offer(world, world.patient("甲", team=world.second_team))


def test_many_who_are_left_out_for_one_reason_are_counted(world: World) -> None:
    people = [world.patient(f"居民{n}", team=world.second_team) for n in range(5)]
    with pytest.raises(handovers.Refused) as refused:
        offer(world, *people)
    assert str(refused.value).count("居民") == handovers.NAMED
    assert "2" in str(refused.value)


def test_a_closed_team_is_offered_nobody(world: World) -> None:
    patient = world.patient("李佩兰", HTN)
    CareTeam.objects.filter(pk=world.second_team.pk).update(closed_on=ON)
    with pytest.raises(handovers.NotOpen, match="第二片区团队"):
        offer(world, patient)


def test_a_critical_resident_is_announced_as_such_and_stands_first(world: World) -> None:
    later = offer(world, world.patient("乙", HTN), at=NOW - timedelta(days=3))
    urgent = offer(world, world.patient("甲", HTN), reason=HandoverReason.CRITICAL)
    assert list(Handover.objects.open().critical_first()) == [*urgent, *later]
    texts = [row.content["text"] for row in Communication.objects.filter(kind="handover_proposed")]
    assert sum(text.startswith("Critical") for text in texts) == 1


# ---- accepting


def test_an_accepted_resident_is_the_teams_from_that_day_with_everything_that_is_open(world: World) -> None:
    patient = world.patient("李佩兰", HTN)
    Task.objects.create(
        patient=patient, kind="confirm_return", organization=world.centre, care_team=world.team
    )
    rows = offer(world, patient)
    outcome = accept(world, rows)

    patient.refresh_from_db()
    assert patient.care_team == world.second_team
    spells = patient.responsibilities.order_by("period__startswith").values_list("care_team", "period")
    assert list(spells) == [
        (world.team.pk, DateRange(SINCE, ON)),
        (world.second_team.pk, DateRange(ON, None)),
    ]
    assert Appointment.objects.booked().get(patient=patient).care_team == world.second_team
    assert Task.objects.open().get(patient=patient).care_team == world.second_team
    row = Handover.objects.get()
    assert (row.status, row.answered_by, row.answered_at) == ("accepted", world.colleague, NOW)
    assert outcome.left_out == []
    assert notices("handover_accepted") == [("team", str(world.team.pk), 1)]


def test_some_of_those_offered_can_be_accepted_and_others_declined(world: World) -> None:
    first, second = offer(world, world.patient("甲", HTN), world.patient("乙", HTN))
    accept(world, [first])
    handovers.decline([second.pk], why="服务半径之外", by=world.colleague, at=NOW)
    assert dict(Handover.objects.values_list("patient__name", "status")) == {
        "甲": "accepted",
        "乙": "declined",
    }
    assert Patient.objects.get(name="乙").care_team == world.team
    assert Handover.objects.get(status="declined").answer == "服务半径之外"
    assert notices("handover_declined") == [("team", str(world.team.pk), 1)]


def test_a_resident_without_a_team_can_be_handed_to_one_and_the_proposer_is_told(world: World) -> None:
    patient = world.patient("李佩兰", HTN)
    responsibilities.assign(
        patient, organization=world.centre, care_team=None, on=ON - timedelta(days=9), by=None
    )
    rows = offer(world, patient, by=world.centre_admin)
    accept(world, rows)
    assert Patient.objects.get().care_team == world.second_team
    assert notices("handover_accepted") == [("user", str(world.centre_admin.pk), 1)]


def test_who_came_to_the_team_today_can_be_accepted_tomorrow(world: World) -> None:
    patient = world.patient("李佩兰", HTN)
    third = CareTeam.objects.create(organization=world.centre, code="t3", name="第三片区团队")
    responsibilities.assign(patient, organization=world.centre, care_team=third, on=ON, by=world.doctor)
    rows = offer(world, patient)
    with pytest.raises(handovers.Refused, match=r"李佩兰.*2026-11-20"):
        accept(world, rows)
    accept(world, rows, on=ON + timedelta(days=1))
    assert Patient.objects.get().care_team == world.second_team


def test_assigning_on_the_day_the_responsibility_began_says_so(world: World) -> None:
    patient = world.patient("李佩兰")
    responsibilities.assign(patient, organization=world.centre, care_team=world.second_team, on=ON, by=None)
    with pytest.raises(responsibilities.TooEarly, match=r"第二片区团队.*2026-11-20.*李佩兰"):
        responsibilities.assign(patient, organization=world.centre, care_team=world.team, on=ON, by=None)


# ---- withdrawing, and what the product withdraws


def test_the_proposer_takes_an_offer_back_and_may_offer_again(world: World) -> None:
    patient = world.patient("李佩兰", HTN)
    rows = offer(world, patient)
    handovers.withdraw(keys(rows), by=world.doctor, at=NOW)
    with pytest.raises(handovers.Refused):
        accept(world, rows)
    assert Patient.objects.get().care_team == world.team
    assert notices("handover_withdrawn") == [("team", str(world.second_team.pk), 1)]
    assert offer(world, patient)


def test_a_death_withdraws_the_offer_by_the_product(world: World) -> None:
    patient = world.patient("李佩兰", HTN)
    rows = offer(world, patient)
    enrolment.died(patient, on=ON, by=world.doctor)
    row = Handover.objects.get()
    assert (row.status, row.answered_by, row.answer) == ("withdrawn", None, "the resident has died")
    assert AuditEvent.objects.filter(action="handover.settle", patient_id=patient.pk).count() == 1
    with pytest.raises(handovers.Refused):
        accept(world, rows)


def test_a_move_to_another_centre_withdraws_the_offer_by_the_product(world: World) -> None:
    patient = world.patient("李佩兰", HTN)
    offer(world, patient)
    responsibilities.assign(
        patient, organization=world.other_centre, care_team=world.other_team, on=ON, by=world.outsider
    )
    assert Handover.objects.get().status == HandoverStatus.WITHDRAWN
    assert not Handover.objects.open().exists()


def test_a_task_of_the_centre_before_stays_when_the_resident_leaves_the_centre(world: World) -> None:
    patient = world.patient("李佩兰", HTN)
    Task.objects.create(
        patient=patient, kind="confirm_return", organization=world.centre, care_team=world.team
    )
    responsibilities.assign(
        patient, organization=world.other_centre, care_team=world.other_team, on=ON, by=world.outsider
    )
    assert Task.objects.open().get().care_team == world.team


# ---- many at once


def statements(run: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connections["default"]) as captured:
        run()
    return len(captured)


def test_two_hundred_residents_take_as_many_statements_as_two(world: World) -> None:
    few = [world.patient(f"少{n}", HTN) for n in range(2)]
    many = [world.patient(f"多{n}", HTN) for n in range(200)]
    counted = {}
    for people in (few, many):
        rows: list[Handover] = []
        proposing = statements(lambda: rows.extend(offer(world, *people)))  # noqa: B023
        accepting = statements(lambda: accept(world, rows))  # noqa: B023
        counted[len(people)] = (proposing, accepting)
    assert counted[2] == counted[200]
    assert counted[200] <= (12, 32), counted
    assert Patient.objects.filter(care_team=world.second_team).count() == 202
    assert AuditEvent.objects.filter(action="handover.accept").count() == 202
    assert notices("handover_accepted")[-1][2] == 200


def test_every_action_is_audited_for_every_resident(committed_world: World) -> None:
    world = committed_world
    people = [world.patient(name, HTN) for name in ("甲", "乙", "丙")]
    with audited_commits():
        rows = offer(world, *people)
        accept(world, rows[:1])
        handovers.decline(keys(rows[1:2]), why="不便", by=world.colleague, at=NOW)
        handovers.withdraw(keys(rows[2:]), by=world.doctor, at=NOW)
    for action, times in {"propose": 3, "accept": 1, "decline": 1, "withdraw": 1}.items():
        lines = AuditEvent.objects.filter(action=f"handover.{action}")
        assert lines.count() == times
        assert all(line.patient_id and line.organization_id == world.centre.pk for line in lines)


# ---- what the database promises, and two people at once


def test_the_database_holds_one_open_offer_a_resident_and_a_reason_for_a_refusal(world: World) -> None:
    patient = world.patient("李佩兰", HTN)
    (row,) = offer(world, patient)
    fields = {
        "patient": patient,
        "organization": world.centre,
        "proposed_by": world.doctor,
        "reason": "other",
    }
    wrong: list[Callable[[], Any]] = [
        lambda: Handover.objects.create(**fields, from_team=world.team, to_team=world.second_team),
        lambda: Handover.objects.filter(pk=row.pk).update(status="declined", answered_at=NOW),
        lambda: Handover.objects.filter(pk=row.pk).update(status="accepted"),
        lambda: Handover.objects.filter(pk=row.pk).update(to_team=world.team),
    ]
    for attempt in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()


def outcomes(results: list[Any]) -> tuple[int, int]:
    won = sum(isinstance(r, handovers.Outcome) for r in results)
    return won, sum(isinstance(r, handovers.Refused) for r in results)


def test_one_accepts_while_another_declines_and_one_is_told(committed_world: World) -> None:
    world = committed_world
    for _round in range(4):
        rows = offer(world, world.patient("李佩兰", HTN))
        results = at_once(
            lambda: accept(world, rows),  # noqa: B023
            lambda: handovers.decline(keys(rows), why="不便", by=world.doctor, at=NOW),  # noqa: B023
        )
        assert outcomes(results) == (1, 1), results
        row = Handover.objects.get(pk=rows[0].pk)
        taken = row.patient.care_team_id == world.second_team.pk
        assert taken == (row.status == HandoverStatus.ACCEPTED)


def test_two_accept_the_same_residents_in_another_order_and_each_moves_once(committed_world: World) -> None:
    world = committed_world
    rows = offer(world, *(world.patient(f"居民{n}", HTN) for n in range(6)))
    results = at_once(lambda: accept(world, rows), lambda: accept(world, rows[::-1], by=world.doctor))
    assert outcomes(results) == (1, 1), results
    assert Responsibility.objects.filter(care_team=world.second_team).count() == 6


def test_two_offer_the_same_resident_and_one_is_told(committed_world: World) -> None:
    world = committed_world
    patient = world.patient("李佩兰", HTN)
    results = at_once(lambda: offer(world, patient), lambda: offer(world, patient, by=world.colleague))
    assert sum(isinstance(r, handovers.Refused) for r in results) == 1, results
    assert Handover.objects.count() == 1


def test_a_death_and_an_acceptance_at_once_do_not_block_each_other(committed_world: World) -> None:
    world = committed_world
    for _round in range(4):
        patient = world.patient("李佩兰", HTN)
        rows = offer(world, patient)
        died, accepted = at_once(
            lambda: enrolment.died(patient, on=ON, by=world.doctor),  # noqa: B023
            lambda: accept(world, rows),  # noqa: B023
        )
        assert isinstance(died, Patient), died
        assert isinstance(accepted, handovers.Outcome | handovers.Refused), accepted
        assert not Handover.objects.open().filter(patient=patient).exists()
        assert not Appointment.objects.booked().filter(patient=patient).exists()
