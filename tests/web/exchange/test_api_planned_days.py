"""The planned day of a due follow-up over the interface: read beside the due day, said as on the calendar page."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alliances.workdays import is_working_day
from followups.models import Appointment, TeamCapacity
from journal.keys import new_key
from journal.models import AuditEvent
from patients.models import Patient
from patients.programmes import Programme
from tests.api_client import Caller, record, system
from tests.world import World


@pytest.fixture
def patient(world: World) -> Patient:
    return world.patient("李佩兰", Programme.HYPERTENSION)


@pytest.fixture
def due(patient: Patient) -> Appointment:
    return Appointment.objects.booked().get(patient=patient)


@pytest.fixture
def caller(world: World) -> Caller:
    return Caller(world.api_client)


def workday(ahead: int = 0) -> date:
    """The working day that follows so many days ahead."""
    day = timezone.localdate() + timedelta(days=ahead + 1)
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def planned(due: Appointment, on: Any, **given: Any) -> dict[str, Any]:
    day = on.isoformat() if isinstance(on, date) else on
    return {
        "kind": "appointment",
        "id": str(due.pk),
        "base_version": due.version,
        "data": {"planned_on": day},
    } | given


def test_it_is_read_beside_the_due_day_and_found_by_it(due: Appointment, caller: Caller) -> None:
    on = workday()
    caller.push(planned(due, on))
    row = caller.get(f"appointments/{due.pk}/").json()
    assert (row["due_on"], row["planned_on"]) == (due.due_on.isoformat(), on.isoformat())
    found = caller.get("appointments/", planned_on_after=on.isoformat(), planned_on_before=on.isoformat())
    assert [each["id"] for each in found.json()["results"]] == [str(due.pk)]
    later = (on + timedelta(days=1)).isoformat()
    assert caller.get("appointments/", planned_on_after=later).json()["results"] == []


def test_it_is_said_over_the_version_that_stands_and_leaves_the_due_day(
    due: Appointment, caller: Caller
) -> None:
    on = workday(3)
    (result,) = caller.push(planned(due, on))
    assert (result["status"], result["version"], result["errors"]) == ("updated", due.version + 1, [])
    row = Appointment.objects.get(pk=due.pk)
    assert (row.planned_on, row.due_on) == (on, due.due_on)
    line = AuditEvent.objects.get(action="appointment.move")
    assert (line.agent_type, line.patient_id, line.detail["to"]) == ("client", row.patient_id, on.isoformat())

    (late,) = caller.push(planned(due, workday(5)))
    assert (late["status"], late["server"]["planned_on"]) == ("conflict", on.isoformat())
    assert late["errors"][0]["field"] == "base_version"


def test_another_system_pulls_the_day(committed_world: World) -> None:
    patient, on = committed_world.patient("李佩兰", Programme.HYPERTENSION), workday()
    caller = Caller(committed_world.api_client)
    caller.push(planned(Appointment.objects.booked().get(patient=patient), on))
    changes = caller.get("sync/changes").json()["changes"]
    (one,) = [change for change in changes if change["kind"] == "appointment"]
    assert one["data"]["planned_on"] == on.isoformat()


def test_what_was_pulled_can_be_sent_back(due: Appointment, caller: Caller) -> None:
    caller.push(planned(due, workday()))
    row = caller.get(f"appointments/{due.pk}/").json()
    (result,) = caller.push(
        {"kind": "appointment", "id": row["id"], "base_version": row["version"], "data": row}
    )
    assert (result["status"], result["version"]) == ("identical", row["version"])


def test_a_push_repeated_after_a_lost_answer_is_identical(due: Appointment, caller: Caller) -> None:
    sent = planned(due, workday())
    (first,) = caller.push(sent)
    (again,) = caller.push(sent)
    assert (first["status"], again["status"], again["version"]) == ("updated", "identical", first["version"])


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"data": {"planned_on": "2020-01-01"}}, "data.planned_on"),
        ({"data": {"planned_on": "2099-01-01"}}, "data.planned_on"),
        ({"data": {"planned_on": "soon"}}, "data.planned_on"),
        ({"data": {"planned_on": None}}, "data.planned_on"),
        ({"data": {}}, "data.planned_on"),
        ({"data": {"planned_on": "2020-01-01", "place": 1}}, "data.place"),
        ({"base_version": None}, "base_version"),
        ({"id": str(new_key())}, "id"),
    ],
)
def test_what_cannot_be_is_named(due: Appointment, caller: Caller, given: dict[str, Any], field: str) -> None:
    (result,) = caller.push(planned(due, workday(), **given))
    assert (result["status"], [error["field"] for error in result["errors"]]) == ("rejected", [field])
    assert Appointment.objects.get(pk=due.pk).version == due.version


def test_a_day_on_which_nobody_of_the_team_works_is_refused_as_on_the_page(
    world: World, due: Appointment, caller: Caller
) -> None:
    on = workday()
    places = [0 if day == on.weekday() else 5 for day in range(7)]
    TeamCapacity.objects.create(care_team=world.team, places=places)
    answer = caller.post("sync/push", {"records": [planned(due, on)]}, **{"Accept-Language": "zh-hans"})
    (error,) = answer.json()["results"][0]["errors"]
    assert (error["field"], error["code"], error["message"]) == (
        "data.planned_on", "day_off", "团队当日不安排随访，请另选日期。",
    )  # fmt: skip


def test_a_follow_up_that_is_not_due_any_more_has_no_day(due: Appointment, caller: Caller) -> None:
    caller.push(record(due.patient_id))
    row = Appointment.objects.get(pk=due.pk)
    assert row.status == "fulfilled"
    (result,) = caller.push(planned(row, workday()))
    assert [error["code"] for error in result["errors"]] == ["not_due"]


def test_who_does_not_manage_the_teams_calendar_does_not_know_the_follow_up(
    world: World, due: Appointment
) -> None:
    for holder in (world.nurse, world.doctor, system(world.other_centre)):
        (result,) = Caller(holder).push(planned(due, workday()))
        assert (result["status"], [error["field"] for error in result["errors"]]) == ("rejected", ["id"])
    assert Appointment.objects.get(pk=due.pk).version == due.version


def test_days_and_visits_travel_together_within_the_budget(
    world: World, due: Appointment, caller: Caller
) -> None:
    other = world.patient("王二", Programme.HYPERTENSION)
    with CaptureQueriesContext(connection) as statements:
        results = caller.push(record(other.pk), planned(due, workday()), "nonsense")
    assert [result["status"] for result in results] == ["created", "updated", "rejected"]
    frame = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    assert sum(not query["sql"].startswith(frame) for query in statements.captured_queries) <= 40
