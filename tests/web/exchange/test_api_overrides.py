"""A doctor's other decision over the interface: sent with the visit, read with the visit and its assessments."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from followups import visits
from followups.entry.override import Override, Wish
from followups.entry.visit import VisitInput
from followups.models import Appointment, AssessmentOverride
from patients.models import Encounter, Patient
from patients.programmes import Programme
from tests.api_client import Caller, record
from tests.world import World

HIGH = {"systolic": 152, "diastolic": 88}
DECIDED = {
    "reason": "动态血压日间均值达标",
    "programmes": {"hypertension": {"class": "controlled", "action": "routine"}},
    "next_due_on": None,
}


@pytest.fixture
def patient(world: World) -> Patient:
    return world.patient("李佩兰", Programme.HYPERTENSION)


@pytest.fixture
def caller(world: World) -> Caller:
    return Caller(world.api_client)


def test_it_is_kept_and_read_beside_the_protocols_word(patient: Patient, caller: Caller) -> None:
    sent = record(patient.pk, observations=HIGH, override=DECIDED)
    assert caller.push(sent)[0]["status"] == "created"
    assert caller.push(sent)[0]["status"] == "identical"
    (row,) = caller.get("assessments/").json()["results"]
    assert (row["class"], row["action"]) == ("controlled", "routine")
    assert (row["override"]["protocol_class"], row["override"]["protocol_action"]) == (
        "uncontrolled",
        "adjust",
    )
    assert row["override"]["reason"] == DECIDED["reason"]


def test_without_one_the_key_is_left_out(patient: Patient, caller: Caller) -> None:
    caller.push(record(patient.pk, observations=HIGH))
    (row,) = caller.get("assessments/").json()["results"]
    assert "override" not in row


def test_a_correction_may_bring_one(patient: Patient, caller: Caller) -> None:
    sent = record(patient.pk, observations=HIGH)
    (first,) = caller.push(sent)
    sent["base_version"] = first["version"]
    sent["data"]["override"] = DECIDED
    assert caller.push(sent)[0]["status"] == "updated"
    assert AssessmentOverride.objects.get().klass == "controlled"


@pytest.mark.parametrize(
    ("override", "field"),
    [
        ("controlled", "data.override"),
        ({"reason": "动态血压日间均值达标", "why": 1}, "data.override"),
        ({"reason": "动态血压日间均值达标", "programmes": ["hypertension"]}, "data.override"),
        ({**DECIDED, "reason": "可以"}, "data.override.reason"),
        ({**DECIDED, "programmes": {"copd": {"class": "controlled"}}}, "data.override.programmes.copd"),
        ({**DECIDED, "next_due_on": "2020-01-01"}, "data.override.next_due_on"),
    ],
)
def test_what_cannot_be_is_named(patient: Patient, caller: Caller, override: Any, field: str) -> None:
    (result,) = caller.push(record(patient.pk, observations=HIGH, override=override))
    assert result["status"] == "rejected"
    assert [error["field"] for error in result["errors"]] == [field]


# ---- a date alone


def test_a_date_alone_is_a_decision_and_is_read_with_the_visit(patient: Patient, caller: Caller) -> None:
    due = timezone.localdate() + timedelta(days=40)
    sent = record(patient.pk, override={"reason": DECIDED["reason"], "next_due_on": due.isoformat()})
    assert caller.push(sent)[0]["status"] == "created"
    assert caller.push(sent)[0]["status"] == "identical"
    assert Appointment.objects.booked().get(patient=patient).due_on == due

    kept = caller.get(f"encounters/{sent['id']}/").json()["override"]
    assert (kept["reason"], kept["programmes"], kept["next_due_on"], kept["by"]) == (
        DECIDED["reason"], {}, due.isoformat(), "区域平台",
    )  # fmt: skip
    assert date.fromisoformat(kept["protocol_due_on"]) > due
    (row,) = caller.get("assessments/").json()["results"]
    assert "override" not in row, "the class and the action are the protocol's"


@pytest.mark.parametrize(
    ("due_on", "code"), [("0", "out_of_range"), ("-1", "out_of_range"), ("400", "out_of_range")]
)
def test_the_date_lies_after_the_visit_as_on_the_page(
    patient: Patient, caller: Caller, due_on: str, code: str
) -> None:
    day = (timezone.localdate() + timedelta(days=int(due_on))).isoformat()
    (result,) = caller.push(record(patient.pk, override={"reason": DECIDED["reason"], "next_due_on": day}))
    (error,) = result["errors"]
    assert (error["field"], error["code"]) == ("data.override.next_due_on", code)
    assert not Encounter.objects.exists()


def test_another_system_pulls_the_decision_with_its_visit(committed_world: World) -> None:
    caller = Caller(committed_world.api_client)
    sent = record(committed_world.patient("李佩兰", Programme.HYPERTENSION).pk, observations=HIGH)
    (first,) = caller.push(sent)
    cursor = caller.get("sync/changes").json()["cursor"]
    due = (timezone.localdate() + timedelta(days=20)).isoformat()
    sent["data"]["override"] = {"reason": DECIDED["reason"], "next_due_on": due}
    caller.push({**sent, "base_version": first["version"]})
    changes = caller.get("sync/changes", cursor=cursor).json()["changes"]
    (one,) = [change for change in changes if change["kind"] == "encounter"]
    assert (one["version"], one["data"]["override"]["next_due_on"]) == (2, due)


# ---- corrections


def pulled(caller: Caller, sent: dict[str, Any], **data: Any) -> dict[str, Any]:
    """The visit as a client reads it, to be sent back with other data."""
    row = caller.get(f"encounters/{sent['id']}/").json()
    return {"kind": "encounter", "id": row["id"], "base_version": row["version"], "data": row | data}


@pytest.fixture
def decided(patient: Patient, caller: Caller) -> dict[str, Any]:
    sent = record(patient.pk, observations=HIGH, override=DECIDED)
    caller.push(sent)
    return sent


def test_what_was_pulled_with_a_decision_can_be_sent_back(caller: Caller, decided: dict[str, Any]) -> None:
    assert caller.push(pulled(caller, decided))[0]["status"] == "identical"
    without = pulled(caller, decided)
    del without["data"]["override"]
    assert caller.push(without)[0]["status"] == "identical"
    assert AssessmentOverride.objects.get().klass == "controlled"


def test_sent_back_as_it_was_it_stays_where_the_ground_stays_and_falls_with_it(
    caller: Caller, decided: dict[str, Any]
) -> None:
    at = AssessmentOverride.objects.get().at
    (result,) = caller.push(pulled(caller, decided, observations={**HIGH, "systolic": 150}))
    assert (result["status"], result["version"]) == ("updated", 2)
    assert AssessmentOverride.objects.get().at == at
    (result,) = caller.push(pulled(caller, decided, observations={"systolic": 185, "diastolic": 88}))
    assert result["status"] == "updated"
    assert not AssessmentOverride.objects.exists()


def test_null_takes_a_decision_back(caller: Caller, decided: dict[str, Any]) -> None:
    (result,) = caller.push(pulled(caller, decided, override=None))
    assert (result["status"], result["version"]) == ("updated", 2)
    assert not AssessmentOverride.objects.exists()
    (row,) = caller.get("assessments/").json()["results"]
    assert row["class"] == "uncontrolled"
    assert caller.push(pulled(caller, decided, override=None))[0]["status"] == "identical"


def test_another_decision_alone_is_another_version_of_the_visit(
    caller: Caller, decided: dict[str, Any]
) -> None:
    other = {**DECIDED, "reason": "家庭自测血压连续达标"}
    stale = pulled(caller, decided, override={**DECIDED, "reason": "专科会诊后认为达标"})
    assert caller.push(pulled(caller, decided, override=other))[0]["version"] == 2
    (late,) = caller.push(stale)
    assert (late["status"], late["server"]["override"]["reason"]) == ("conflict", other["reason"])


@pytest.mark.parametrize("more", ["date", "programme"])
def test_a_decision_that_says_more_under_the_same_reason_is_another_one(
    world: World, caller: Caller, more: str
) -> None:
    patient = world.patient("王秀英", Programme.HYPERTENSION, Programme.DIABETES)
    sent = record(patient.pk, observations={**HIGH, "fasting_glucose": 8.1}, override=DECIDED)
    caller.push(sent)
    day = (timezone.localdate() + timedelta(days=20)).isoformat()
    both = {**DECIDED["programmes"], "diabetes": {"class": "controlled"}}
    other = {**DECIDED, "next_due_on": day} if more == "date" else {**DECIDED, "programmes": both}
    (result,) = caller.push(pulled(caller, sent, override=other))
    assert (result["status"], result["version"]) == ("updated", 2)
    assert AssessmentOverride.objects.count() == 2


def test_no_system_takes_back_the_emergency_that_a_doctor_here_saw(
    world: World, patient: Patient, caller: Caller
) -> None:
    wish = Override("面色苍白、大汗，考虑急症", {"hypertension": Wish(action="emergency")}, None)
    reading = VisitInput(HIGH, override=wish)
    on, at = timezone.localdate(), timezone.now()
    made = visits.record(
        patient, reading, on=on, method="clinic", by=world.doctor, source="form", recorded_at=at
    ).encounter
    assert made is not None
    for override in (None, DECIDED):
        row = caller.get(f"encounters/{made.pk}/").json()
        envelope = {"kind": "encounter", "id": str(made.pk), "base_version": row["version"]}
        (result,) = caller.push({**envelope, "data": row | {"override": override}})
        assert (result["status"], result["errors"][0]["code"]) == ("rejected", "emergency")
    assert AssessmentOverride.objects.get().action == "emergency"


def test_somebody_who_is_no_doctor_neither_decides_nor_takes_back(
    world: World, caller: Caller, decided: dict[str, Any]
) -> None:
    nurse = Caller(world.nurse)
    for override in (None, {**DECIDED, "reason": "家庭自测血压连续达标"}):
        (result,) = nurse.push(pulled(caller, decided, override=override))
        assert (result["status"], [e["field"] for e in result["errors"]]) == ("rejected", ["data.override"])
    assert AssessmentOverride.objects.get().reason == DECIDED["reason"]
