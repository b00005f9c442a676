"""Switching posts and standing in for a colleague, as a person does it: with the keyboard, at both widths, without a script."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from psycopg2.extras import DateRange

from alliances import delegation, posts
from alliances.models import Delegation, PractitionerRole, Role
from tests.browser.entry import sign_in
from tests.world import World

WIDTHS = [{"width": 1440, "height": 900}, {"width": 360, "height": 800}]
TODAY = timezone.localdate()


@pytest.fixture
def two_posts(committed_world: World) -> World:
    """The doctor is a specialist of the hospital too."""
    world = committed_world
    PractitionerRole.objects.create(
        user=world.doctor, role=Role.SPECIALIST, organization=world.secondary, department=world.cardiology,
        period=DateRange(date(2021, 1, 1), None),
    )  # fmt: skip
    return world


def choices(page: Page, width: int) -> Any:
    """Open the choice of posts: in the side bar, on narrow screens on a page of its own."""
    if width >= 1280:
        page.locator("details.yl-org > summary").focus()
        page.keyboard.press("Enter")
        return page.locator("details.yl-org")
    page.locator(".yl-top").get_by_role("link", name="切换岗位").click()
    return page.locator("main")


@pytest.mark.parametrize("size", WIDTHS, ids=["wide", "narrow"])
def test_a_post_is_chosen_shown_and_left_again(
    page: Page, live_server: Any, two_posts: World, accessible: Any, size: Any
) -> None:
    page.set_viewport_size(size)
    sign_in(page, live_server, two_posts.doctor, to="/notices/")
    offered = choices(page, size["width"])
    accessible(page)
    button = offered.get_by_role("button", name="专科医师")
    button.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live_server.url}/referrals/desk/")
    acting = page.locator(".yl-acting")
    expect(acting).to_contain_text("仅以此岗位工作")
    expect(acting).to_contain_text("心血管内科")
    accessible(page)
    acting.get_by_role("button", name="全部岗位").click()
    expect(page.locator(".yl-acting")).to_have_count(0)
    assert page.complaints == []  # type: ignore[attr-defined]


def test_the_choice_works_without_a_script(browser: Browser, live_server: Any, two_posts: World) -> None:
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    sign_in(page, live_server, two_posts.doctor, to="/notices/")
    page.locator("details.yl-org > summary").click()
    page.locator("details.yl-org").get_by_role("button", name="专科医师").click()
    expect(page.locator(".yl-acting")).to_contain_text("仅以此岗位工作")
    context.close()


def test_a_chosen_post_that_ends_falls_back_to_what_remains(
    page: Page, live_server: Any, two_posts: World
) -> None:
    sign_in(page, live_server, two_posts.doctor, to="/notices/")
    choices(page, 1440).get_by_role("button", name="专科医师").click()
    post = PractitionerRole.objects.get(user=two_posts.doctor, role=Role.SPECIALIST)
    posts.end(post, last_day=None, by=two_posts.operator, on=TODAY)
    page.goto(f"{live_server.url}/patients/")
    expect(page.locator("#toasts")).to_contain_text("所选岗位已结束")
    expect(page.locator(".yl-acting")).to_have_count(0)


@pytest.mark.parametrize("size", WIDTHS, ids=["wide", "narrow"])
def test_somebody_on_leave_names_a_colleague_who_stands_in_until_it_is_taken_back(
    page: Page, live_server: Any, committed_world: World, accessible: Any, size: Any
) -> None:
    world = committed_world
    page.set_viewport_size(size)
    sign_in(page, live_server, world.specialist, to="/me/delegation/")
    accessible(page)
    page.get_by_label("代岗人").select_option(str(world.other_specialist.pk))
    page.get_by_label("截止日期").fill((TODAY + timedelta(days=5)).isoformat())
    page.get_by_label("原因").fill("年休假")
    page.get_by_role("button", name="确认代岗").click()
    expect(page.locator("main")).to_contain_text("代岗中")
    accessible(page)
    assert Delegation.objects.get().delegate == world.other_specialist
    page.get_by_role("button", name="结束 other_specialist").click()
    expect(page.get_by_role("dialog")).to_contain_text("对方下一次操作即失去权限")
    accessible(page)
    page.get_by_role("button", name="立即结束").click()
    expect(page.locator("main")).not_to_contain_text("代岗中")
    assert not Delegation.objects.filter(period__contains=TODAY).exists()
    assert page.complaints == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("size", WIDTHS, ids=["wide", "narrow"])
def test_the_stand_in_sees_for_whom(
    page: Page, live_server: Any, committed_world: World, accessible: Any, size: Any
) -> None:
    world = committed_world
    delegation.name_stand_in(
        PractitionerRole.objects.get(user=world.specialist), world.other_specialist, first_day=TODAY,
        last_day=TODAY + timedelta(days=3), reason="年休假", by=world.specialist, on=TODAY,
    )  # fmt: skip
    page.set_viewport_size(size)
    sign_in(page, live_server, world.other_specialist, to="/notices/")
    choices(page, size["width"]).get_by_role("button", name="为 specialist 代岗").click()
    expect(page.locator(".yl-acting")).to_contain_text("正在为 specialist 代岗")
    accessible(page)


@pytest.mark.parametrize("size", WIDTHS, ids=["wide", "narrow"])
def test_a_colleague_is_made_found_and_given_a_further_post(
    page: Page, live_server: Any, committed_world: World, accessible: Any, size: Any
) -> None:
    page.set_viewport_size(size)
    sign_in(page, live_server, committed_world.centre_admin, to="/people/")
    accessible(page)
    page.get_by_role("link", name="新增人员").click()
    accessible(page)
    page.locator("#id_name").fill("李佩兰")
    page.locator("#id_username").fill("lipeilan")
    page.get_by_label("角色").select_option("nurse")
    page.get_by_role("button", name="创建账号").click()
    expect(page.locator("main")).to_contain_text("密码只显示这一次")
    accessible(page)
    page.get_by_role("link", name="已转交").click()
    expect(page.get_by_role("heading", name="李佩兰")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="重置密码").click()
    expect(page.get_by_role("dialog")).to_contain_text("原密码立即失效")
    accessible(page)
    page.keyboard.press("Escape")
    page.goto(f"{live_server.url}/people/?q=lpl")
    expect(page.locator("main")).to_contain_text("李佩兰")
