"""Step 9 of the story over a real socket: a system with its own credentials pulls, pushes twice, and meets a conflict."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from pytest_django.live_server_helper import LiveServer

from alliances.models import ClientPost
from exchange.models import IdempotencyKey
from journal import feed
from patients.models import Encounter
from patients.programmes import Programme
from tests.api_client import Answer, http, record, system
from tests.world import World

pytestmark = pytest.mark.usefixtures("empty_cache")


def sign_in(live_server: LiveServer, client_id: str, secret: str) -> str:
    answer = http(
        "POST", f"{live_server.url}/api/v1/auth/token/", {"client_id": client_id, "client_secret": secret}
    )
    assert answer.status == 200, answer.body
    token: str = answer.body["access_token"]
    return token


def until(true: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 60
    while not true():
        assert time.monotonic() < give_up
        time.sleep(0.05)


def settle() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        (mine,) = cursor.fetchone()
    until(lambda: feed.horizon() > mine)


def test_pull_push_twice_and_a_conflict(live_server: LiveServer, committed_world: World) -> None:
    # Given a resident of the centre and a system with credentials of its own
    world = committed_world
    patient = world.patient("李佩兰", Programme.HYPERTENSION, Programme.DIABETES)
    base = f"{live_server.url}/api/v1"
    token = sign_in(live_server, "his", world.client_secret)

    # When it pulls for the first time
    settle()
    first = http("GET", f"{base}/sync/changes?cursor=&limit=1000", token=token)
    assert [c["data"]["name"] for c in first.body["changes"] if c["kind"] == "patient"] == ["李佩兰"]
    assert first.body["has_more"] is False

    # And pushes a visit with its own id, and the same again
    sent = record(patient.pk)
    created = http("POST", f"{base}/sync/push", {"records": [sent]}, token=token)
    again = http("POST", f"{base}/sync/push", {"records": [sent]}, token=token)
    assert [created.body["results"][0]["status"], again.body["results"][0]["status"]] == [
        "created",
        "identical",
    ]

    # Then the visit and what it led to come with the next pull
    settle()
    second = http("GET", f"{base}/sync/changes?cursor={first.body['cursor']}", token=token)
    assert {"encounter", "assessment", "appointment", "patient"} <= {
        c["kind"] for c in second.body["changes"]
    }

    # And an amendment goes on the version that stands, another on the old one does not
    better = record(
        patient.pk, id=sent["id"], base_version=1, observations={"systolic": 128, "diastolic": 78}
    )
    late = record(patient.pk, id=sent["id"], base_version=1, observations={"systolic": 118, "diastolic": 70})
    assert (
        http("POST", f"{base}/sync/push", {"records": [better]}, token=token).body["results"][0]["status"]
        == "updated"
    )
    conflict = http("POST", f"{base}/sync/push", {"records": [late]}, token=token).body["results"][0]
    assert (conflict["status"], conflict["version"]) == ("conflict", 2)
    assert conflict["server"]["observations"] == {"systolic": 128, "diastolic": 78}
    assert Encounter.objects.get().systolic == 128


def test_an_outsider_meets_nothing_at_every_step(live_server: LiveServer, committed_world: World) -> None:
    world = committed_world
    patient = world.patient("李佩兰", Programme.HYPERTENSION)
    base = f"{live_server.url}/api/v1"
    mine = sign_in(live_server, "his", world.client_secret)
    sent = record(patient.pk)
    http("POST", f"{base}/sync/push", {"records": [sent]}, token=mine)

    client = system(world.other_centre)
    secret = client.set_secret()
    client.save()
    theirs = sign_in(live_server, client.client_id, secret)
    settle()
    pulled = http("GET", f"{base}/sync/changes", token=theirs)
    assert str(patient.pk) not in str(pulled.body)
    for path in (
        f"patients/{patient.pk}/",
        f"encounters/{sent['id']}/",
        f"observations/{sent['id']}.systolic/",
    ):
        assert http("GET", f"{base}/{path}", token=theirs).status == 404
        assert http("GET", f"{base}/{path}", token=mine).status == 200
    (result,) = http("POST", f"{base}/sync/push", {"records": [record(patient.pk)]}, token=theirs).body[
        "results"
    ]
    assert (result["status"], result["errors"][0]["code"]) == ("rejected", "unknown")
    ClientPost.objects.filter(client=client).delete()
    assert http("GET", f"{base}/patients/", token=theirs).status == 401


def waiting() -> int:
    """Connections that wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])


def race(
    live_server: LiveServer, token: str, patient_id: object, bodies: list[object], **headers: str
) -> list[Answer]:
    """Requests that are all under way before the first of them can go on: they wait for the resident's row."""
    holder = connections.create_connection("default")
    try:
        with holder.cursor() as cursor, ThreadPoolExecutor(len(bodies)) as pool:
            cursor.execute("BEGIN")
            cursor.execute("SELECT 1 FROM patients_patient WHERE id = %s FOR UPDATE", [patient_id])
            address = f"{live_server.url}/api/v1/sync/push"
            running = [pool.submit(http, "POST", address, body, token=token, **headers) for body in bodies]
            until(lambda: waiting() == len(bodies))
            cursor.execute("COMMIT")
            return [one.result(timeout=60) for one in running]
    finally:
        holder.close()


def test_of_two_requests_with_one_key_at_once_one_is_carried_out(
    live_server: LiveServer, committed_world: World
) -> None:
    patient = committed_world.patient("李佩兰", Programme.HYPERTENSION)
    token = sign_in(live_server, "his", committed_world.client_secret)
    body = {"records": [record(patient.pk)]}

    answers = race(live_server, token, patient.pk, [body, body], **{"Idempotency-Key": "one"})

    assert [answer.body["results"][0]["status"] for answer in answers] == ["created", "created"]
    assert answers[0].body == answers[1].body
    assert sorted(answer.headers.get("Idempotency-Replayed", "false") for answer in answers) == [
        "false",
        "true",
    ]
    assert (Encounter.objects.count(), IdempotencyKey.objects.count()) == (1, 1)


def test_of_two_pushes_of_one_visit_at_once_without_a_key_one_is_identical(
    live_server: LiveServer, committed_world: World
) -> None:
    patient = committed_world.patient("李佩兰", Programme.HYPERTENSION)
    token = sign_in(live_server, "his", committed_world.client_secret)
    body = {"records": [record(patient.pk)]}

    answers = race(live_server, token, patient.pk, [body, body])

    assert sorted(answer.body["results"][0]["status"] for answer in answers) == ["created", "identical"]
    assert Encounter.objects.count() == 1


def test_of_two_amendments_at_once_one_wins_and_the_other_is_told(
    live_server: LiveServer, committed_world: World
) -> None:
    patient = committed_world.patient("李佩兰", Programme.HYPERTENSION)
    token = sign_in(live_server, "his", committed_world.client_secret)
    sent = record(patient.pk)
    http("POST", f"{live_server.url}/api/v1/sync/push", {"records": [sent]}, token=token)
    bodies: list[object] = [
        {
            "records": [
                record(
                    patient.pk,
                    id=sent["id"],
                    base_version=1,
                    observations={"systolic": value, "diastolic": 70},
                )
            ]
        }
        for value in (121, 122)
    ]

    answers = race(live_server, token, patient.pk, bodies)

    assert sorted(answer.body["results"][0]["status"] for answer in answers) == ["conflict", "updated"]
    assert Encounter.objects.get().version == 2
