"""Pulling changes: each object once as it stands, within the organization, with a cursor that loses nothing."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import ClientScope
from exchange.models import SyncClient
from journal import feed
from journal.models import AuditEvent, Change, Epoch
from patients import responsibilities
from patients.models import Patient
from patients.programmes import Programme
from tests.api_client import Caller, record, system
from tests.world import World

# A cursor moves past ended transactions only: these tests commit.


def pull(caller: Caller, cursor: str = "", limit: int = 500) -> dict[str, Any]:
    answer = caller.get("sync/changes", cursor=cursor, limit=limit)
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = answer.json()
    return body


def settle() -> None:
    """Wait until what was committed lies below the horizon: a transaction of any database of the server can hold it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        (mine,) = cursor.fetchone()
    give_up = time.monotonic() + 60
    while feed.horizon() <= mine:
        assert time.monotonic() < give_up, "a transaction of another test never ends"
        time.sleep(0.05)


def everything(
    caller: Caller, cursor: str = "", limit: int = 500, *, settled: bool = True
) -> tuple[list[dict[str, Any]], str]:
    if settled:
        settle()
    found: list[dict[str, Any]] = []
    while True:
        body = pull(caller, cursor, limit)
        found += body["changes"]
        cursor = body["cursor"]
        if not body["has_more"]:
            return found, cursor


def test_the_first_pull_brings_the_organizations_rows_and_the_next_one_only_what_is_new(
    committed_world: World,
) -> None:
    patient = committed_world.patient("李佩兰", Programme.HYPERTENSION)
    committed_world.patient("丙", Programme.HYPERTENSION, organization=committed_world.other_centre)
    caller = Caller(committed_world.api_client)

    changes, cursor = everything(caller)
    assert {"organization", "care-team", "patient", "contract", "condition", "enrolment"} <= {
        c["kind"] for c in changes
    }
    assert [c["data"]["name"] for c in changes if c["kind"] == "patient"] == ["李佩兰"]
    assert all(c["op"] == "upsert" and c["data"]["version"] == c["version"] for c in changes)
    assert pull(caller, cursor) == {"changes": [], "cursor": cursor, "has_more": False}

    sent = record(patient.pk)
    caller.push(sent)
    changes, _cursor = everything(caller, cursor)
    visit = next(c for c in changes if c["kind"] == "encounter")
    assert (visit["id"], visit["op"], visit["version"]) == (sent["id"], "upsert", 1)
    assert visit["data"] == caller.get(f"encounters/{sent['id']}/").json()
    assert "assessment" in {c["kind"] for c in changes}
    assert SyncClient.objects.get().cursor == _cursor


def test_an_object_that_changed_often_comes_once_as_it_stands(committed_world: World) -> None:
    patient = committed_world.patient("甲")
    for name in ("乙", "丙", "丁"):
        Patient.objects.filter(pk=patient.pk).update(name=name)

    changes, _cursor = everything(Caller(committed_world.api_client))
    lines = [c for c in changes if c["kind"] == "patient"]
    assert [(line["data"]["name"], line["version"]) for line in lines] == [("丁", 4)]


def test_small_pages_bring_everything_that_a_large_one_does(committed_world: World) -> None:
    for number in range(5):
        committed_world.patient(f"居民{number}", Programme.HYPERTENSION)
    caller = Caller(committed_world.api_client)

    whole, end = everything(caller)
    parts, cursor = everything(caller, limit=3)
    assert cursor == end
    assert {(c["kind"], c["id"]): c["data"] for c in parts} == {
        (c["kind"], c["id"]): c["data"] for c in whole
    }


def test_a_resident_who_leaves_is_evicted_and_arrives_at_the_other_centre(committed_world: World) -> None:
    world = committed_world
    patient = world.patient("甲")
    here, there = Caller(world.api_client), Caller(system(world.other_centre))
    _changes, cursor = everything(here)
    _changes, other_cursor = everything(there)

    responsibilities.assign(
        patient,
        organization=world.other_centre,
        care_team=world.other_team,
        on=timezone.localdate(),
        by=world.doctor,
    )

    left = [c for c in everything(here, cursor)[0] if c["kind"] == "patient"]
    assert [(c["op"], c["id"], c["data"]) for c in left] == [("evict", str(patient.pk), None)]
    came = [c for c in everything(there, other_cursor)[0] if c["kind"] == "patient"]
    assert [(c["op"], c["data"]["name"]) for c in came] == [("upsert", "甲")]
    again = [c for c in everything(here)[0] if c["kind"] == "contract"]
    assert {c["op"] for c in again} == {"evict"}


def test_a_deleted_row_is_told_as_deleted(committed_world: World) -> None:
    patient = committed_world.patient("甲", Programme.HYPERTENSION)
    caller = Caller(committed_world.api_client)
    _changes, cursor = everything(caller)
    condition = patient.conditions.get()
    condition.delete()

    changes, _cursor = everything(caller, cursor)
    assert [(c["kind"], c["op"], c["data"]) for c in changes] == [("condition", "delete", None)]


