"""A centre joins, moves, becomes a part of another; a station closes: in the browser, without the back office."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from alliances.models import AllianceMembership, Department, Organization, ServiceArea
from patients.models import Patient
from patients.programmes import Programme
from tests.browser.entry import sign_in
from tests.world import World, build

PICTURES = settings.BASE_DIR / "build" / "screenshots" / "organizations"


@pytest.fixture
def world(transactional_db: None) -> World:
    world = build()
    bureau = Organization.objects.create(
        code="bureau", name="巴南区卫生健康委员会", short_name="区卫健委", tier="bureau"
    )
    for number, name in enumerate(("花溪街道社区卫生服务中心", "云篆山街道社区卫生服务中心", "樵坪镇卫生院")):
        Organization.objects.create(code=f"c{number}", name=name, tier="community", parent=bureau)
    Organization.objects.filter(pk=world.other_centre.pk).update(
        short_name="龙洲湾中心", phone="023-00663100"
    )
    Department.objects.create(
        organization=world.centre, code="general", name="全科", programmes=["hypertension"]
    )
    for name in ("红旗村", "白鹤村", "和平村"):
        ServiceArea.objects.create(organization=world.centre, name=name, care_team=world.team)
    world.patient("李佩兰", Programme.HYPERTENSION, organization=world.other_centre)
    world.patient("何国清", organization=world.other_centre)
    return world


@pytest.fixture
def looks(page: Page, accessible: Any) -> Any:
    """The page fits both widths, axe finds nothing, and a picture of it is kept."""

    def look(name: str) -> None:
        for width, height in ((1440, 900), (360, 800)):
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
            accessible(page)
            Path(PICTURES).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=PICTURES / f"{name}-{width}.png", full_page=True)
        page.set_viewport_size({"width": 1440, "height": 900})

    return look


def opens(page: Page, live_server: Any, path: str) -> None:
    page.goto(f"{live_server.url}{path}")


def test_a_station_is_recorded_joins_moves_and_closes(
    world: World, page: Page, live_server: Any, looks: Any
) -> None:
    sign_in(page, live_server, world.users["operator"], to="/organizations/")
    looks("1-list")

    page.get_by_role("link", name="新增机构").click()
    page.get_by_label("系统编码").fill("station")
    page.get_by_label("名称", exact=True).fill("石坪社区卫生服务站")
    page.get_by_label("简称").fill("石坪站")
    page.get_by_label("级别").select_option("community")
    page.get_by_label("统一社会信用代码").fill("12310104MB2F30610I")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("校验码").first).to_be_visible()
    looks("2-refused")
    page.get_by_label("统一社会信用代码").fill("12310104MB2F30610J")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("石坪社区卫生服务站已登记。")).to_be_visible()
    station = Organization.objects.get(code="station")

    # areas, pasted
    page.get_by_role("link", name="新增片区").click()
    page.get_by_label("名称").fill("石坪村、柏树村\n自由村")
    looks("3-areas")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("rowheader", name="柏树村")).to_be_visible()

    # joins
    opens(page, live_server, "/alliances/")
    looks("4-alliances")
    page.get_by_role("link", name="巴南区医联体").click()
    page.get_by_label("机构", exact=True).select_option(str(station.pk))
    page.get_by_role("button", name="加入").click()
    expect(page.get_by_text("石坪社区卫生服务站已加入。")).to_be_visible()
    looks("5-members")
    assert AllianceMembership.objects.filter(organization=station).exists()

    # moves
    opens(page, live_server, f"/organizations/{station.pk}/move/")
    page.get_by_label("隶属").select_option(str(world.centre.pk))
    looks("6-move")
    page.get_by_role("button", name="确认调整").click()
    expect(page.get_by_text("隶属关系已调整").first).to_be_visible()

    # closes
    opens(page, live_server, f"/organizations/{station.pk}/close/")
    page.get_by_label("确认").fill("石坪站")
    looks("11-close")
    page.get_by_role("button", name="关闭机构").click()
    expect(page.get_by_text("石坪社区卫生服务站已关闭。")).to_be_visible()
    looks("12-closed")
    assert page.complaints == []


def test_a_centre_becomes_a_part_of_another_and_that_one_cannot_close(
    world: World, page: Page, live_server: Any, looks: Any
) -> None:
    sign_in(page, live_server, world.users["operator"], to=f"/organizations/{world.other_centre.pk}/")
    looks("7-organization")
    page.get_by_role("link", name="并入其他机构").click()
    page.get_by_label("并入").select_option(str(world.centre.pk))
    page.get_by_role("button", name="查看随迁内容").click()
    expect(page.get_by_role("row", name="居民 2")).to_be_visible()
    page.get_by_label("第一片区团队").select_option(str(world.second_team.pk))
    page.get_by_label("确认").fill("龙洲湾中心")
    looks("8-merge")
    page.get_by_role("button", name="确认并入").click()
    expect(page.get_by_text("已并入南泉街道社区卫生服务中心").first).to_be_visible()
    assert Patient.objects.filter(organization=world.centre, care_team=world.second_team).count() == 2
    looks("9-after")

    opens(page, live_server, f"/organizations/{world.centre.pk}/close/")
    expect(page.get_by_text("须先处理以下事项")).to_be_visible()
    looks("10-in-the-way")
    assert page.complaints == []


def test_the_keyboard_alone_adds_a_department(world: World, page: Page, live_server: Any) -> None:
    sign_in(
        page,
        live_server,
        world.users["centre_admin"],
        to=f"/organizations/{world.centre.pk}/departments/new/",
    )
    page.get_by_label("名称").focus()
    page.keyboard.type("中医科")
    page.keyboard.press("Tab")
    page.keyboard.type("tcm")
    page.keyboard.press("Enter")
    expect(page.get_by_role("rowheader", name="中医科")).to_be_visible()
    assert page.complaints == []
