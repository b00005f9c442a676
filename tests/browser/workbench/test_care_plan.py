"""The plan from proposal to review, and a haemodialysis pathway, in a real browser at both widths."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from alliances.models import Role
from followups.models import CarePlan, Pathway
from patients.models import Patient
from patients.programmes import Programme
from tests.browser.entry import sign_in
from tests.world import World

WIDTHS = [(1440, 900), (360, 780)]


@pytest.fixture
def patient(committed_world: World) -> Patient:
    world = committed_world
    world.user("manager", Role.HEALTH_MANAGER, world.centre, care_team=world.team)
    return world.patient("李佩兰", Programme.HYPERTENSION, Programme.DIABETES)


@pytest.fixture(params=WIDTHS, ids=["wide", "narrow"])
def screen(page: Page, live_server: Any, accessible: Any, request: pytest.FixtureRequest) -> "Screen":
    """The browser at a width."""
    page.set_viewport_size({"width": request.param[0], "height": request.param[1]})
    return Screen(page, live_server, accessible)


@dataclass
class Screen:
    """A page with what is asked of every page: it fits and axe finds nothing."""

    page: Page
    live_server: Any
    accessible: Any

    def come(self, user: User, to: str) -> Page:
        """Somebody else sits down at the screen and opens a page that fits."""
        self.page.context.clear_cookies()
        sign_in(self.page, self.live_server, user, to=to)
        return self.good()

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.live_server.url}{path}")
        return self.good()

    def good(self) -> Page:
        """The page as it is now fits and is accessible. A click that leads on may still be on its way."""
        self.page.wait_for_load_state("networkidle")
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert self.page.evaluate(overflow) == 0
        self.accessible(self.page)
        return self.page


def test_a_plan_is_proposed_signed_taken_over_and_comes_up_for_review(
    screen: Screen, committed_world: World, patient: Patient
) -> None:
    world, root = committed_world, f"/patients/{patient.pk}/"
    propose(screen.come(world.doctor, f"{root}plan/propose/"), world)
    screen.good()
    page = screen.come(world.specialist, "/tasks/awaiting/")
    page.get_by_role("link", name="李佩兰").click()
    expect(page.get_by_text("两次血压不达标").first).to_be_visible()
    sign(screen.good())
    assert CarePlan.objects.get(patient=patient).revision == 1
    page = screen.come(world.doctor, "/tasks/")
    page.get_by_role("link", name="执行新签署的方案").click()
    page.get_by_role("button", name="接手执行").click()
    expect(page.get_by_role("button", name="接手执行")).to_have_count(0)
    expect(screen.open("/tasks/reviews/").get_by_role("link", name="李佩兰")).to_be_visible()
    screen.open(f"{root}plan/history/")
    assert page.complaints == []  # type: ignore[attr-defined]


def propose(page: Page, world: World) -> None:
    page.get_by_label("诊断", exact=True).fill("高血压2级，2型糖尿病")
    page.get_by_label("收缩压低于").fill("130")
    page.get_by_label("制定理由").fill("两次血压不达标")
    page.get_by_label("签署科室").select_option(str(world.cardiology.pk))
    page.get_by_label("居民同意该科室查看档案").check()
    page.get_by_role("button", name="提交签署").click()
    expect(page.get_by_text("待签署").first).to_be_visible()


def sign(page: Page) -> None:
    page.get_by_label("复核日期").fill((timezone.localdate() + timedelta(days=10)).isoformat())
    page.get_by_label("治疗").fill("氨氯地平 5 mg 每日1次")
    page.locator(".yl-actbar button[type=submit]").click()
    expect(page.get_by_text("已签署为 v1")).to_be_visible()


def test_the_health_manager_agrees_on_a_goal_and_logs_an_intervention(
    screen: Screen, committed_world: World, patient: Patient
) -> None:
    root = f"/patients/{patient.pk}/"
    page = screen.come(committed_world.manager, f"{root}lifestyle/")
    page.get_by_label("项目").select_option("salt")
    page.get_by_label("现在").fill("10")
    page.get_by_label("目标值").fill("5")
    page.get_by_label("期限").fill((timezone.localdate() + timedelta(days=60)).isoformat())
    page.get_by_label("已与居民商定").check()
    page.get_by_role("button", name="保存目标").click()
    expect(page.get_by_text("目标已约定")).to_be_visible()
    page = screen.open(f"{root}interventions/")
    page.get_by_label("措施与记录").fill("教用限盐勺")
    page.get_by_label("当前值").fill("8")
    page.get_by_role("button", name="保存干预").click()
    expect(page.get_by_text("教用限盐勺")).to_be_visible()
    screen.good()
    page.get_by_role("button", name="结束").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    screen.good()
    assert page.complaints == []  # type: ignore[attr-defined]


def test_the_haemodialysis_pathway_runs_between_its_owners(
    screen: Screen, committed_world: World, patient: Patient
) -> None:
    world = committed_world
    page = screen.come(world.doctor, f"/patients/{patient.pk}/pathways/")
    page.get_by_label("支持科室").select_option(str(world.cardiology.pk))
    page.get_by_label("居民同意该科室查看档案").check()
    page.get_by_role("button", name="开始", exact=True).click()
    expect(page).to_have_url(re.compile(r"/pathways/[0-9a-f-]{36}/$"))
    expect(page.get_by_role("heading", name="社区血液透析路径")).to_be_visible()
    screen.good()
    finish(page, "近4次透析记录已核对")
    pathway = Pathway.objects.get()
    page = screen.come(world.specialist, "/tasks/")
    page.get_by_role("link", name="路径步骤").click()
    expect(page).to_have_url(f"{screen.live_server.url}/pathways/{pathway.pk}/")
    finish(page, "同意在社区透析")
    states = list(pathway.steps.order_by("position").values_list("status", flat=True))
    assert states[:4] == ["done", "done", "open", "waiting"]
    assert page.complaints == []  # type: ignore[attr-defined]


def finish(page: Page, note: str) -> None:
    page.get_by_label("完成情况，或略过原因").fill(note)
    page.get_by_role("button", name="完成", exact=True).click()
    expect(page.get_by_text("步骤已完成")).to_be_visible()
    expect(page.get_by_text(note)).to_be_visible()


def test_a_template_gets_a_new_version(screen: Screen, committed_world: World) -> None:
    page = screen.come(committed_world.alliance_admin, "/pathway-templates/")
    page.get_by_role("link", name="社区血液透析路径").click()
    page.wait_for_url("**/pathway-templates/community-haemodialysis/**")
    screen.good()
    page.get_by_role("link", name="制定新版本").click()
    expect(page.get_by_label("模板名称")).to_be_visible()
    screen.good()
    page.get_by_label("模板名称").fill("巴南社区血液透析路径")
    page.get_by_role("button", name="发布新版本").click()
    expect(page.get_by_text("第 2 版已发布")).to_be_visible()
    assert page.complaints == []  # type: ignore[attr-defined]
