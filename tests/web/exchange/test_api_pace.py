"""How often a caller may ask: its own number first, then the installation's; nobody waits for a Redis that is away."""

from typing import Any

import pytest
from django.core.cache import cache

from accounts.models import ApiClient
from tests.api_client import Caller, system
from tests.world import World

pytestmark = pytest.mark.usefixtures("empty_cache")


def statuses(caller: Caller, times: int) -> list[int]:
    return [caller.get("organizations/").status_code for _ in range(times)]


def test_a_client_waits_when_its_own_minute_is_used_up(world: World) -> None:
    ApiClient.objects.filter(pk=world.api_client.pk).update(requests_per_minute=2)
    caller = Caller(ApiClient.objects.get(pk=world.api_client.pk))

    found = statuses(caller, 5)
    assert found[:2] == [200, 200]
    assert 429 in found[2:]  # a minute may begin in between, not three


def test_the_refusal_is_a_problem_document_that_says_how_long(world: World, settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 1
    caller = Caller(world.api_client)
    answer: Any = next(
        found for found in (caller.get("organizations/") for _ in range(4)) if found.status_code == 429
    )

    assert answer["Content-Type"] == "application/problem+json"
    assert 1 <= int(answer["Retry-After"]) <= 61
    assert answer.json()["status"] == 429


def test_one_client_does_not_use_up_anothers_minute(world: World, settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 1
    assert 429 in statuses(Caller(world.api_client), 4)
    assert statuses(Caller(system(world.centre, name="other-his")), 1) == [200]


def test_without_redis_everybody_goes_on(
    world: World, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.API_REQUESTS_PER_MINUTE = 1
    monkeypatch.setattr(cache, "add", lambda *_, **__: True)  # what the cache answers when Redis is away

    assert statuses(Caller(world.api_client), 4) == [200] * 4