def test_a_change_that_commits_late_is_not_lost(committed_world: World) -> None:
    caller = Caller(committed_world.api_client)
    first, second = committed_world.patient("甲"), committed_world.patient("乙")
    _changes, cursor = everything(caller)
    slow = connections.create_connection("default")
    try:
        with slow.cursor() as statements:
            statements.execute("BEGIN")
            statements.execute("UPDATE patients_patient SET community = 'late' WHERE id = %s", [first.pk])
            # A quicker writer begins later and commits first.
            with transaction.atomic():
                Patient.objects.filter(pk=second.pk).update(community="quick")

            early, cursor = everything(caller, cursor, settled=False)
            assert early == []  # held back, not skipped: the slow one may still come before

            statements.execute("COMMIT")
    finally:
        slow.close()

    late, _cursor = everything(caller, cursor)
    assert {c["data"]["name"] for c in late} == {"甲", "乙"}


def test_an_outsider_pulls_nothing_of_ours(committed_world: World) -> None:
    world = committed_world
    patient = world.patient("甲", Programme.HYPERTENSION)
    changes, _cursor = everything(Caller(system(world.other_centre)))
    assert str(patient.pk) not in str(changes)
    assert not [c for c in changes if c["kind"] == "patient"]
    assert Caller(world.specialist).get("sync/changes").status_code == 404
    assert Caller(system(world.centre, ClientScope.WRITE, name="w")).get("sync/changes").status_code == 404


def test_identities_travel_masked_or_audited(committed_world: World) -> None:
    world = committed_world
    world.patient("甲", number="500113195803020027")
    assert "500113195803020027" not in str(everything(Caller(world.api_client)))
    assert "13812345678" not in str(everything(Caller(world.api_client)))

    trusted = Caller(system(world.centre, ClientScope.READ, ClientScope.IDENTITY))
    assert "500113195803020027" in str(everything(trusted))
    assert AuditEvent.objects.filter(action="identity.read", agent_type="client").count() == 1


@pytest.mark.parametrize(
    "cursor", ["x", "1.2", "1.2.3.4", "-1.0.0", "1.-2.0", "1.2.9223372036854775808", "1.2.１x"]
)
def test_a_malformed_cursor_is_a_problem(world: World, cursor: str) -> None:
    answer = Caller(world.api_client).get("sync/changes", cursor=cursor)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == ["cursor"]


@pytest.mark.parametrize("limit", ["0", "-1", "many", ""])
def test_a_malformed_limit_is_a_problem(world: World, limit: str) -> None:
    assert Caller(world.api_client).get("sync/changes", limit=limit).status_code == 400


def test_after_a_restore_an_old_cursor_is_gone_and_an_empty_one_begins_anew(committed_world: World) -> None:
    committed_world.patient("甲")
    caller = Caller(committed_world.api_client)
    _changes, cursor = everything(caller)
    Epoch.objects.create(number=2)

    answer = caller.get("sync/changes", cursor=cursor)
    assert answer.status_code == 410
    assert answer.json()["type"] == "urn:yilian:cursor-gone"

    Patient.objects.update(community="后")
    changes, newer = everything(caller)
    assert [c["data"]["community"] for c in changes if c["kind"] == "patient"] == ["后"]
    assert newer.startswith("2.")
    assert pull(caller, newer)["changes"] == []


def test_a_page_takes_one_statement_for_each_kind(committed_world: World) -> None:
    for number in range(6):
        patient = committed_world.patient(f"居民{number}", Programme.HYPERTENSION)
        Caller(committed_world.api_client).push(record(patient.pk))
    caller = Caller(committed_world.api_client)
    settle()
    with CaptureQueriesContext(connection) as statements:
        body = pull(caller, limit=1000)
    kinds = {c["kind"] for c in body["changes"]}
    assert {
        "patient",
        "encounter",
        "assessment",
        "appointment",
        "care-plan",
        "enrolment",
        "condition",
        "contract",
    } <= kinds
    assert sum(q["sql"] not in ("BEGIN", "COMMIT") for q in statements.captured_queries) <= 2 + 3 + len(kinds)
    size = sum(len(str(c).encode()) for c in body["changes"]) / len(body["changes"])
    assert size <= 750


def test_every_kind_of_change_has_a_row(committed_world: World) -> None:
    patient = committed_world.patient("甲", Programme.HYPERTENSION)
    on = (timezone.localdate() - timedelta(days=20)).isoformat()
    caller = Caller(committed_world.api_client)
    caller.push(record(patient.pk, on=on, observations={"systolic": 165, "diastolic": 99, "ldl": 2.9}))
    caller.push(record(patient.pk, observations={"systolic": 165, "diastolic": 99}))
    changes, _cursor = everything(caller)
    assert all(c["data"] for c in changes)
    assert {"observation", "task", "appointment", "assessment"} <= {c["kind"] for c in changes}
    assert Change.objects.filter(kind="task").exists()
