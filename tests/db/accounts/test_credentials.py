"""Accounts and their secrets as administrators handle them."""

import pytest
from django.utils import timezone
from qsessions.models import Session

from accounts import credentials, policy, second_factor, sessions
from accounts.models import BearerToken, User
from journal.models import AuditEvent, Communication
from tests.api_client import Caller
from tests.second_factors import device_of
from tests.world import World


def test_a_new_user_has_an_initial_password_that_must_be_changed(world: World) -> None:
    user, password = credentials.new_user(username="li", name="李新", phone="023-6000", by=world.centre_admin)
    user = User.objects.get(pk=user.pk)
    assert user.check_password(password)
    assert (user.name, user.phone, user.password_initial) == ("李新", "023-6000", True)
    assert policy.must_change(user, at=timezone.now())
    line = AuditEvent.objects.get(action="user.create")
    assert (line.agent_id, line.subject_id) == (str(world.centre_admin.pk), str(user.pk))
    assert password not in str(line.detail)


def test_a_user_name_that_is_taken_is_refused_and_nothing_is_written(world: World) -> None:
    with pytest.raises(credentials.UserNameTaken):
        credentials.new_user(username="doctor", name="李新", by=world.centre_admin)
    assert not AuditEvent.objects.filter(action="user.create").exists()


def test_a_reset_password_is_initial_again_and_ends_sessions_and_tokens(world: World) -> None:
    browser, caller = world.browser("doctor"), Caller(world.doctor)
    password = credentials.reset_password(world.doctor, by=world.centre_admin)
    user = User.objects.get(pk=world.doctor.pk)
    assert user.check_password(password)
    assert user.password_initial
    assert browser.get("/")["Location"].startswith("/accounts/sign-in/")
    assert caller.get("patients/").status_code == 401
    assert not Session.objects.filter(user=user).exists()


def test_the_person_is_told_of_a_reset(world: World) -> None:
    credentials.reset_password(world.doctor, by=world.centre_admin)
    credentials.reset_second_factor(world.doctor, by=world.centre_admin)
    told = Communication.objects.filter(recipient_kind="user", recipient_id=str(world.doctor.pk))
    assert {one.kind for one in told} == {"password_reset", "second_factor_reset"}
    assert all(one.content["params"]["who"] == world.centre_admin.agent_name() for one in told)


def test_a_reset_second_factor_is_gone_with_its_codes_and_sessions(world: World) -> None:
    browser = world.browser("doctor")
    second_factor.new_codes(world.doctor)
    credentials.reset_second_factor(world.doctor, by=world.centre_admin)
    assert not second_factor.is_enrolled(world.doctor)
    assert second_factor.codes_left(world.doctor) == 0
    assert browser.get("/")["Location"].startswith("/accounts/sign-in/")
    assert AuditEvent.objects.get(action="second_factor.reset").subject_id == str(world.doctor.pk)


def test_others_keep_theirs(world: World) -> None:
    browser = world.browser("nurse")
    credentials.reset_second_factor(world.doctor, by=world.centre_admin)
    credentials.close(world.doctor, by=world.centre_admin, at=timezone.now())
    assert second_factor.is_enrolled(world.nurse)
    assert browser.get("/").status_code == 200


def test_a_closed_account_is_out_at_once_and_can_be_opened_again(world: World) -> None:
    browser, caller = world.browser("doctor"), Caller(world.doctor)
    credentials.close(world.doctor, by=world.centre_admin, at=timezone.now())
    assert browser.get("/")["Location"].startswith("/accounts/sign-in/")
    assert caller.get("patients/").status_code == 401
    assert BearerToken.objects.get(user=world.doctor).revoked_at is not None
    credentials.reopen(world.doctor, by=world.centre_admin)
    assert User.objects.get(pk=world.doctor.pk).is_active


def test_closing_and_opening_twice_is_written_down_once(world: World) -> None:
    for _again in range(2):
        credentials.close(world.doctor, by=world.centre_admin, at=timezone.now())
    for _again in range(2):
        credentials.reopen(world.doctor, by=world.centre_admin)
    lines = AuditEvent.objects.filter(action__in=("user.close", "user.reopen")).order_by("id")
    assert [line.action for line in lines] == ["user.close", "user.reopen"]


def test_ended_sessions_are_deleted_at_night(world: World) -> None:
    from accounts.tasks import tidy

    world.browser("doctor")
    Session.objects.update(expire_date=timezone.now())
    world.browser("nurse")
    tidy()
    assert [row.user_id for row in Session.objects.all()] == [world.nurse.pk]
    assert len(sessions.places(world.nurse, this=None, at=timezone.now())) == 1


def test_only_a_confirmed_device_counts(world: World) -> None:
    second_factor.begin(world.doctor, at=timezone.now())
    assert not second_factor.is_enrolled(world.doctor)
    device_of(world.doctor)
    assert second_factor.is_enrolled(world.doctor)
