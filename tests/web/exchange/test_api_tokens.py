"""Credentials against a token, what ends it, and that no refusal tells more than another."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from psycopg2.extras import DateRange

from accounts import attempts, tokens
from accounts.models import BearerToken, digest
from alliances.models import PractitionerRole, Role
from journal.models import AuditEvent
from tests.api_client import Caller
from tests.world import PASSWORD, World

pytestmark = pytest.mark.usefixtures("empty_cache")


def ask(**credentials: str) -> Any:
    return Client().post("/api/v1/auth/token/", credentials, content_type="application/json")


def test_a_client_gets_a_token_for_twelve_hours_that_opens_its_rows(world: World) -> None:
    world.patient("甲")
    answer = ask(client_id="his", client_secret=world.client_secret)

    assert answer.status_code == 200
    body = answer.json()
    assert body["token_type"] == "Bearer"
    assert 12 * 3600 - 60 < body["expires_in"] <= 12 * 3600
    assert body["scope"] == "read write"
    assert answer["Cache-Control"] == "no-store"
    caller = Caller(world.api_client, token=body["access_token"])
    assert [p["name"] for p in caller.get("patients/").json()["results"]] == ["甲"]


def test_a_doctor_gets_one_for_user_name_and_password(world: World) -> None:
    assert ask(username="doctor", password=PASSWORD).status_code == 200


def test_the_token_is_stored_only_as_a_digest(world: World) -> None:
    text = ask(client_id="his", client_secret=world.client_secret).json()["access_token"]

    stored = BearerToken.objects.get()
    assert stored.pk == digest(text)
    assert text not in str(list(BearerToken.objects.values()))


@pytest.mark.parametrize("credentials", [
    {"client_id": "his", "client_secret": "wrong"},
    {"client_id": "nobody", "client_secret": "wrong"},
    {"username": "doctor", "password": "wrong"},
    {"username": "nobody", "password": "wrong"},
    {"username": "team-lead", "password": PASSWORD},
    {"username": "centre-admin", "password": PASSWORD},
    {"username": "alliance-admin", "password": PASSWORD},
    {"username": "privacy-officer", "password": PASSWORD},
    {"username": "operator", "password": PASSWORD},
])  # fmt: skip
def test_unknown_wrong_and_elevated_are_refused_alike(world: World, credentials: dict[str, str]) -> None:
    answer = ask(**credentials)

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer.json() == ask(client_id="x", client_secret="y").json()
    assert not BearerToken.objects.exists()


def test_an_unknown_client_costs_a_hash_like_a_known_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = []
    monkeypatch.setattr(tokens, "make_password", hashed.append)

    ask(client_id="nobody", client_secret="guess")

    assert hashed == ["guess"]


def test_issue_and_refusal_stand_in_the_audit_trail_without_the_secret(world: World) -> None:
    ask(client_id="his", client_secret="not-this-one")
    ask(client_id="his", client_secret=world.client_secret)

    lines = list(AuditEvent.objects.filter(action__startswith="token.").order_by("at", "id"))
    assert [line.action for line in lines] == ["token.refused", "token.issue"]
    assert lines[1].agent_type == "client"
    assert "not-this-one" not in str([line.detail for line in lines])


def test_half_a_pair_is_400(world: World) -> None:
    for body in ({"client_id": "his"}, {"client_id": "his", "password": "x"}, {}):
        assert ask(**body).status_code == 400


def test_who_is_refused_too_often_waits(world: World) -> None:
    # A counter in a cache may lose a count; it comes to its limit all the same.
    answers = [
        ask(client_id="his", client_secret="wrong").status_code for _again in range(3 * attempts.LIMIT)
    ]
    assert answers[: attempts.LIMIT] == [401] * attempts.LIMIT
    assert answers[-1] == 429

    answer = ask(client_id="his", client_secret=world.client_secret)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert ask(username="doctor", password=PASSWORD).status_code == 200


def test_without_redis_nobody_is_locked_out(world: World, settings: Any) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}

    for _again in range(attempts.LIMIT + 1):
        assert ask(client_id="his", client_secret="wrong").status_code == 401
    assert ask(client_id="his", client_secret=world.client_secret).status_code == 200


def test_without_a_token_every_resource_asks_for_one(world: World) -> None:
    answer = Client().get("/api/v1/patients/")

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="yilian"'
    assert answer["Content-Type"] == "application/problem+json"


def test_a_browser_session_does_not_open_the_api(world: World) -> None:
    assert world.browser("doctor").get("/api/v1/patients/").status_code == 401


def test_a_revoked_token_is_refused(world: World) -> None:
    caller = Caller(world.api_client)
    assert caller.delete("auth/token/").status_code == 204
    assert caller.get("patients/").status_code == 401

    other = Caller(world.api_client)
    assert other.post("auth/token/revoke/").status_code == 204
    assert other.get("patients/").status_code == 401
    assert AuditEvent.objects.filter(action="token.revoke").count() == 2


def test_a_token_ends_after_its_time(world: World) -> None:
    token, _ends = tokens.issue(world.api_client, at=timezone.now() - timedelta(hours=12, seconds=1))
    assert Caller(world.api_client, token=token).get("patients/").status_code == 401


def test_a_token_ends_with_its_client(world: World) -> None:
    caller = Caller(world.api_client)
    world.api_client.is_active = False
    world.api_client.save()
    assert caller.get("patients/").status_code == 401


def test_a_token_never_outlives_its_client(world: World) -> None:
    now = timezone.now()
    world.api_client.expires_at = now + timedelta(hours=1)
    world.api_client.save()
    _token, ends = tokens.issue(world.api_client, at=now)
    assert ends == now + timedelta(hours=1)


def test_a_token_ends_with_the_post(world: World) -> None:
    caller = Caller(world.doctor)
    assert caller.get("patients/").status_code == 200

    PractitionerRole.objects.filter(user=world.doctor).update(
        period=DateRange(date(2020, 1, 1), timezone.localdate())
    )
    assert caller.get("patients/").status_code == 401


def test_a_token_ends_when_its_holder_is_promoted(world: World) -> None:
    caller = Caller(world.doctor)
    PractitionerRole.objects.create(
        user=world.doctor, role=Role.TEAM_LEAD, organization=world.centre, care_team=world.team,
        period=DateRange(date(2020, 1, 1), None),
    )  # fmt: skip
    assert caller.get("patients/").status_code == 401


def test_sign_in_and_scope_take_two_statements(world: World, django_assert_num_queries: Any) -> None:
    for holder in (world.api_client, world.doctor):
        caller = Caller(type(holder).objects.get(pk=holder.pk))
        with django_assert_num_queries(2):
            assert caller.get("indicators/").status_code == 200
