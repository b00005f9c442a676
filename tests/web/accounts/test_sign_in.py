"""Signing in and out on the page."""

import pytest
from django.test import Client

from journal.models import AuditEvent
from tests.world import PASSWORD, World

SIGN_IN = "/accounts/sign-in/"
REFUSED = "工号或密码不正确。"


def submit(client: Client, username: str, password: str, **more: str):
    return client.post(SIGN_IN, {"username": username, "password": password, **more})


def test_a_doctor_signs_in_and_it_is_written_down(world: World, client: Client) -> None:
    answer = submit(client, "doctor", PASSWORD)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    line = AuditEvent.objects.get(action="user.sign_in")
    assert (line.agent_id, line.subject_id) == (str(world.doctor.pk), str(world.doctor.pk))


@pytest.mark.parametrize(
    ("username", "password"), [("doctor", "wrong"), ("nobody", PASSWORD), ("closed", PASSWORD)]
)
def test_a_refusal_never_says_what_was_wrong(
    world: World, client: Client, username: str, password: str
) -> None:
    if username == "closed":
        world.doctor.is_active = False
        world.doctor.save()
        username = "doctor"
    answer = submit(client, username, password)
    assert answer.status_code == 422
    assert answer.content.decode().count(REFUSED) == 1
    assert AuditEvent.objects.filter(action="user.sign_in_refused").count() == 1
    assert "_auth_user_id" not in client.session


def test_what_was_typed_at_a_refused_try_is_not_written_down(world: World, client: Client) -> None:
    submit(client, "my-password-typed-here", "x")
    line = AuditEvent.objects.get(action="user.sign_in_refused")
    assert "my-password" not in f"{line.detail}{line.subject_id}{line.agent_name}"


def test_after_signing_in_one_comes_to_the_page_one_wanted(world: World, client: Client) -> None:
    assert submit(client, "doctor", PASSWORD, next="/patients/?q=a")["Location"] == "/patients/?q=a"


def test_signing_in_never_leads_to_another_host(world: World, client: Client) -> None:
    assert submit(client, "doctor", PASSWORD, next="https://example.test/steal")["Location"] == "/"


def test_signing_out_is_a_post_and_written_down(world: World) -> None:
    client = world.browser("doctor")
    assert client.get("/accounts/sign-out/").status_code == 405
    assert client.post("/accounts/sign-out/")["Location"] == SIGN_IN
    assert "_auth_user_id" not in client.session
    assert AuditEvent.objects.filter(action="user.sign_out", agent_id=str(world.doctor.pk)).exists()


def test_the_sign_in_page_speaks_english_on_demand(world: World, client: Client) -> None:
    client.post("/i18n/setlang/", {"language": "en", "next": SIGN_IN})
    assert "Everything done here is written down." in client.get(SIGN_IN).content.decode()


def test_somebody_signed_in_is_led_past_the_sign_in_page(world: World) -> None:
    assert world.browser("doctor").get(SIGN_IN)["Location"] == "/"


def test_a_name_that_no_database_can_hold_is_refused_like_any_other(world: World, client: Client) -> None:
    assert submit(client, "doc\x00tor", PASSWORD).status_code == 422
