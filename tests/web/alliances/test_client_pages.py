"""The pages of connected systems: who opens them, what they show once, what they refuse."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import ApiClient
from alliances.models import ClientPost, Organization, Role
from tests.api_client import Caller
from tests.world import World

pytestmark = pytest.mark.usefixtures("empty_cache")


def form(world: World, **changed: object) -> dict[str, object]:
    return {"organization": world.centre.pk, "name": "中心 HIS", "scopes": ["read"], **changed}


def test_an_administrator_registers_a_system_and_sees_the_secret_once(world: World) -> None:
    browser = world.browser("centre_admin")
    answer = browser.post("/clients/new/", form(world))

    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    client = ApiClient.objects.get(name="中心 HIS")
    secret = re.search(r"<code class=\"yl-code\">([\w-]{43})</code>", answer.content.decode())[1]  # type: ignore[index]
    assert client.check_secret(secret, at=timezone.now())
    assert ClientPost.objects.get(client=client).organization == world.centre
    assert secret not in browser.get(f"/clients/{client.pk}/").content.decode()


def test_another_organizations_systems_do_not_exist_for_an_administrator(world: World) -> None:
    world.user("other_admin", Role.ORGANIZATION_ADMIN, world.other_centre)
    browser = world.browser("other_admin")
    pk = world.api_client.pk

    assert f"/clients/{pk}/" not in browser.get("/clients/").content.decode()
    assert browser.get(f"/clients/{pk}/").status_code == 404
    for verb in ("rotate", "switch-off", "switch-on"):
        assert browser.post(f"/clients/{pk}/{verb}/", {"keep_hours": 0}).status_code == 404
    assert browser.post("/clients/new/", form(world)).status_code == 422
    assert ApiClient.objects.get(pk=pk).is_active


def test_an_administrator_above_runs_the_systems_below_and_an_operator_all(world: World) -> None:
    Organization.objects.filter(pk=world.centre.pk).update(parent=world.secondary)
    world.user("above", Role.ORGANIZATION_ADMIN, world.secondary)
    for part in ("above", "operator"):
        assert world.browser(part).get(f"/clients/{world.api_client.pk}/").status_code == 200


@pytest.mark.parametrize("part", ["doctor", "specialist", "alliance_admin", "privacy_officer"])
def test_nobody_else_opens_the_pages(world: World, part: str) -> None:
    assert world.browser(part).get("/clients/").status_code == 404
    assert world.browser(part).post("/clients/new/", form(world)).status_code == 404


@pytest.mark.parametrize(("changed", "field"), [
    ({"name": ""}, "name"),
    ({"scopes": []}, "scopes"),
    ({"scopes": ["everything"]}, "scopes"),
    ({"requests_per_minute": 0}, "requests_per_minute"),
    ({"expires_on": (timezone.localdate() - timedelta(days=1)).isoformat()}, "expires_on"),
])  # fmt: skip
def test_what_makes_no_sense_is_told_at_the_field(
    world: World, changed: dict[str, object], field: str
) -> None:
    answer = world.browser("centre_admin").post("/clients/new/", form(world, **changed))

    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert ApiClient.objects.count() == 1


def test_a_scope_that_was_taken_away_is_gone_with_the_next_request(world: World) -> None:
    caller = Caller(world.api_client)
    push = {"records": []}
    assert caller.post("sync/push", push).status_code != 404
    world.browser("centre_admin").post(
        f"/clients/{world.api_client.pk}/", {"name": "区域平台", "scopes": ["read"]}
    )

    assert caller.get("patients/").status_code == 200
    assert caller.post("sync/push", push).status_code == 404


def test_switching_off_on_the_page_ends_the_token_in_use(world: World) -> None:
    caller = Caller(world.api_client)
    assert caller.get("patients/").status_code == 200
    world.browser("centre_admin").post(f"/clients/{world.api_client.pk}/switch-off/")

    assert caller.get("patients/").status_code == 401


def test_a_client_that_is_switched_off_cannot_be_changed_unseen(world: World) -> None:
    browser, pk = world.browser("centre_admin"), world.api_client.pk
    browser.post(f"/clients/{pk}/switch-off/")
    before = ApiClient.objects.get(pk=pk).secret_hash

    answer = browser.post(f"/clients/{pk}/rotate/", {"keep_hours": 0}, follow=True)
    assert "已停用" in answer.content.decode()
    assert ApiClient.objects.get(pk=pk).secret_hash == before


def test_the_last_day_of_a_client_is_in_force_until_midnight_in_china(world: World) -> None:
    today = timezone.localdate()
    world.browser("centre_admin").post("/clients/new/", form(world, expires_on=today.isoformat()))

    ends = ApiClient.objects.get(name="中心 HIS").expires_at
    assert ends is not None
    assert timezone.localtime(ends).isoformat() == f"{today + timedelta(days=1)}T00:00:00+08:00"


def test_the_list_costs_the_same_however_many_systems(
    world: World, django_assert_num_queries: object
) -> None:
    browser = world.browser("centre_admin")

    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            browser.get("/clients/")
        return len(seen)

    before = cost()
    for number in range(5):
        browser.post("/clients/new/", form(world, name=f"系统{number}"))
    assert cost() <= before
