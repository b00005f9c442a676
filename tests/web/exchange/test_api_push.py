"""Pushing visits: each record its own outcome, exactly once, through the same use-case as the form."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import ClientScope
from exchange.models import IdempotencyKey, SyncClient
from followups.models import Appointment, Assessment
from journal.keys import new_key
from journal.models import AuditEvent
from patients.models import Encounter, Observation, Patient
from patients.programmes import Programme
from tests.api_client import Caller, moment, record, system
from tests.world import World

FRAME = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
HIGH = {"systolic": 165, "diastolic": 98, "fasting_glucose": 6.4}


@pytest.fixture
def patient(world: World) -> Patient:
    return world.patient("李佩兰", Programme.HYPERTENSION, Programme.DIABETES)


@pytest.fixture
def caller(world: World) -> Caller:
    return Caller(world.api_client)


def test_a_new_visit_is_recorded_judged_and_leads_to_the_next_one(
    world: World, patient: Patient, caller: Caller
) -> None:
    sent = record(patient.pk)
    (result,) = caller.push(sent)

    assert result == {"id": sent["id"], "status": "created", "version": 1, "errors": [], "server": None}
    visit = Encounter.objects.get(pk=sent["id"])
    assert (visit.source, visit.practitioner, visit.practitioner_name) == ("api", None, "区域平台")
    assert visit.recorded_at == moment(sent["data"]["recorded_at"])
    assert {one.klass for one in Assessment.objects.filter(encounter=visit)} == {"controlled"}
    assert Appointment.objects.booked().filter(patient=patient).count() == 1
    line = AuditEvent.objects.get(action="visit.record")
    assert (line.agent_type, line.patient_id) == ("client", patient.pk)
    assert SyncClient.objects.get().pushed_at is not None


def test_a_doctor_with_a_token_is_the_author(world: World, patient: Patient) -> None:
    sent = record(patient.pk)
    Caller(world.doctor).push(sent)
    assert Encounter.objects.get(pk=sent["id"]).practitioner == world.doctor


def test_the_same_again_is_identical_and_writes_nothing(patient: Patient, caller: Caller) -> None:
    sent = record(
        patient.pk, observations={"systolic": 138, "diastolic": 84, "fasting_glucose": 6.4, "hba1c": 6.9}
    )
    caller.push(sent)
    before = (Encounter.objects.count(), Observation.objects.count(), AuditEvent.objects.count())

    (result,) = caller.push(sent)

    assert (result["status"], result["version"], result["server"]) == ("identical", 1, None)
    assert (Encounter.objects.count(), Observation.objects.count(), AuditEvent.objects.count()) == before


def test_other_content_on_no_version_is_a_conflict_that_shows_what_stands(
    patient: Patient, caller: Caller
) -> None:
    sent = record(patient.pk)
    caller.push(sent)
    (result,) = caller.push(record(patient.pk, id=sent["id"], observations=HIGH))

    assert (result["status"], result["version"]) == ("conflict", 1)
    assert result["server"]["observations"] == sent["data"]["observations"]
    assert [error["field"] for error in result["errors"]] == ["base_version"]
    assert Encounter.objects.get().systolic == 138


def test_an_amendment_on_the_version_that_stands_is_updated_and_keeps_the_earlier_one(
    world: World, patient: Patient, caller: Caller
) -> None:
    sent = record(
        patient.pk, observations={"systolic": 138, "diastolic": 84, "fasting_glucose": 6.4, "hba1c": 6.9}
    )
    caller.push(sent)
    routine = Appointment.objects.booked().get(patient=patient).due_on

    better = HIGH | {"ldl": 2.9}
    (result,) = caller.push(
        record(patient.pk, id=sent["id"], base_version=1, observations=better, note="复测")
    )

    assert (result["status"], result["version"], result["errors"]) == ("updated", 2, [])
    visit = Encounter.objects.get(pk=sent["id"])
    assert (visit.systolic, visit.note, visit.source, visit.version) == (165, "复测", "api", 2)
    assert {one.code: float(one.value) for one in visit.further_observations.all()} == {"ldl": 2.9}
    assert Assessment.objects.get(encounter=visit, programme="hypertension").klass == "uncontrolled"
    assert Assessment.objects.get(encounter=visit, programme="diabetes").klass == "controlled"
    assert Appointment.objects.booked().get(patient=patient).due_on == visit.on + timedelta(days=14) < routine
    assert Patient.objects.get(pk=patient.pk).last_systolic == 165
    earlier = apps.get_model("patients", "EncounterHistory").objects.get(pgh_obj_id=visit.pk)
    assert (earlier.systolic, earlier.version) == (138, 1)
    why = earlier.pgh_context.metadata
    assert (why["action"], why["agent_type"], why["agent"]) == ("visit.amend", "client", "区域平台 (his)")
    line = AuditEvent.objects.get(action="visit.amend")
    assert line.detail == {"from_version": 1, "changed": ["observations", "note"]}


def test_the_follow_up_moves_back_when_a_correction_is_better_than_the_first_reading(
    patient: Patient, caller: Caller
) -> None:
    sent = record(patient.pk, observations=HIGH)
    caller.push(sent)
    near = Appointment.objects.booked().get(patient=patient).due_on

    caller.push(record(patient.pk, id=sent["id"], base_version=1))

    assert Appointment.objects.booked().get(patient=patient).due_on > near


def test_an_old_version_is_a_conflict_and_changes_nothing(patient: Patient, caller: Caller) -> None:
    sent = record(patient.pk)
    caller.push(sent)
    caller.push(record(patient.pk, id=sent["id"], base_version=1, observations=HIGH))

    (result,) = caller.push(
        record(patient.pk, id=sent["id"], base_version=1, observations={"systolic": 120, "diastolic": 70})
    )

    assert (result["status"], result["version"]) == ("conflict", 2)
    assert result["server"]["version"] == 2
    assert Encounter.objects.get().systolic == 165


def test_of_two_amendments_in_one_request_the_second_is_told(patient: Patient, caller: Caller) -> None:
    sent = record(patient.pk)
    caller.push(sent)
    results = caller.push(
        record(patient.pk, id=sent["id"], base_version=1, observations=HIGH),
        record(patient.pk, id=sent["id"], base_version=1, observations={"systolic": 120, "diastolic": 70}),
    )
    assert [result["status"] for result in results] == ["updated", "conflict"]


def test_a_correction_cannot_move_the_day(patient: Patient, caller: Caller) -> None:
    sent = record(patient.pk)
    caller.push(sent)
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    (result,) = caller.push(record(patient.pk, id=sent["id"], base_version=1, on=yesterday))
    assert (result["status"], result["errors"][0]["field"]) == ("rejected", "data.on")


def test_what_was_pulled_can_be_sent_back(patient: Patient, caller: Caller) -> None:
    sent = record(patient.pk, observations={"systolic": 138, "diastolic": 84, "hba1c": 6.9}, note="x")
    caller.push(sent)
    row = caller.get(f"encounters/{sent['id']}/").json()

    (result,) = caller.push(
        {"kind": "encounter", "id": row["id"], "base_version": row["version"], "data": row}
    )
    assert result["status"] == "identical"


def test_one_rejected_record_keeps_no_other_out(world: World, patient: Patient, caller: Caller) -> None:
    stranger = world.patient("丙", Programme.HYPERTENSION, organization=world.other_centre)
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    good = record(patient.pk)
    results = caller.push(
        record(patient.pk, observations={"systolic": 84, "diastolic": 138}),
        record(patient.pk, on=tomorrow),
        record(patient.pk, recorded_at=(timezone.now() + timedelta(days=1)).isoformat(), on=tomorrow),
        record(stranger.pk),
        record(new_key()),
        good,
        {"kind": "patient", "id": str(new_key()), "base_version": None, "data": {}},
        {"kind": "encounter", "id": "no-uuid", "base_version": None, "data": {}},
        "nonsense",
        record(patient.pk, observations={"fasting_glucose": 115}),
        record(patient.pk, observations={"sistolic": 120}, symptoms=["boredom"], blood_type="A"),
        record(patient.pk, base_version=1),
    )  # fmt: skip

    assert [(r["status"], [e["field"] for e in r["errors"]]) for r in results] == [
        ("rejected", ["data.observations.diastolic"]),
        ("rejected", ["data.on"]),
        ("rejected", ["data.recorded_at", "data.on"]),
        ("rejected", ["data.patient"]),
        ("rejected", ["data.patient"]),
        ("created", []),
        ("rejected", ["kind"]),
        ("rejected", ["id"]),
        ("rejected", [""]),
        ("rejected", ["data.observations.fasting_glucose"]),
        ("rejected", ["data.blood_type"]),
        ("conflict", ["id"]),
    ]
    assert results[3]["errors"] == results[4]["errors"]
    assert list(Encounter.objects.values_list("pk", flat=True)) == [Encounter.objects.get(pk=good["id"]).pk]


def test_a_record_of_another_organization_is_neither_shown_nor_touched(
    world: World, patient: Patient
) -> None:
    theirs = world.patient("丙", Programme.HYPERTENSION, organization=world.other_centre)
    sent = record(theirs.pk)
    Caller(system(world.other_centre)).push(sent)

    for version in (None, 1):
        (result,) = Caller(world.api_client).push(record(patient.pk, id=sent["id"], base_version=version))
        assert (result["status"], result["version"], result["server"]) == ("conflict", None, None)
    assert Encounter.objects.get().patient == theirs


@pytest.mark.parametrize(("part", "value"), [
    ("patient", 7), ("patient", "x"), ("patient", None), ("on", "20261120"), ("on", "2026-02-30"), ("on", "0001-01-01"),
    ("on", 5), ("method", "telepathy"), ("method", None), ("recorded_at", "2026-11-20T09:12:00"), ("recorded_at", "soon"),
    ("recorded_at", "0001-01-01T00:00:00+14:00"), ("observations", []), ("observations", {"systolic": "138"}),
    ("observations", {"systolic": True}), ("observations", {"systolic": 10**40}), ("symptoms", "thirst"),
    ("symptoms", [1]), ("danger_signs", ["fever"]), ("medication_adherence", 1), ("note", "a\x00b"), ("note", "x" * 5000),
    ("pregnant", "yes"), ("cigarettes_per_day", 1.5), ("cigarettes_per_day", 10**30), ("alcohol_per_day", "much"),
    ("medications", ["aspirin"]), ("medications", [{"brand": "x"}]), ("practitioner_name", "y" * 61),
])  # fmt: skip
def test_every_kind_of_nonsense_is_named_by_its_path(
    patient: Patient, caller: Caller, part: str, value: Any
) -> None:
    (result,) = caller.push(record(patient.pk, **{part: value}))

    assert result["status"] == "rejected"
    assert result["errors"][0]["field"].startswith(f"data.{part}")
    assert result["errors"][0]["message"]
    assert not Encounter.objects.exists()


@pytest.mark.parametrize("body", [{}, [], {"records": {}}, {"records": [{}] * 1001}, None, "x"])
def test_a_body_that_is_no_push_is_400(patient: Patient, caller: Caller, body: Any) -> None:
    answer = caller.post("sync/push", body)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_broken_json_is_400(caller: Caller) -> None:
    answer = caller.client.post(
        "/api/v1/sync/push",
        "{",
        content_type="application/json",
        headers={"Authorization": f"Bearer {caller.token}"},
    )
    assert answer.status_code == 400
    assert answer.json()["title"] == "Bad Request"


def test_without_the_scope_to_write_there_is_nothing_to_push_to(world: World, patient: Patient) -> None:
    reader = Caller(system(world.centre, ClientScope.READ))
    assert reader.post("sync/push", {"records": [record(patient.pk)]}).status_code == 404
    assert Caller(world.specialist).post("sync/push", {"records": [record(patient.pk)]}).status_code == 404
    assert not Encounter.objects.exists()


def test_the_same_key_and_body_get_the_first_answer(patient: Patient, caller: Caller) -> None:
    body = {"records": [record(patient.pk)]}
    first = caller.post("sync/push", body, **{"Idempotency-Key": "k1"})
    again = caller.post("sync/push", body, **{"Idempotency-Key": "k1"})

    assert first.json() == again.json()
    assert first.json()["results"][0]["status"] == "created"
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"


def test_the_same_key_with_another_body_is_422(patient: Patient, caller: Caller) -> None:
    caller.push(record(patient.pk), key="k1")
    answer = caller.post("sync/push", {"records": [record(patient.pk)]}, **{"Idempotency-Key": "k1"})

    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:yilian:idempotency-key-reused"
    assert Encounter.objects.count() == 1


def test_a_key_belongs_to_its_caller_and_is_forgotten_after_a_week(
    world: World, patient: Patient, caller: Caller
) -> None:
    caller.push(record(patient.pk), key="k1")
    Caller(system(world.centre)).push(record(patient.pk), key="k1")
    assert Encounter.objects.count() == 2

    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(days=8))
    (result,) = caller.push(record(patient.pk), key="k1")
    assert result["status"] == "created"


def test_an_overlong_key_is_400(patient: Patient, caller: Caller) -> None:
    answer = caller.post("sync/push", {"records": []}, **{"Idempotency-Key": "k" * 101})
    assert answer.status_code == 400


def test_a_batch_takes_the_same_statements_whatever_its_size(world: World, caller: Caller) -> None:
    people = [world.patient(f"居民{n}", Programme.HYPERTENSION) for n in range(12)]
    counts = []
    for batch in (people[:2], people):
        records = [record(person.pk) for person in batch]
        with CaptureQueriesContext(connection) as statements:
            results = caller.push(*records, key=f"k{len(batch)}")
        assert {result["status"] for result in results} == {"created"}
        counts.append(sum(not q["sql"].startswith(FRAME) for q in statements.captured_queries))
    assert counts[0] == counts[1] <= 25


def test_one_key_for_two_residents_in_one_request_is_not_the_same_visit(
    world: World, patient: Patient, caller: Caller
) -> None:
    other = world.patient("王二", Programme.HYPERTENSION, Programme.DIABETES)
    sent = record(patient.pk)
    first, second = caller.push(sent, record(other.pk, id=sent["id"]))
    assert (first["status"], second["status"], second["server"]) == ("created", "conflict", None)
    assert not Encounter.objects.filter(patient=other).exists()


@pytest.mark.parametrize("impossible", [{"no_such_reading": 1}, {"systolic": 1e40, "diastolic": 80}])
def test_impossible_readings_under_a_known_key_are_told_and_break_nothing(
    patient: Patient, caller: Caller, impossible: dict[str, float]
) -> None:
    sent = record(patient.pk)
    caller.push(sent)
    again, amended, fresh = caller.push(
        record(patient.pk, id=sent["id"], observations=impossible),
        record(patient.pk, id=sent["id"], base_version=1, observations=impossible),
        record(patient.pk, observations=impossible),
    )
    assert [again["status"], amended["status"], fresh["status"]] == ["conflict", "rejected", "rejected"]


def test_pressures_that_are_equal_once_rounded_are_rejected(patient: Patient, caller: Caller) -> None:
    (result,) = caller.push(record(patient.pk, observations={"systolic": 120.4, "diastolic": 120.3}))
    assert result["status"] == "rejected"


def test_more_decimals_than_are_kept_are_the_same_visit_when_sent_again(
    patient: Patient, caller: Caller
) -> None:
    sent = record(patient.pk, alcohol_per_day=1.25)
    assert [caller.push(sent)[0]["status"], caller.push(sent)[0]["status"]] == ["created", "identical"]


@pytest.mark.parametrize("bad", ["a\x00b", "\ud800"])
def test_what_no_database_can_keep_is_told_wherever_it_stands_and_keeps_nothing_else_out(
    patient: Patient, caller: Caller, bad: str
) -> None:
    faulty = [
        record(patient.pk, note=bad),
        record(patient.pk, **{bad: 1}),
        record(patient.pk, observations={bad: 1}),
        {**record(patient.pk), "id": bad},
    ]
    results = caller.push(*faulty, record(patient.pk), key="k")
    assert [result["status"] for result in results] == ["rejected"] * 4 + ["created"]


def test_an_amendment_never_puts_off_the_day_that_another_visit_asked_for(
    patient: Patient, caller: Caller
) -> None:
    caller.push(record(patient.pk, observations=HIGH))
    mild = record(patient.pk)
    caller.push(mild)
    before = Appointment.objects.booked().get(patient=patient).due_on
    (result,) = caller.push({**mild, "base_version": 1, "data": {**mild["data"], "note": "重测"}})
    assert result["status"] == "updated"
    assert Appointment.objects.booked().get(patient=patient).due_on == before
