"""A session that ends in the middle of a form: sign in over the page, nothing typed is lost, and it goes on."""

from playwright.sync_api import Page, expect
from qsessions.models import Session

from tests.browser.entry import sign_in
from tests.world import PASSWORD, World


def open_sheet_and_type(page: Page, live_server, world: World) -> None:
    """Given an operator who types into a long form."""
    sign_in(page, live_server, world.operator)
    page.goto(f"{live_server.url}/components/")
    page.fill("#id_systolic", "148")


def session_ends() -> None:
    """When the session is over."""
    Session.objects.all().delete()


def save(page: Page) -> None:
    page.press("#id_systolic", "Control+Enter")


def test_a_plain_form_goes_on_after_signing_in_over_the_page(
    page: Page, live_server, committed_world: World
) -> None:
    open_sheet_and_type(page, live_server, committed_world)
    session_ends()
    save(page)
    dialog = page.get_by_role("dialog", name="请重新登录")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_label("工号")).to_have_value("operator")
    expect(page.locator("#id_systolic")).to_have_value("148")
    dialog.get_by_label("密码").fill(PASSWORD)
    dialog.get_by_role("button", name="登录并继续").click()
    expect(page.locator("#toasts")).to_contain_text("已收到")
    assert [line for line in page.complaints if "401" not in line] == []


def test_a_wrong_password_leaves_the_form_as_it_is(page: Page, live_server, committed_world: World) -> None:
    open_sheet_and_type(page, live_server, committed_world)
    session_ends()
    save(page)
    dialog = page.get_by_role("dialog", name="请重新登录")
    dialog.get_by_label("密码").fill("wrong")
    dialog.get_by_role("button", name="登录并继续").click()
    expect(dialog).to_contain_text("工号或密码不正确")
    expect(page.locator("#id_systolic")).to_have_value("148")
    dialog.get_by_label("密码").fill(PASSWORD)
    dialog.get_by_role("button", name="登录并继续").click()
    expect(page.locator("#toasts")).to_contain_text("已收到")


def test_a_part_request_goes_on_after_signing_in_over_the_page(
    page: Page, live_server, committed_world: World
) -> None:
    open_sheet_and_type(page, live_server, committed_world)
    page.evaluate(
        """() => {
            document.querySelector('main').insertAdjacentHTML('beforeend', '<button id="ask" hx-get="/components/" '
              + 'hx-target="#answer" hx-select="h1">ask</button><div id="answer"></div>');
            window.htmx.process(document.querySelector('#ask'));
        }"""
    )
    session_ends()
    page.click("#ask")
    dialog = page.get_by_role("dialog", name="请重新登录")
    expect(page.locator("#answer")).to_be_empty()
    dialog.get_by_label("密码").fill(PASSWORD)
    dialog.get_by_role("button", name="登录并继续").click()
    expect(page.locator("#answer")).to_contain_text("组件与状态")
    expect(page.locator("#id_systolic")).to_have_value("148")


def test_not_now_sends_nothing_and_keeps_the_form(page: Page, live_server, committed_world: World) -> None:
    open_sheet_and_type(page, live_server, committed_world)
    session_ends()
    save(page)
    expect(page.get_by_role("dialog", name="请重新登录")).to_be_visible()
    page.get_by_role("button", name="暂不登录").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#id_systolic")).to_have_value("148")
    assert page.url.endswith("/components/")


def test_no_connection_is_told_and_nothing_is_lost(page: Page, live_server, committed_world: World) -> None:
    open_sheet_and_type(page, live_server, committed_world)
    page.context.set_offline(True)
    save(page)
    expect(page.locator("#toasts")).to_contain_text("连不上服务器")
    expect(page.locator("#id_systolic")).to_have_value("148")
    page.context.set_offline(False)
    save(page)
    expect(page.locator("#toasts")).to_contain_text("已收到")
