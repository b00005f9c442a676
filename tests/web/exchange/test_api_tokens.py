"""Credentials against a token, what ends it, and that no refusal tells more than another."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from psycopg2.extras import DateRange

from accounts import second_factor, tokens
from accounts.models import BearerToken, User, digest
from alliances.models import PractitionerRole, Role
from journal.models import AuditEvent
from tests.api_client import Caller
from tests.second_factors import code_of, device_of
from tests.world import PASSWORD, World


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


def test_who_is_refused_too_often_waits(world: World, settings: Any) -> None:
    answers = [ask(client_id="his", client_secret="wrong").status_code for _again in range(7)]
    assert answers == [401] * settings.AXES_FAILURE_LIMIT + [429, 429]

    answer = ask(client_id="his", client_secret=world.client_secret)
    assert answer.status_code == 429
    assert 29 * 60 < int(answer["Retry-After"]) <= 30 * 60 + 1
    assert ask(username="doctor", password=PASSWORD).status_code == 200


def test_nobody_elsewhere_can_lock_a_hospitals_system_out(world: World) -> None:
    for _again in range(7):
        ask(client_id="his", client_secret="wrong")
    body = {"client_id": "his", "client_secret": world.client_secret}
    elsewhere = Client(REMOTE_ADDR="127.0.0.9")
    assert elsewhere.post("/api/v1/auth/token/", body, content_type="application/json").status_code == 200


def test_form_encoded_tries_count_too(world: World, settings: Any) -> None:
    for _again in range(settings.AXES_FAILURE_LIMIT):
        answer = Client().post(
            "/api/v1/auth/token/",
            "username=doctor&password=wrong",
            content_type="application/x-www-form-urlencoded",
        )
        assert answer.status_code == 401
    assert ask(username="doctor", password=PASSWORD).status_code == 429


def test_the_right_password_of_somebody_who_may_not_counts_like_a_wrong_one(
    world: World, settings: Any
) -> None:
    for _again in range(settings.AXES_FAILURE_LIMIT):
        assert ask(username="operator", password=PASSWORD).status_code == 401
    assert ask(username="operator", password=PASSWORD).status_code == 429


def test_nobody_with_a_second_factor_gets_a_token_for_the_password_alone(world: World) -> None:
    device_of(world.doctor)
    assert ask(username="doctor", password=PASSWORD).status_code == 401


def test_nobody_with_a_password_to_be_changed_gets_a_token(world: World) -> None:
    User.objects.filter(pk=world.nurse.pk).update(password_initial=True)
    old = timezone.now() - timedelta(days=91)
    User.objects.filter(pk=world.doctor.pk).update(password_changed_at=old)
    for name in ("nurse", "doctor"):
        assert ask(username=name, password=PASSWORD).status_code == 401


def test_setting_up_a_second_factor_ends_the_tokens_given_for_the_password(world: World) -> None:
    caller = Caller(world.doctor)
    assert caller.get("patients/").status_code == 200
    waiting = second_factor.begin(world.doctor, at=timezone.now())
    second_factor.confirm(world.doctor, code_of(waiting))
    assert caller.get("patients/").status_code == 401


def test_a_token_ends_when_its_holder_is_given_an_elevated_post(world: World) -> None:
    caller = Caller(world.doctor)
    PractitionerRole.objects.create(
        user=world.doctor,
        role=Role.PRIVACY_OFFICER,
        organization=world.centre,
        period=DateRange(date(2020, 1, 1), None),
    )
    assert caller.get("patients/").status_code == 401


def test_a_token_ends_when_its_holder_is_let_into_the_back_office(world: World) -> None:
    caller = Caller(world.doctor)
    User.objects.filter(pk=world.doctor.pk).update(is_staff=True)
    assert caller.get("patients/").status_code == 401
    assert caller.delete("auth/token/").status_code == 401


def test_no_token_of_a_person_opens_a_full_identity(world: World) -> None:
    number = "11010519491231002X"
    patient = world.patient("甲", number=number)
    caller = Caller(world.doctor)
    assert number not in caller.get(f"patients/{patient.pk}/").content.decode()
    assert caller.get("patients/", number=number).status_code == 400
    assert "identity" not in ask(username="doctor", password=PASSWORD).json()["scope"]


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
