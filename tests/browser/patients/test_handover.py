"""One team offers residents, the other takes one and declines one: two people, at both widths."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from alliances.models import CareTeam, Role
from journal import delivery
from patients.models import Handover, Patient
from patients.programmes import Programme
from tests.world import World, build


@pytest.fixture
def staffed(transactional_db: None) -> World:
    world = build()
    world.user("second_lead", Role.TEAM_LEAD, world.centre, care_team=world.second_team)
    CareTeam.objects.update(composition=["one_one_x"], areas=["红旗村"])
    for name in ("李佩兰", "王淑芬", "赵国强"):
        world.patient(name, Programme.HYPERTENSION)
    return world


def enter(page: Page, live_server: Any, world: World, part: str) -> None:
    """Be somebody else in this page."""
    client = world.browser(part)
    page.context.clear_cookies()
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )


def fits(page: Page, accessible: Any) -> None:
    for width in (1440, 360):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (page.url, width)
        accessible(page)


def wrong(page: Page) -> list[str]:
    """What the console complains of; that a form was refused (422) is no fault."""
    return [text for text in page.complaints if "422" not in text]  # type: ignore[attr-defined]


def offers_two(page: Page, root: str, resident: Patient) -> None:
    """From the resident's page, and from the list."""
    page.goto(f"{root}/patients/{resident.pk}/")
    page.get_by_role("link", name="移交团队").click()
    expect(page.get_by_role("checkbox", name="李佩兰")).to_be_checked()
    page.get_by_label("接收团队").select_option(label="第二片区团队")
    page.get_by_label("移交原因").select_option("critical")
    page.get_by_label("备注").fill("胸闷，请尽快接收")
    page.get_by_role("button", name="提请移交").click()
    expect(page.get_by_text("已向第二片区团队提请移交 1 名居民")).to_be_visible()
    page.goto(f"{root}/handovers/new/")
    expect(page.get_by_role("checkbox", name="李佩兰")).to_have_count(0)
    page.get_by_label("接收团队").select_option(label="第二片区团队")
    page.get_by_role("button", name="提请移交").click()
    expect(page.get_by_text("请先勾选居民")).to_be_visible()
    page.get_by_role("checkbox", name="王淑芬").check()
    page.get_by_role("button", name="提请移交").click()
    expect(page).to_have_url(f"{root}/handovers/?tab=out")


def answers_both(page: Page, root: str, looked_at: Any) -> None:
    """Takes the critical one, and declines the other for a reason."""
    page.goto(f"{root}/notices/")
    page.get_by_role("button", name="危重居民等待接收").click()
    expect(page).to_have_url(f"{root}/handovers/?tab=in")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("李佩兰")
    looked_at()
    page.get_by_role("checkbox", name="李佩兰").check()
    page.get_by_role("button", name="接收所选").click()
    expect(page.get_by_text("已接收 1 名居民")).to_be_visible()
    page.get_by_role("checkbox", name="王淑芬").check()
    page.get_by_role("button", name="婉拒所选").click()
    expect(page.get_by_text("请填写理由")).to_be_visible()
    expect(page.get_by_role("checkbox", name="王淑芬")).to_be_checked()
    looked_at()
    page.get_by_label("婉拒理由").fill("居住地不在本片区")
    page.get_by_role("button", name="婉拒所选").click()
    expect(page.get_by_text("已婉拒 1 名居民")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 360])
def test_residents_are_offered_by_one_team_and_answered_by_the_other(
    staffed: World, live_server: Any, page: Page, accessible: Any, width: int
) -> None:
    world, root = staffed, live_server.url
    resident = Patient.objects.get(name="李佩兰")

    def looked_at() -> None:
        assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
        accessible(page)

    page.set_viewport_size({"width": width, "height": 900})
    enter(page, live_server, world, "doctor")
    offers_two(page, root, resident)
    looked_at()
    page.goto(f"{root}/handovers/new/")
    looked_at()

    delivery.deliver()
    enter(page, live_server, world, "second_lead")
    answers_both(page, root, looked_at)
    assert dict(Handover.objects.values_list("patient__name", "status")) == {
        "李佩兰": "accepted",
        "王淑芬": "declined",
    }
    page.goto(f"{root}/patients/{resident.pk}/")
    expect(page.get_by_text("由第一片区团队移交")).to_be_visible()
    looked_at()
    assert wrong(page) == []


def test_the_pages_of_teams_fit_and_are_accessible(
    staffed: World, live_server: Any, page: Page, accessible: Any
) -> None:
    world = staffed
    enter(page, live_server, world, "centre_admin")
    base = f"/teams/{world.team.pk}/"
    for path in (
        "/teams/",
        base,
        f"{base}edit/",
        f"{base}members/new/",
        f"{base}close/",
        "/teams/new/",
        "/handovers/?tab=done",
    ):
        page.goto(f"{live_server.url}{path}")
        fits(page, accessible)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{live_server.url}{base}members/new/?q=specialist")
    page.get_by_text("心血管内科").first.click()
    page.get_by_role("button", name="加入团队").click()
    expect(page.get_by_text("已配齐")).to_be_visible()
    page.get_by_role("button", name="退出团队").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    accessible(page)
    dialog.get_by_role("button", name="退出团队").click()
    expect(page.get_by_text("缺", exact=False).first).to_be_visible()
    assert wrong(page) == []
