"""The centre's administrator imports the sample roster: preview, import, result, and once more without change."""

import pytest

from alliances.models import CareTeam
from exchange import tasks
from exchange.models import ImportBatch
from tests.rosters import SAMPLE
from tests.world import build

ROSTER = {
    "name": "名册-南泉-2023.xlsx",
    "mimeType": "application/vnd.ms-excel",
    "buffer": SAMPLE.read_bytes(),
}


@pytest.fixture
def administrator(live_server, page, transactional_db):
    """The page, signed in as the administrator of a centre with the five teams of the sample."""
    world = build()
    for which in "三四五":
        CareTeam.objects.create(organization=world.centre, code=f"t{ord(which)}", name=f"第{which}片区团队")
    browser = world.browser("centre_admin")
    cookie = {"name": "sessionid", "value": browser.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([cookie])
    page.goto(f"{live_server.url}/imports/")
    return page


def upload(page):
    page.set_input_files("input[type=file]", ROSTER)
    page.get_by_role("button", name="上传并核对").click()
    page.wait_for_url("**/imports/*-*/")


def fits(page, accessible):
    for width in (1440, 360):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        accessible(page)


def test_the_roster_is_previewed_imported_and_imported_again_without_change(
    administrator, accessible, live_server
):
    page = administrator
    upload(page)
    fits(page, accessible)
    row = page.get_by_role("row").filter(has_text="证号第 17 位为双数").first
    assert "64" in row.inner_text()

    page.get_by_role("button", name="写入 2991 行").click()
    page.get_by_text("等待后台任务").wait_for()
    tasks.import_batch(str(ImportBatch.objects.get().pk))
    page.get_by_text("导入完成").wait_for()  # the progress bar reads the page anew
    fits(page, accessible)

    page.goto(f"{live_server.url}/imports/")
    fits(page, accessible)
    upload(page)
    page.get_by_text("导入此文件不会产生任何变化").wait_for()
    assert page.complaints == []
