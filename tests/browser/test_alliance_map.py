"""The alliance page as people use it: by mouse, by keyboard, without a script, on a telephone."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from referrals.states import E
from tests.browser.entry import sign_in
from tests.db.referrals.flow_world import passed_on, sent
from tests.world import World

WIDTHS = [(1440, 900), (360, 780)]


@pytest.fixture
def living(committed_world: World) -> World:
    """A few referrals of this month, one passed on, one that skips a tier, one past its clock."""
    now = timezone.now()
    earlier = now - timedelta(minutes=50)
    sent(committed_world, earlier, (E.ACCEPT, earlier + timedelta(minutes=5)))
    sent(committed_world, earlier, target=committed_world.tertiary_cardiology)
    sent(committed_world, earlier, source=committed_world.other_centre, urgency="emergency")
    later = timezone.localtime(earlier + timedelta(minutes=10))
    passed_on(
        committed_world,
        sent(committed_world, earlier),
        f"{later:%Y-%m-%dT%H:%M}",
        committed_world.tertiary_cardiology,
    )
    return committed_world


@pytest.mark.parametrize("size", WIDTHS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_is_accessible_fits_and_obeys_the_content_policy(
    page: Page, live_server, living: World, accessible, *, size: tuple[int, int], theme: str
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=theme)
    sign_in(page, live_server, living.alliance_admin, to="/alliance/")
    page.goto(f"{live_server.url}/alliance/?organization={living.centre.pk}&team={living.team.pk}")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
    page.get_by_text("统计口径").click()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    accessible(page)
    assert page.complaints == []


def test_a_press_on_a_member_opens_it_beside_the_map_without_leaving_the_page(
    page: Page, live_server, living: World
) -> None:
    sign_in(page, live_server, living.alliance_admin, to="/alliance/")
    page.evaluate("window.stayed = true")
    page.locator(f"#node-{living.secondary.pk}").click()
    expect(page.get_by_role("heading", name="巴南区人民医院")).to_be_visible()
    expect(page.locator(f"#node-{living.secondary.pk}")).to_have_attribute("aria-current", "true")
    expect(page.locator("#map-said")).to_have_text("已打开 巴南区人民医院")
    assert page.evaluate("window.stayed")
    assert f"organization={living.secondary.pk}" in page.url
    page.go_back()
    expect(page.get_by_role("heading", name="重庆市第一人民医院")).to_be_visible()


def test_the_keyboard_walks_the_members_and_opens_one_and_its_team(
    page: Page, live_server, living: World
) -> None:
    sign_in(page, live_server, living.alliance_admin, to="/alliance/")
    node = page.locator(f"#node-{living.centre.pk}")
    page.locator(f"#node-{living.tertiary.pk}").focus()
    for _turn in range(10):
        if node.evaluate("node => node === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#chosen-h")).to_have_text("南泉街道社区卫生服务中心")
    expect(node).to_be_focused()
    page.locator(f"#team-{living.team.pk}").focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"#team-{living.team.pk}")).to_have_attribute("aria-expanded", "true")
    expect(page.locator("#chosen")).to_contain_text("片区")


def test_on_a_telephone_the_tiers_are_a_list_and_a_member_opens_below(
    page: Page, live_server, living: World
) -> None:
    page.set_viewport_size({"width": 360, "height": 780})
    sign_in(page, live_server, living.alliance_admin, to="/alliance/")
    expect(page.locator(".yl-tiermap")).to_be_hidden()
    page.locator(".yl-tierlist").get_by_role("link", name="南泉街道社区卫生服务中心").click()
    expect(page.locator("#chosen-h")).to_have_text("南泉街道社区卫生服务中心")
    expect(page.locator("#chosen-h")).to_be_in_viewport()


def test_it_works_without_a_script(browser: Browser, live_server, living: World) -> None:
    context = browser.new_context(
        java_script_enabled=False, locale="zh-CN", viewport={"width": 1440, "height": 900}
    )
    page = context.new_page()
    sign_in(page, live_server, living.alliance_admin, to="/alliance/")
    page.locator(f"#node-{living.secondary.pk}").click()
    expect(page.locator("#chosen-h")).to_have_text("巴南区人民医院")
    page.get_by_role("link", name="上转", exact=True).first.click()
    expect(page.locator("#flows").get_by_role("columnheader", name="下转")).to_have_count(0)
    context.close()


def test_the_workbook_comes_down(page: Page, live_server, living: World) -> None:
    sign_in(page, live_server, living.alliance_admin, to="/alliance/")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="导出").click()
    assert waiting.value.suggested_filename.endswith(".xlsx")
