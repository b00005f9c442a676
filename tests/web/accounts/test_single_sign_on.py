"""What the provider's answer must hold before anybody is let in; without a provider there is no such door."""

from typing import Any

import pytest
from django.core.exceptions import SuspiciousOperation
from django.test import Client, RequestFactory

from accounts.models import ExternalIdentity
from accounts.single_sign_on import links
from accounts.single_sign_on.backend import LinkedBackend
from tests.world import World

ISSUER = "https://id.hospital.example"
TOKEN = {"iss": ISSUER, "aud": "yilian", "sub": "liu"}


@pytest.fixture
def backend(settings: Any, world: World, monkeypatch: pytest.MonkeyPatch) -> LinkedBackend:
    """The backend of a provider that says `liu`, linked to the specialist; the network is not asked."""
    settings.OIDC_ENABLED, settings.OIDC_ISSUER, settings.OIDC_RP_CLIENT_ID = True, ISSUER, "yilian"
    settings.OIDC_RP_CLIENT_SECRET = "x" * 32
    settings.OIDC_OP_JWKS_ENDPOINT = settings.OIDC_OP_TOKEN_ENDPOINT = f"{ISSUER}/"
    settings.OIDC_OP_USER_ENDPOINT = f"{ISSUER}/me"
    ExternalIdentity.objects.create(user=world.specialist, issuer=ISSUER, subject="liu")
    monkeypatch.setattr(LinkedBackend, "get_userinfo", lambda *_: {"sub": "liu"})
    made = LinkedBackend()
    made.request = RequestFactory().get("/")
    made.request.session, made.request.user = {}, None
    return made


def test_the_linked_person_is_found(backend: LinkedBackend, world: World) -> None:
    assert backend.get_or_create_user("a", "i", TOKEN) == world.specialist


def test_an_audience_of_several_with_us_among_them_will_do(backend: LinkedBackend, world: World) -> None:
    assert backend.get_or_create_user("a", "i", {**TOKEN, "aud": ["other", "yilian"]}) == world.specialist


@pytest.mark.parametrize("forged", [
    {"iss": "https://id.other.example"},
    {"iss": None},
    {"aud": "another-product"},
    {"aud": ["another-product"]},
    {"sub": "somebody-else"},
    {"sub": ""},
])  # fmt: skip
def test_a_token_of_another_issuer_audience_or_person_is_refused(
    backend: LinkedBackend, forged: dict[str, Any]
) -> None:
    with pytest.raises(SuspiciousOperation):
        backend.get_or_create_user("a", "i", {**TOKEN, **forged})


def test_a_closed_account_is_nobody(backend: LinkedBackend, world: World) -> None:
    world.specialist.is_active = False
    world.specialist.save()

    assert backend.get_or_create_user("a", "i", TOKEN) is None
    assert backend.get_user(world.specialist.pk) is None


def test_an_account_has_one_link_and_a_subject_one_account(backend: LinkedBackend, world: World) -> None:
    links.link(world.specialist, issuer=ISSUER, subject="liu")  # again: nothing
    with pytest.raises(links.TakenByAnother):
        links.link(world.doctor, issuer=ISSUER, subject="liu")
    with pytest.raises(links.TakenByAnother):
        links.link(world.specialist, issuer=ISSUER, subject="second")
    assert ExternalIdentity.objects.count() == 1


@pytest.mark.parametrize("address", ["", "return/", "return/?code=x&state=y"])
def test_without_a_provider_there_is_no_such_door(db: None, address: str) -> None:
    assert Client().get(f"/accounts/single-sign-on/{address}").status_code == 404
    assert "single-sign-on" not in Client().get("/accounts/sign-in/").content.decode()


@pytest.mark.parametrize("verb", ["link", "unlink"])
def test_linking_needs_a_provider_and_somebody_who_is_signed_in(world: World, verb: str) -> None:
    assert world.browser("doctor").post(f"/accounts/single-sign-on/{verb}/").status_code == 404
    assert Client().post(f"/accounts/single-sign-on/{verb}/").status_code == 302


def test_an_answer_that_nobody_asked_for_opens_nothing(backend: LinkedBackend) -> None:
    browser = Client()
    answer = browser.get("/accounts/single-sign-on/return/?code=stolen&state=forged")

    assert answer.status_code == 302
    assert browser.get("/notices/").status_code == 302
