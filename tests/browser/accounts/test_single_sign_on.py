"""A doctor links the account of the hospital's own identity provider and signs in with it. The provider is a real one."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import ExternalIdentity
from alliances.models import PractitionerRole
from journal.models import AuditEvent
from tests.browser.entry import sign_in
from tests.identity_provider.peer import IdentityProvider
from tests.second_factors import code_of, device_of
from tests.world import World

UNLINKED = "尚未关联"


def at_the_provider(page: Page, provider: IdentityProvider, name: str) -> None:
    """Sign in on the provider's own pages, and agree to what it asks."""
    page.wait_for_url(f"{provider.issuer}/**", wait_until="commit")
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill("the provider's business")
    page.locator("button[type=submit]").click()
    page.locator("button[type=submit]").click()


def link(page: Page, live_server: Any, provider: IdentityProvider, name: str) -> None:
    page.goto(f"{live_server.url}/accounts/")
    page.get_by_role("button", name="关联 区人民医院", exact=True).click()
    at_the_provider(page, provider, name)
    page.wait_for_url(f"{live_server.url}/accounts/")


def through_the_provider(page: Page, live_server: Any, provider: IdentityProvider, name: str) -> None:
    """From our door through the provider's, as somebody whom neither remembers."""
    page.context.clear_cookies()
    page.goto(f"{live_server.url}/accounts/sign-in/?next=/notices/")
    page.get_by_role("link", name="使用区人民医院登录").click()
    at_the_provider(page, provider, name)


@pytest.fixture(autouse=True)
def _closed_network(page: Page) -> None:
    """The provider's own pages ask another host for a font; in a hospital nobody answers."""
    page.route(re.compile(r"^https?://(?!127\.0\.0\.1|localhost)"), lambda route: route.abort())


def fits(page: Page, accessible: Any) -> None:
    for width in (360, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        accessible(page)


def test_linked_by_its_owner_the_hospital_account_opens_ours_until_the_link_is_undone(
    page: Page, live_server: Any, committed_world: World, identity_provider: IdentityProvider, accessible: Any
) -> None:
    sign_in(page, live_server, committed_world.specialist, to="/notices/")
    page.goto(f"{live_server.url}/accounts/")
    fits(page, accessible)
    link(page, live_server, identity_provider, "liu.jingming")
    expect(page.get_by_text("已关联，今后可用医院账号登录。")).to_be_visible()
    fits(page, accessible)

    through_the_provider(page, live_server, identity_provider, "liu.jingming")
    page.wait_for_url(f"{live_server.url}/notices/")
    line = AuditEvent.objects.filter(action="user.sign_in").latest("id")
    assert (line.agent_id, line.detail) == (str(committed_world.specialist.pk), {"way": "single_sign_on"})

    page.goto(f"{live_server.url}/accounts/")
    page.get_by_role("button", name="解除关联").click()
    expect(page.get_by_text("已解除与医院账号的关联。")).to_be_visible()
    through_the_provider(page, live_server, identity_provider, "liu.jingming")
    expect(page.get_by_text(UNLINKED)).to_be_visible()
    fits(page, accessible)
    assert [text for text in page.complaints if live_server.url in text] == []  # type: ignore[attr-defined]


def test_a_name_that_nobody_linked_opens_nothing_even_when_it_is_a_user_name_here(
    page: Page, live_server: Any, committed_world: World, identity_provider: IdentityProvider
) -> None:
    through_the_provider(page, live_server, identity_provider, "doctor")

    expect(page.get_by_text(UNLINKED)).to_be_visible()
    page.goto(f"{live_server.url}/notices/")
    assert "/accounts/sign-in/" in page.url


def test_the_second_factor_is_asked_for_on_this_way_in_too(
    page: Page, live_server: Any, committed_world: World, identity_provider: IdentityProvider
) -> None:
    admin = committed_world.centre_admin
    ExternalIdentity.objects.create(user=admin, issuer=identity_provider.issuer, subject="xiang.li")
    device = device_of(admin)
    through_the_provider(page, live_server, identity_provider, "xiang.li")
    page.wait_for_url("**/accounts/second-step/**")
    page.get_by_label("6 位数字").fill(code_of(device))
    page.get_by_role("button", name="登录").click()

    page.wait_for_url(f"{live_server.url}/notices/")


def test_a_subject_that_is_somebody_elses_cannot_be_linked_twice(
    page: Page, live_server: Any, committed_world: World, identity_provider: IdentityProvider
) -> None:
    ExternalIdentity.objects.create(
        user=committed_world.specialist, issuer=identity_provider.issuer, subject="liu.jingming"
    )
    sign_in(page, live_server, committed_world.doctor, to="/notices/")
    link(page, live_server, identity_provider, "liu.jingming")

    expect(page.get_by_text("该医院账号已关联本系统的其他人员。")).to_be_visible()
    assert ExternalIdentity.objects.get().user == committed_world.specialist


def test_a_closed_account_and_an_ended_post_stay_closed(
    page: Page, live_server: Any, committed_world: World, identity_provider: IdentityProvider
) -> None:
    doctor = committed_world.doctor
    ExternalIdentity.objects.create(user=doctor, issuer=identity_provider.issuer, subject="zhou")
    PractitionerRole.objects.filter(user=doctor).delete()
    through_the_provider(page, live_server, identity_provider, "zhou")
    page.wait_for_url(f"{live_server.url}/notices/")
    page.goto(f"{live_server.url}/patients/")
    expect(page.get_by_role("heading", name="居民")).to_have_count(0)

    doctor.is_active = False
    doctor.save()
    through_the_provider(page, live_server, identity_provider, "zhou")
    expect(page.get_by_text(UNLINKED)).to_be_visible()


def test_a_provider_that_went_away_is_told_and_the_password_still_works(
    page: Page, live_server: Any, committed_world: World, identity_provider: IdentityProvider, settings: Any
) -> None:
    settings.OIDC_OP_TOKEN_ENDPOINT = "http://127.0.0.1:1/token"
    through_the_provider(page, live_server, identity_provider, "anybody")

    expect(page.get_by_text("医院统一登录没有正常应答")).to_be_visible()
    sign_in(page, live_server, committed_world.doctor, to="/notices/")
