"""A session that ends in the middle of a form: sign in over the page, nothing typed is lost, and it goes on."""

from playwright.sync_api import Page, expect
from qsessions.models import Session

from accounts import second_factor
from accounts.models import User
from tests.browser.entry import sign_in
from tests.second_factors import code_of, device_of
from tests.world import PASSWORD, World


def open_sheet_and_type(page: Page, live_server, world: World) -> None:
    """Given an operator who types into a long form."""
    sign_in(page, live_server, world.operator)
    page.goto(f"{live_server.url}/components/")
    page.fill("#id_systolic", "148")


def session_ends() -> None:
    """When the session is over."""
    Session.objects.all().delete()


def signs_in_again(page: Page, world: World) -> None:
    """Password and code, over the page."""
    dialog = page.get_by_role("dialog", name="请重新登录")
    dialog.get_by_label("密码").fill(PASSWORD)
    dialog.get_by_role("button", name="登录并继续").click()
    step = page.get_by_role("dialog", name="第二步验证")
    field = step.get_by_label("6 位数字")
    expect(field).to_be_focused()
    field.fill(code_of(device_of(world.operator)))
    step.get_by_role("button", name="登录并继续").click()


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
    signs_in_again(page, committed_world)
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
    signs_in_again(page, committed_world)
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
    expect(page.get_by_role("dialog", name="请重新登录")).to_be_visible()
    expect(page.locator("#answer")).to_be_empty()
    signs_in_again(page, committed_world)
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


def test_a_wrong_code_and_a_recovery_code_over_the_page(
    page: Page, live_server, committed_world: World, accessible
) -> None:
    open_sheet_and_type(page, live_server, committed_world)
    codes = second_factor.new_codes(committed_world.operator)
    session_ends()
    save(page)
    dialog = page.get_by_role("dialog", name="请重新登录")
    dialog.get_by_label("密码").fill(PASSWORD)
    dialog.get_by_role("button", name="登录并继续").click()
    step = page.get_by_role("dialog", name="第二步验证")
    step.get_by_label("6 位数字").fill("000000")
    step.get_by_role("button", name="登录并继续").click()
    expect(step).to_contain_text("验证码不正确")
    accessible(page)
    step.get_by_role("button", name="用备用码").click()
    step.get_by_label("备用码").fill(codes[0])
    expect(page.locator("#id_systolic")).to_have_value("148")
    step.get_by_role("button", name="登录并继续").click()
    expect(page.locator("#toasts")).to_contain_text("已收到")


def test_a_password_to_be_changed_is_changed_in_a_new_window_and_the_form_goes_on(
    page: Page, live_server, committed_world: World, accessible
) -> None:
    open_sheet_and_type(page, live_server, committed_world)
    User.objects.filter(username="operator").update(password_initial=True)
    save(page)
    dialog = page.get_by_role("dialog", name="需要先修改密码")
    accessible(page)
    with page.expect_popup() as opened:
        dialog.get_by_role("link", name="修改密码").click()
    window = opened.value
    dialog.get_by_role("button", name="已完成，继续").click()
    expect(dialog).to_be_visible()
    window.get_by_label("当前密码").fill(PASSWORD)
    window.get_by_label("新密码", exact=True).fill("Ganz-neues-Wort-7")
    window.get_by_label("再次输入新密码").fill("Ganz-neues-Wort-7")
    window.get_by_role("button", name="修改密码").click()
    expect(window.get_by_role("heading", name="我的账号")).to_be_visible()
    dialog.get_by_role("button", name="已完成，继续").click()
    expect(page.locator("#toasts")).to_contain_text("已收到")
