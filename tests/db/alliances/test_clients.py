"""Another system's credentials: its organization, its scopes, its end, a new secret while the old one goes on."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import tokens
from accounts.models import ApiClient, ClientScope
from alliances import clients
from alliances.models import ClientPost
from journal.models import AuditEvent
from tests.world import World

NOW = timezone.now()


def registered(world: World, **terms: object) -> tuple[ApiClient, str]:
    asked = {"scopes": [ClientScope.READ], "expires_at": None, "requests_per_minute": None, **terms}
    return clients.register(world.centre, name="HIS", by=world.centre_admin, **asked)  # type: ignore[arg-type]


def admitted(client: ApiClient, secret: str, *, hours: float = 0) -> bool:
    return tokens.client_with(client.client_id, secret, at=NOW + timedelta(hours=hours)) is not None


def test_a_client_belongs_to_its_organization_and_its_secret_is_nowhere_in_plain(world: World) -> None:
    client, secret = registered(world)

    assert ClientPost.objects.get(client=client).organization == world.centre
    assert admitted(client, secret)
    assert not admitted(client, secret + "x")
    assert secret not in str(list(ApiClient.objects.values())) + str(list(AuditEvent.objects.values()))


def test_registering_and_changing_are_written_down_for_the_organization(world: World) -> None:
    client, _secret = registered(world)
    clients.change(
        client, name="HIS 2", scopes=[ClientScope.READ, ClientScope.WRITE], expires_at=None,
        requests_per_minute=60, by=world.centre_admin,
    )  # fmt: skip

    lines = AuditEvent.objects.filter(action__startswith="client.").order_by("id")
    assert [(line.action, line.organization_id) for line in lines] == [
        ("client.register", world.centre.pk), ("client.change", world.centre.pk),
    ]  # fmt: skip
    assert lines[1].detail == {"scopes": ["read", "write"], "before": ["read"]}


def test_after_a_rotation_both_secrets_open_until_the_old_one_ends(world: World) -> None:
    client, old = registered(world)
    new = clients.rotate(client, keep_hours=24, by=world.centre_admin, at=NOW)

    assert admitted(client, new)
    assert admitted(client, old, hours=23.9)
    assert not admitted(client, old, hours=24)
    assert admitted(client, new, hours=24)


def test_a_second_rotation_leaves_one_secret_before_not_two(world: World) -> None:
    client, first = registered(world)
    second = clients.rotate(client, keep_hours=24, by=world.centre_admin, at=NOW)
    third = clients.rotate(client, keep_hours=24, by=world.centre_admin, at=NOW)

    assert [admitted(client, secret) for secret in (first, second, third)] == [False, True, True]


def test_a_secret_that_became_known_ends_at_once_and_tokens_with_it(world: World) -> None:
    client, old = registered(world)
    text, _ends = tokens.issue(client, at=NOW)
    new = clients.rotate(client, keep_hours=0, by=world.centre_admin, at=NOW)

    assert not admitted(client, old)
    assert admitted(client, new)
    assert tokens.find(text, at=NOW + timedelta(seconds=1)) is None


def test_tokens_outlive_an_ordinary_rotation(world: World) -> None:
    client, _old = registered(world)
    text, _ends = tokens.issue(client, at=NOW)
    clients.rotate(client, keep_hours=24, by=world.centre_admin, at=NOW)

    assert tokens.find(text, at=NOW + timedelta(seconds=1)) is not None


def test_switching_off_ends_tokens_and_secret_and_switching_on_brings_back_the_secret(world: World) -> None:
    client, secret = registered(world)
    text, _ends = tokens.issue(client, at=NOW)
    clients.switch_off(client, by=world.centre_admin, at=NOW)

    assert not admitted(client, secret)
    assert tokens.find(text, at=NOW) is None
    with pytest.raises(clients.ClientClosed):
        clients.rotate(client, keep_hours=24, by=world.centre_admin, at=NOW)
    clients.switch_on(client, by=world.centre_admin)
    assert admitted(client, secret)
    assert tokens.find(text, at=NOW) is None


def test_switching_off_twice_is_written_down_once(world: World) -> None:
    client, _secret = registered(world)
    for _time in range(2):
        clients.switch_off(client, by=world.centre_admin, at=NOW)

    assert AuditEvent.objects.filter(action="client.switch_off").count() == 1


def test_a_client_that_expired_is_not_let_in(world: World) -> None:
    client, secret = registered(world, expires_at=NOW + timedelta(hours=1))

    assert admitted(client, secret)
    assert not admitted(client, secret, hours=1)


@pytest.mark.parametrize("broken", [
    {"requests_per_minute": 0},
    {"previous_secret_hash": "x", "previous_secret_until": None},
    {"previous_secret_hash": "", "previous_secret_until": NOW},
])  # fmt: skip
def test_the_database_refuses_a_client_that_makes_no_sense(world: World, broken: dict[str, object]) -> None:
    client, _secret = registered(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        ApiClient.objects.filter(pk=client.pk).update(**broken)
