"""A draft, what it would change, publishing it; and a doctor who decides otherwise: in a real browser at both widths."""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from followups.models import AssessmentOverride, ProtocolVersion
from patients.programmes import Programme
from tests.browser.entry import sign_in
from tests.browser.story import processes
from tests.db.followups.recording import save
from tests.world import World

WIDTHS = [(1440, 900), (360, 780)]


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


@pytest.mark.parametrize("size", WIDTHS)
def test_a_version_is_drafted_run_and_published(
    page: Page,
    live_server: Any,
    committed_world: World,
    *,
    accessible: Any,
    tmp_path: Path,
    size: tuple[int, int],
) -> None:
    world, today = committed_world, timezone.localdate()
    patient = world.patient("王建国", Programme.HYPERTENSION, born=date(today.year - 62, 1, 1))
    on = (today - timedelta(days=20)).isoformat()
    save(world, patient, on, systolic=145, diastolic=80, recorded_at=timezone.now())
    page.set_viewport_size({"width": size[0], "height": size[1]})
    sign_in(page, live_server, world.alliance_admin, to="/protocols/")
    fits(page)
    accessible(page)
    page.get_by_role("link", name="高血压").click()
    expect(page.get_by_text("收缩压 ≥180").first).to_be_visible()
    fits(page)
    accessible(page)
    page.goto(f"{live_server.url}/protocols/versions/new/")
    fits(page)
    accessible(page)
    page.get_by_label("放宽血压线的起始年龄").fill("60")
    page.get_by_role("textbox", name="理由").fill("专家组意见：由 65 岁降至 60 岁")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("尚未试算")).to_be_visible()
    with processes.worker(tmp_path / "worker.log"):
        page.get_by_role("button", name="试算").click()
        expect(page.get_by_text("1 次随访中有 1 次结论改变")).to_be_visible(timeout=60_000)
    fits(page)
    accessible(page)
    page.get_by_role("button", name="发布").first.click()
    page.locator("dialog[open]").get_by_role("button", name="发布").click()
    expect(page.get_by_text("已生效，内容不再更改")).to_be_visible()
    fits(page)
    accessible(page)
    assert ProtocolVersion.objects.get().status == "published"
    assert page.complaints == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("size", WIDTHS)
def test_a_doctor_decides_otherwise_by_keyboard(
    page: Page, live_server: Any, committed_world: World, *, accessible: Any, size: tuple[int, int]
) -> None:
    patient = committed_world.patient("李佩兰", Programme.HYPERTENSION)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    sign_in(page, live_server, committed_world.doctor, to=reverse("workbench:visit", args=[patient.pk]))
    page.locator("#id_systolic").fill("150")
    page.locator("#id_diastolic").fill("88")
    decision = page.locator("#decision")
    expect(decision).to_contain_text("2 控制不满意")
    page.get_by_text("医生另行判断").focus()
    page.keyboard.press("Enter")
    page.locator("#id_override_hypertension_class").focus()
    page.keyboard.press("ArrowDown")
    page.locator("#id_override_reason").focus()
    page.keyboard.type("家庭自测一直达标")
    expect(decision).to_contain_text("1 控制满意", timeout=15_000)
    expect(decision).to_contain_text("规范结论：控制不满意")
    fits(page)
    accessible(page)
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/visit/[0-9a-f-]{36}/$"))
    expect(page.get_by_text("医生另行判断：家庭自测一直达标")).to_be_visible()
    fits(page)
    accessible(page)
    assert AssessmentOverride.objects.get().klass == "controlled"
    assert page.complaints == []  # type: ignore[attr-defined]
