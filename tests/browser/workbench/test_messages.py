"""A team lead settles an uncertain message, an administrator writes a text, an operator runs a job, a nurse keeps wishes."""

import os
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from config import schedule
from journal.models import Communication, JobRun
from tests.browser.entry import sign_in
from tests.web.workbench.test_message_pages import uncertain
from tests.world import World

SHOTS = os.environ.get("YILIAN_SHOTS", "")


def fits(page: Page, accessible: Any, name: str) -> None:
    for width in (1440, 360):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        accessible(page)
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})


def test_a_team_lead_settles_an_uncertain_message(
    page: Page, live_server: Any, committed_world: World, accessible: Any
) -> None:
    message = uncertain(committed_world)
    sign_in(page, live_server, committed_world.team_lead, to="/messages/")
    fits(page, accessible, "messages")
    page.get_by_role("link", name="处理").click()
    fits(page, accessible, "message")
    page.get_by_role("button", name="放弃发送").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    accessible(page)
    page.get_by_role("dialog").get_by_role("button", name="放弃发送").click()
    expect(page.get_by_text("没有待核实的消息")).to_be_visible()
    fits(page, accessible, "messages-none")
    assert Communication.objects.get(pk=message.pk).status == "failed"
    assert page.complaints == []  # type: ignore[attr-defined]


def test_an_administrator_writes_a_text(
    page: Page, live_server: Any, committed_world: World, accessible: Any
) -> None:
    sign_in(page, live_server, committed_world.centre_admin, to="/messages/texts/")
    fits(page, accessible, "texts")
    page.get_by_role("link", name="修改：随访到期，短信，简体中文").click()
    page.get_by_label("文本").fill("{day}请到{centre}随访，{disease}")
    page.get_by_role("button", name="预览").click()
    expect(page.get_by_text("没有变量 {disease}").first).to_be_visible()
    page.get_by_label("文本").fill("{day}请到{centre}随访")
    page.get_by_role("button", name="预览").click()
    expect(page.get_by_text("2026年12月1日请到南泉街道社区卫生服务中心随访")).to_be_visible()
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("此后发出的消息均使用新文本")).to_be_visible()
    fits(page, accessible, "text")
    page.get_by_role("button", name="恢复内置文本").click()
    accessible(page)
    page.get_by_role("dialog").get_by_role("button", name="恢复内置文本").click()
    expect(page.get_by_text("已恢复内置文本。")).to_be_visible()


def test_an_operator_changes_a_schedule_and_runs_a_job(
    page: Page, live_server: Any, committed_world: World, accessible: Any
) -> None:
    schedule.seed()
    sign_in(page, live_server, committed_world.operator, to="/jobs/")
    fits(page, accessible, "jobs")
    page.get_by_role("link", name="发送消息").click()
    page.locator("#id_every").fill("2")
    page.locator("#id_unit").select_option("minutes")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("每 2 分钟")).to_be_visible()
    page.get_by_role("button", name="立即运行").click()
    accessible(page)
    page.get_by_role("dialog").get_by_role("button", name="立即运行").click()
    expect(page.get_by_text("等待运行")).to_be_visible()
    fits(page, accessible, "job")
    assert JobRun.objects.get().asked_by


def test_a_nurse_keeps_what_a_resident_wishes(
    page: Page, live_server: Any, committed_world: World, accessible: Any
) -> None:
    message = uncertain(committed_world)
    sign_in(page, live_server, committed_world.nurse, to=f"/patients/{message.patient_id}/messages/")
    page.get_by_label("愿意接收", exact=True).check(force=True)
    page.get_by_label("首选渠道").select_option("email")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("已保存。")).to_be_visible()
    fits(page, accessible, "wishes")
