"""The audit trail and a resident's access history, in a real browser at both widths."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from alliances.models import Role
from journal import audit
from patients.identity import unmask
from tests.browser.entry import sign_in
from tests.world import World

WIDTHS = [(1440, 900), (360, 780)]


@pytest.fixture
def officer(committed_world: World) -> User:
    """The officer of an alliance in which somebody looked into a record."""
    world = committed_world
    world.user("officer", Role.PRIVACY_OFFICER, world.tertiary, alliance=world.alliance)
    patient = world.patient("李佩兰", number="11010519491231002X")
    for _again in range(2):
        audit.record("patient.open", by=world.doctor, subject=patient)
    unmask(patient, by=world.nurse, reason="核对电话")
    return world.users["officer"]


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


@pytest.mark.parametrize("size", WIDTHS)
def test_the_officer_searches_and_reads_who_looked(
    page: Page,
    live_server: Any,
    officer: User,
    accessible: Any,
    size: tuple[int, int],
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    sign_in(page, live_server, officer, to="/audit/")
    fits(page)
    accessible(page)
    page.get_by_label("居民", exact=True).fill("佩兰")
    page.get_by_role("button", name="查找").click()
    expect(page.get_by_role("cell", name="核对电话")).to_be_visible()
    fits(page)
    accessible(page)
    page.get_by_role("link", name="访问记录").click()
    expect(page.get_by_text("2 次")).to_be_visible()
    expect(page.get_by_text("核对电话")).to_be_visible()
    fits(page)
    accessible(page)
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="打印")).to_be_hidden()
    expect(page.get_by_text("查询人 officer")).to_be_visible()
    assert page.complaints == []  # type: ignore[attr-defined]
