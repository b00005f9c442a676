"""An administrator connects another system, changes its secret without a gap, and switches it off; the API obeys at once."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.entry import sign_in
from tests.world import World


def fits(page: Page, accessible: Any) -> None:
    for width in (1440, 360):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        accessible(page)
    page.set_viewport_size({"width": 1440, "height": 900})


def status(page: Page, live_server: Any, client: str, secret: str) -> int:
    credentials = {"client_id": client, "client_secret": secret}
    return page.request.post(f"{live_server.url}/api/v1/auth/token/", data=credentials).status


def credentials(page: Page) -> tuple[str, str]:
    client, secret = page.locator("dd code").all_inner_texts()[:2]
    assert re.fullmatch(r"nanquan-[0-9a-f]{8}", client)
    return client, secret


def test_a_system_is_connected_given_a_new_secret_and_switched_off(
    page: Page, live_server: Any, committed_world: World, accessible: Any
) -> None:
    sign_in(page, live_server, committed_world.centre_admin, to="/clients/")
    fits(page, accessible)
    page.get_by_role("link", name="登记系统").first.click()
    page.get_by_role("button", name="登记并显示密钥").click()
    expect(page.get_by_label("系统名称")).to_be_focused()  # the browser itself asks for what is missing
    page.get_by_label("系统名称").fill("检验系统")
    page.get_by_label("读取档案", exact=False).first.check()
    fits(page, accessible)
    page.get_by_role("button", name="登记并显示密钥").click()
    page.get_by_text("请现在抄录或复制。").wait_for()
    client, old = credentials(page)
    fits(page, accessible)
    assert status(page, live_server, client, old) == 200

    page.get_by_role("link", name="我已保存").click()
    fits(page, accessible)
    page.get_by_role("button", name="更换密钥").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="更换并显示").click()
    page.get_by_text("上一个密钥").wait_for()
    _client, new = credentials(page)
    assert new != old
    assert [status(page, live_server, client, secret) for secret in (old, new)] == [200, 200]

    page.get_by_role("link", name="我已保存").click()
    page.get_by_role("button", name="停用").click()
    page.get_by_role("dialog").get_by_role("button", name="停用").click()
    expect(page.get_by_text("已停用，其令牌同时失效。")).to_be_visible()
    fits(page, accessible)
    assert [status(page, live_server, client, secret) for secret in (old, new)] == [401, 401]
    assert page.complaints == []  # type: ignore[attr-defined]
