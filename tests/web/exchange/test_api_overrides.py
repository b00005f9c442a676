"""A doctor's other decision over the interface: sent with the visit, read with the assessment."""

from typing import Any

import pytest

from followups.models import AssessmentOverride
from patients.models import Patient
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
