"""A session that ends while a page is open: part requests and the question before a long form."""

import json

import pytest
from django.test import Client

from tests.world import PASSWORD, World, verify

SESSION = "/accounts/session/"
SIGN_IN = "/accounts/sign-in/"


def of(user) -> dict[str, str]:
    """The headers of a part request from a page that was made for `user`."""
    return {"HX-Request": "true", "X-Yilian-User": str(user.pk)}


def test_while_the_session_lasts_the_page_gets_a_valid_token(world: World) -> None:
    answer = world.browser("doctor").get(SESSION, headers=of(world.doctor))
    assert answer.status_code == 204
    assert answer["X-CSRFToken"]


def test_when_the_session_is_over_the_page_gets_the_sign_in_dialog(world: World, client: Client) -> None:
    answer = client.get(SESSION, headers=of(world.doctor))
    assert answer.status_code == 401
    assert answer["HX-Retarget"] == "#yl-sign-in"
    assert 'id="sign-in-over"' in answer.content.decode()
    assert world.doctor.username not in answer.content.decode()


def test_a_page_of_somebody_else_gets_the_sign_in_dialog(world: World) -> None:
    assert world.browser("nurse").get(SESSION, headers=of(world.doctor)).status_code == 401


@pytest.mark.parametrize("signed_in", ["", "nurse"])
def test_a_part_request_is_not_answered_to_another_than_the_pages_owner(world: World, signed_in: str) -> None:
    client = world.browser(signed_in) if signed_in else Client()
    answer = client.post("/components/", headers=of(world.doctor))
    assert answer.status_code == 401
    assert 'id="sign-in-over"' in answer.content.decode()


def test_the_owner_of_the_page_is_answered(world: World) -> None:
    assert world.browser("operator").get("/components/", headers=of(world.operator)).status_code == 200


def test_the_owner_signs_in_over_the_page_and_gets_a_new_token(world: World, client: Client) -> None:
    answer = client.post(SIGN_IN, {"username": "doctor", "password": PASSWORD}, headers=of(world.doctor))
    assert answer.status_code == 204
    assert json.loads(answer["HX-Trigger"])["yl:signed-in"]["csrf"]
    assert client.session["_auth_user_id"] == str(world.doctor.pk)


def test_another_person_cannot_sign_in_over_the_page(world: World, client: Client) -> None:
    answer = client.post(SIGN_IN, {"username": "nurse", "password": PASSWORD}, headers=of(world.doctor))
    assert answer.status_code == 422
    assert "请用同一账号登录" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_a_wrong_password_over_the_page_shows_the_dialog_again(world: World, client: Client) -> None:
    answer = client.post(SIGN_IN, {"username": "doctor", "password": "wrong"}, headers=of(world.doctor))
    assert answer.status_code == 422
    assert "工号或密码不正确。" in answer.content.decode()
    assert "<html" not in answer.content.decode()


def test_a_part_request_with_an_old_token_gets_a_valid_one(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.operator)
    verify(client, world.operator)
    client.get("/components/")
    refused = client.post("/components/", headers={**of(world.operator), "X-CSRFToken": "x" * 64})
    assert refused.status_code == 403
    again = client.post("/components/", headers={**of(world.operator), "X-CSRFToken": refused["X-CSRFToken"]})
    assert again.status_code == 302


def test_a_plain_form_with_an_old_token_is_told_so_in_words(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.operator)
    verify(client, world.operator)
    answer = client.post("/components/")
    assert answer.status_code == 403
    assert "X-CSRFToken" not in answer
    assert "请返回上一页" in answer.content.decode()
