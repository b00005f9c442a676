"""The main path of agreements, mentoring, trainings and certificates in a real browser, at both widths."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from alliances.models import Agreement, Certificate, MentoringSession, Training
from tests.browser.entry import sign_in
from tests.world import World

Check = Callable[[Page], None]


def day(number: int = 0) -> str:
    return (timezone.localdate() + timedelta(days=number)).isoformat()


@pytest.fixture
def looks_right(accessible: Check) -> Check:
    """At both widths nothing sticks out, axe finds nothing, and the console is silent."""

    def check(page: Page) -> None:
        for width in (360, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            accessible(page)
        assert page.complaints == []  # type: ignore[attr-defined]

    return check


def test_an_agreement_is_made_refused_twice_renewed_and_ended(
    page: Page, live_server: Any, committed_world: World, looks_right: Check
) -> None:
    world = committed_world
    sign_in(page, live_server, world.centre_admin, to="/agreements/")
    expect(page.get_by_text("暂无协议")).to_be_visible()
    page.keyboard.press("n")
    page.get_by_label("转出机构").select_option(label="南泉街道社区卫生服务中心")
    page.get_by_label("接收机构").select_option(label="巴南区人民医院")
    looks_right(page)
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("心血管内科").check()
    page.get_by_label("每日门诊号源").first.fill("3")
    page.get_by_label("联系电话").fill("023-00661000")
    page.get_by_label("截止日期").fill(day(30))
    page.get_by_label("绿色通道", exact=True).check()
    looks_right(page)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("协议已签订")
    looks_right(page)

    page.get_by_role("button", name="续签").first.click()
    page.get_by_role("dialog").get_by_role("button", name="续签").click()
    expect(page.locator("#toasts")).to_contain_text("已续签")
    page.goto(f"{live_server.url}/agreements/?state=all")
    looks_right(page)
    page.get_by_role("row").filter(has_text="30 天后到期").get_by_role("link").click()
    page.get_by_role("button", name="提前终止").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("理由").fill("改签区域协议")
    dialog.get_by_role("button", name="终止协议").click()
    expect(page.locator("main")).to_contain_text("改签区域协议")
    assert Agreement.objects.count() == 2


def test_a_pair_is_made_and_its_sessions_logged_and_voided(
    page: Page, live_server: Any, committed_world: World, looks_right: Check
) -> None:
    world = committed_world
    sign_in(page, live_server, world.centre_admin, to="/mentoring/new/")
    page.get_by_label("医院").select_option(label="巴南区人民医院")
    page.get_by_label("机构", exact=True).select_option(label="南泉街道社区卫生服务中心")
    looks_right(page)
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("带教老师").select_option(label="specialist")
    page.get_by_label("带教对象").select_option(label="doctor")
    page.get_by_label("本年度目标次数").fill("2")
    looks_right(page)
    page.get_by_role("button", name="确认结对").click()
    page.get_by_label("活动主题").fill("胰岛素起始与调整")
    page.get_by_label("分钟数").fill("60")
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.locator("main")).to_contain_text("50.00%")
    looks_right(page)
    page.get_by_role("button", name="作废").first.click()
    page.get_by_role("dialog").get_by_label("理由").fill("重复登记")
    page.get_by_role("dialog").get_by_role("button", name="确认作废").click()
    expect(page.locator("main")).to_contain_text("重复登记")
    assert MentoringSession.objects.get().voided_by == world.centre_admin
    for query in ("", "?by=mentor", "?by=centre"):
        page.goto(f"{live_server.url}/mentoring/{query}")
        looks_right(page)


def test_a_training_is_planned_people_invited_and_attendance_typed(
    page: Page, live_server: Any, committed_world: World, looks_right: Check
) -> None:
    world = committed_world
    sign_in(page, live_server, world.centre_admin, to="/trainings/new/")
    page.locator("#id_title").fill("低血糖处理")
    page.get_by_label("主办机构").select_option(label="南泉街道社区卫生服务中心")
    page.get_by_label("开始时间").fill(timezone.localtime().strftime("%Y-%m-%dT%H:%M"))
    page.get_by_label("分钟数").fill("90")
    page.get_by_label("现场").check(force=True)
    looks_right(page)
    page.get_by_role("button", name="创建培训").click()
    page.get_by_label("南泉街道社区卫生服务中心").check(force=True)
    page.get_by_label("护士").check(force=True)
    page.get_by_label("全科医师").check(force=True)
    page.get_by_role("button", name="发出邀请").click()
    expect(page.locator("#toasts")).to_contain_text("已邀请 3 人")
    nurse = page.get_by_role("row").filter(has_text="nurse")
    nurse.get_by_label("已邀请").focus()
    for _press in range(3):
        page.keyboard.press("ArrowRight")
    expect(nurse.get_by_label("请假")).to_be_checked()
    looks_right(page)
    page.get_by_role("button", name="本页其余全部到会").click()
    expect(page.locator("main")).to_contain_text("已参加 2")
    assert set(Training.objects.get().attendances.values_list("status", flat=True)) == {"attended", "excused"}
    for path in ("organized/", "hours/", ""):
        page.goto(f"{live_server.url}/trainings/{path}")
        looks_right(page)


def test_a_certificate_is_entered_and_found_by_the_administrator(
    page: Page, live_server: Any, committed_world: World, looks_right: Check
) -> None:
    world = committed_world
    sign_in(page, live_server, world.doctor, to="/certificates/new/")
    page.get_by_label("证书编号").fill("000500113000001")
    page.get_by_label("发证日期").fill("2022-01-01")
    page.get_by_label("有效期至").fill(day(-2))
    looks_right(page)
    page.get_by_role("button", name="保存").click()
    expect(page.locator("main")).to_contain_text("已过期2天")
    looks_right(page)
    page.context.clear_cookies()
    sign_in(page, live_server, world.centre_admin, to="/certificates/people/?state=expired")
    expect(page.get_by_role("row").filter(has_text="doctor")).to_contain_text("已过期2天")
    looks_right(page)
    page.goto(f"{live_server.url}/certificates/people/?state=missing")
    looks_right(page)
    assert Certificate.objects.count() == 1
