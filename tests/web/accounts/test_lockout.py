"""Who is refused too often waits: the same for the page and the interface, for every name alike."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django.utils import timezone

from accounts import credentials, lockout
from journal.models import AuditEvent
from tests.world import PASSWORD, World

SIGN_IN = "/accounts/sign-in/"
WAIT = "失败次数过多，请 30 分钟后再试。"


def submit(client: Client, username: str, password: str):
    return client.post(SIGN_IN, {"username": username, "password": password})


def refuse(username: str, times: int, *, address: str = "127.0.0.1") -> None:
    for _try in range(times):
        submit(Client(REMOTE_ADDR=address), username, "wrong")


def token(username: str, *, address: str = "127.0.0.1"):
    body = {"username": username, "password": PASSWORD}
    return Client(REMOTE_ADDR=address).post("/api/v1/auth/token/", body, content_type="application/json")


def passes(minutes: int) -> None:
    """When so many minutes have passed."""
    for row in AccessAttempt.objects.all():
        AccessAttempt.objects.filter(pk=row.pk).update(
            attempt_time=row.attempt_time - timedelta(minutes=minutes)
        )


def test_four_refusals_do_not_lock(world: World, client: Client) -> None:
    refuse("doctor", 4)
    assert submit(client, "doctor", PASSWORD).status_code == 302


def test_the_fifth_refusal_locks_for_half_an_hour_the_right_password_too(
    world: World, client: Client
) -> None:
    refuse("doctor", 4)
    assert WAIT in submit(client, "doctor", "wrong").content.decode()
    answer = submit(client, "doctor", PASSWORD)
    assert answer.status_code == 422
    assert WAIT in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_the_lock_holds_from_another_address_and_at_the_interface(world: World) -> None:
    refuse("doctor", 5)
    assert submit(Client(REMOTE_ADDR="127.0.0.9"), "doctor", PASSWORD).status_code == 422
    assert token("doctor", address="127.0.0.9").status_code == 429


def test_refusals_at_the_interface_and_on_the_page_are_counted_together(world: World, client: Client) -> None:
    refuse("doctor", 3)
    for _try in range(2):
        Client().post(
            "/api/v1/auth/token/", {"username": "doctor", "password": "x"}, content_type="application/json"
        )
    assert submit(client, "doctor", PASSWORD).status_code == 422


def test_a_name_without_an_account_is_locked_like_any_other(world: World, client: Client) -> None:
    refuse("nobody", 5)
    assert WAIT in submit(client, "nobody", "wrong").content.decode()


def test_others_behind_the_same_address_go_on(world: World, client: Client) -> None:
    refuse("doctor", 5)
    assert submit(client, "nurse", PASSWORD).status_code == 302


def test_an_address_has_a_higher_limit_of_its_own(world: World, client: Client, settings) -> None:
    settings.LOCK_ADDRESS_REFUSALS = 8
    for number in range(8):
        refuse(f"guess-{number}", 1)
    assert submit(client, "doctor", PASSWORD).status_code == 422
    assert token("nurse").status_code == 429
    assert submit(Client(REMOTE_ADDR="127.0.0.9"), "doctor", PASSWORD).status_code == 302


def test_a_success_forgets_the_refusals_of_its_name_only(world: World, client: Client, settings) -> None:
    settings.LOCK_ADDRESS_REFUSALS = 8
    refuse("guess", 4)
    refuse("doctor", 3)
    submit(client, "doctor", PASSWORD)
    refuse("other", 3)
    assert submit(Client(), "nurse", PASSWORD).status_code == 302  # 4 + 3 refusals are left
    refuse("other", 1)
    assert submit(Client(), "nurse", PASSWORD).status_code == 422


def test_the_lock_ends_by_itself(world: World, client: Client) -> None:
    refuse("doctor", 5)
    passes(29)
    assert "请 1 分钟后再试" in submit(client, "doctor", PASSWORD).content.decode()
    passes(1)
    assert submit(client, "doctor", PASSWORD).status_code == 302


def test_trying_on_does_not_lock_for_longer(world: World, client: Client) -> None:
    refuse("doctor", 5)
    passes(20)
    refuse("doctor", 3)
    passes(10)
    assert submit(client, "doctor", PASSWORD).status_code == 302


def test_what_was_typed_is_stored_nowhere(world: World, client: Client) -> None:
    submit(client, "my-password-typed-here", "and-another")
    row = AccessAttempt.objects.get()
    stored = str({field.name: getattr(row, field.name) for field in row._meta.fields})
    assert "typed-here" not in stored
    assert "and-another" not in stored


@pytest.mark.parametrize("username", ["doctor", "nobody"])
def test_the_lock_is_written_down_once(world: World, username: str) -> None:
    refuse(username, 7)
    line = AuditEvent.objects.get(action="user.lock")
    assert line.subject_id == (str(world.doctor.pk) if username == "doctor" else "")
    assert line.address == "127.0.0.1"
    assert AuditEvent.objects.filter(action="user.sign_in_refused").count() == 7


def test_an_administrator_sees_the_lock_and_lifts_it(world: World, client: Client) -> None:
    refuse("doctor", 5)
    until = lockout.locked_until(world.doctor, at=timezone.now())
    assert until is not None
    assert timedelta(minutes=29) < until - timezone.now() <= timedelta(minutes=30)
    assert lockout.locked_until(world.nurse, at=timezone.now()) is None

    lockout.lift(world.doctor, by=world.operator)

    assert submit(client, "doctor", PASSWORD).status_code == 302
    assert AuditEvent.objects.get(action="user.unlock").agent_id == str(world.operator.pk)


def test_lifting_no_lock_writes_nothing(world: World) -> None:
    lockout.lift(world.doctor, by=world.operator)
    assert not AuditEvent.objects.filter(action="user.unlock").exists()


def test_a_password_reset_lifts_the_lock(world: World, client: Client) -> None:
    refuse("doctor", 5)
    password = credentials.reset_password(world.doctor, by=world.operator)
    assert submit(client, "doctor", password).status_code == 302


def test_refusals_that_no_longer_count_are_deleted_at_night(world: World) -> None:
    refuse("doctor", 5)
    lockout.forget(at=timezone.now())
    assert AccessAttempt.objects.exists()
    lockout.forget(at=timezone.now() + timedelta(minutes=31))
    assert not AccessAttempt.objects.exists()
