"""A year in the life of an alliance, in the browser and without the back office: each month somebody else does a part."""

from datetime import date
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Page, expect

from alliances.models import AllianceMembership, Organization, PractitionerRole, Role
from patients.models import Handover, Patient, Responsibility
from patients.programmes import Programme
from tests.browser.entry import sign_in
from tests.world import World, build

JANUARY, MARCH, APRIL = date(2026, 1, 12), date(2026, 3, 10), date(2026, 4, 7)
JUNE, SEPTEMBER, NOVEMBER = date(2026, 6, 15), date(2026, 9, 1), date(2026, 11, 20)


class Year:
    """The alliance, and one browser that somebody else sits down at from time to time."""

    def __init__(self, world: World, page: Page, live_server: Any) -> None:
        self.world, self.page, self.live_server = world, page, live_server

    def sits_down(self, part: str, path: str) -> Page:
        """Somebody signs in and opens a page."""
        self.page.context.clear_cookies()
        sign_in(self.page, self.live_server, self.world.users[part], to=path)
        return self.page

    def goes_to(self, path: str) -> Page:
        self.page.goto(f"{self.live_server.url}{path}")
        return self.page


@pytest.fixture
def year(transactional_db: None, page: Page, live_server: Any) -> Year:
    world = build()
    world.user("second_lead", Role.TEAM_LEAD, world.centre, care_team=world.second_team)
    world.patient("李佩兰", Programme.HYPERTENSION)
    return Year(world, page, live_server)


def a_station_joins(year: Year) -> Organization:
    page = year.sits_down("operator", "/organizations/")
    page.get_by_role("link", name="新增机构").click()
    page.get_by_label("系统编码").fill("station")
    page.get_by_label("名称", exact=True).fill("石坪社区卫生服务站")
    page.get_by_label("简称").fill("石坪站")
    page.get_by_label("级别").select_option("community")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("石坪社区卫生服务站已登记。")).to_be_visible()
    station = Organization.objects.get(code="station")
    year.goes_to(f"/alliances/{year.world.alliance.pk}/members/")
    page.get_by_label("机构", exact=True).select_option(str(station.pk))
    page.get_by_role("button", name="加入").click()
    expect(page.get_by_text("石坪社区卫生服务站已加入。")).to_be_visible()
    return station


def a_resident_changes_the_team(year: Year) -> None:
    world, resident = year.world, Patient.objects.get(name="李佩兰")
    page = year.sits_down("doctor", f"/patients/{resident.pk}/")
    page.get_by_role("link", name="移交团队").click()
    page.get_by_label("接收团队").select_option(label="第二片区团队")
    page.get_by_label("移交原因").select_option("moved_house")
    page.get_by_role("button", name="提请移交").click()
    page.wait_for_url("**/handovers/?tab=out")
    page = year.sits_down("second_lead", "/handovers/?tab=in")
    page.get_by_role("checkbox", name="李佩兰").check()
    page.get_by_role("button", name="接收所选").click()
    expect(page.get_by_text("已接收 1 名居民")).to_be_visible()
    assert Handover.objects.get().status == "accepted"
    teams = Responsibility.objects.filter(patient=resident).order_by("period")
    assert [(r.care_team, r.period.upper) for r in teams] == [(world.team, MARCH), (world.second_team, None)]


def a_nurse_begins(year: Year) -> None:
    world = year.world
    page = year.sits_down("centre_admin", f"/people/new/?organization={world.centre.pk}")
    page.get_by_label("工号", exact=True).fill("tangxue")
    page.get_by_label("姓名", exact=True).fill("唐雪")
    page.get_by_label("角色", exact=True).select_option("nurse")
    page.locator("main form button[type=submit]").click()
    expect(page.get_by_text("唐雪").first).to_be_visible()
    post = PractitionerRole.objects.get(user__username="tangxue")
    assert (post.organization, post.period.lower) == (world.centre, APRIL)


def the_station_moves_below_the_centre(year: Year, station: Organization) -> None:
    page = year.sits_down("operator", f"/organizations/{station.pk}/move/")
    page.get_by_label("上级机构").select_option(str(year.world.centre.pk))
    page.get_by_role("button", name="确认调整").click()
    expect(page.get_by_text("隶属关系已调整").first).to_be_visible()
    station.refresh_from_db()
    assert station.parent_id == year.world.centre.pk


def a_member_leaves(year: Year) -> None:
    member = AllianceMembership.objects.get(organization=year.world.other_centre)
    page = year.sits_down("alliance_admin", f"/alliances/{year.world.alliance.pk}/members/")
    page.get_by_role("link", name="退出 龙洲湾街道社区卫生服务中心").or_(
        page.locator(f"a[href='/memberships/{member.pk}/leave/']")
    ).first.click()
    page.locator("textarea, input[name=reason]").first.fill("改入渝南医联体")
    page.get_by_role("button", name="登记退出").click()
    expect(page.get_by_text("已登记退出").first).to_be_visible()
    member.refresh_from_db()
    assert member.period.upper == SEPTEMBER


def the_station_closes(year: Year, station: Organization) -> None:
    page = year.sits_down("operator", f"/organizations/{station.pk}/close/")
    page.get_by_role("textbox", name="确认").fill("石坪站")
    page.get_by_role("button", name="关闭机构").click()
    expect(page.get_by_text("石坪社区卫生服务站已关闭。")).to_be_visible()
    station.refresh_from_db()
    assert station.closed_on == NOVEMBER
    assert AllianceMembership.objects.get(organization=station).period.upper == NOVEMBER


def on(day: date) -> Any:
    """Ten in the morning of the day, and time goes on from there."""
    return time_machine.travel(f"{day}T02:00:00+00:00", tick=True)


def test_join_hand_over_move_leave_close(year: Year) -> None:
    with on(JANUARY):
        station = a_station_joins(year)
    with on(MARCH):
        a_resident_changes_the_team(year)
    with on(APRIL):
        a_nurse_begins(year)
    with on(JUNE):
        the_station_moves_below_the_centre(year, station)
    with on(SEPTEMBER):
        a_member_leaves(year)
    with on(NOVEMBER):
        the_station_closes(year, station)
    assert [line for line in year.page.complaints if "422" not in line] == []  # type: ignore[attr-defined]
