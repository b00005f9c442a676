"""Signing in as people meet it: refused, locked, the code, a recovery code, a first device, a first password."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from qsessions.models import Session

from accounts import credentials, second_factor
from accounts.models import User
from tests.browser.entry import sign_in
from tests.second_factors import code_of, device_of
from tests.world import PASSWORD, World

NEW = "Ganz-neues-Wort-7"
WIDTHS = (1440, 360)


def types_password(page: Page, live_server, username: str, password: str = PASSWORD) -> None:
    page.goto(f"{live_server.url}/accounts/sign-in/")
    submits_password(page, username, password)


def submits_password(page: Page, username: str, password: str) -> None:
    page.get_by_label("工号").fill(username)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()


def fits(page: Page, accessible) -> None:
    """Nothing sticks out at either width, and axe finds nothing."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        accessible(page)
    page.set_viewport_size({"width": 1440, "height": 900})


def no_complaints(page: Page) -> bool:
    """Nothing but the refusals that were asked for."""
    return [line for line in page.complaints if not re.search("40[13]|422", line)] == []  # type: ignore[attr-defined]


def test_five_refusals_lock_and_the_page_says_for_how_long(
    page: Page, live_server, committed_world: World, accessible
) -> None:
    types_password(page, live_server, "doctor", "wrong")
    expect(page.get_by_role("alert")).to_have_text("工号或密码不正确。")
    for _again in range(4):
        submits_password(page, "doctor", "wrong")
    expect(page.get_by_role("alert")).to_have_text("失败次数过多，请 30 分钟后再试。")
    submits_password(page, "doctor", PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text("分钟后再试")
    fits(page, accessible)
    assert no_complaints(page)


def test_the_code_after_the_password(page: Page, live_server, committed_world: World, accessible) -> None:
    device = device_of(committed_world.doctor)
    types_password(page, live_server, "doctor")
    field = page.get_by_label("6 位数字")
    expect(field).to_be_focused()
    fits(page, accessible)
    field.fill("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("验证码不正确。")
    field.fill(code_of(device))
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live_server.url}/")
    assert no_complaints(page)


def test_a_recovery_code_when_the_phone_is_not_at_hand(
    page: Page, live_server, committed_world: World, accessible
) -> None:
    device_of(committed_world.doctor)
    codes = second_factor.new_codes(committed_world.doctor)
    page.goto(f"{live_server.url}/accounts/sign-in/?next=/notices/")
    submits_password(page, "doctor", PASSWORD)
    page.get_by_role("link", name="用备用码").click()
    page.get_by_label("备用码").fill(codes[0])
    accessible(page)
    page.get_by_role("button", name="登录").click()
    expect(page).to_have_url(f"{live_server.url}/notices/")


def test_another_account_can_be_chosen_at_the_second_step(
    page: Page, live_server, committed_world: World
) -> None:
    device_of(committed_world.doctor)
    types_password(page, live_server, "doctor")
    page.get_by_role("button", name="换一个账号").click()
    submits_password(page, "nurse", PASSWORD)
    expect(page.locator(".yl-me b").first).to_have_text("nurse")


def test_a_first_device_is_set_up_before_anything_opens(
    page: Page, live_server, committed_world: World, accessible
) -> None:
    types_password(page, live_server, "centre-admin")
    expect(page.get_by_role("heading", name="绑定第二步验证")).to_be_visible()
    expect(page.get_by_role("img", name="密钥二维码").locator("svg")).to_be_visible()
    fits(page, accessible)
    waiting = second_factor.begin(committed_world.centre_admin, at=timezone.now())
    shown = page.locator(".yl-secret").inner_text().replace(" ", "")
    assert shown == second_factor.typed_secret(waiting)
    page.get_by_label("6 位数字").fill(code_of(waiting))
    page.get_by_role("button", name="确认绑定").click()

    codes = page.get_by_role("list", name="备用码").get_by_role("listitem")
    expect(codes).to_have_count(10)
    fits(page, accessible)
    with page.expect_download() as kept:
        page.get_by_role("link", name="下载").click()
    text = kept.value.path().read_text()
    assert all(code in text for code in codes.all_inner_texts())
    page.get_by_role("link", name="已保存，继续").click()
    expect(page).to_have_url(f"{live_server.url}/")
    assert no_complaints(page)


def test_the_printed_codes_stand_alone_on_the_page(page: Page, live_server, committed_world: World) -> None:
    sign_in(page, live_server, committed_world.operator, to="/accounts/second-factor/")
    page.get_by_role("button", name="重新生成备用码").click()
    page.get_by_role("dialog").get_by_role("button", name="重新生成备用码").click()
    expect(page.get_by_role("list", name="备用码").get_by_role("listitem")).to_have_count(10)
    page.emulate_media(media="print")
    expect(page.get_by_role("list", name="备用码")).to_be_visible()
    expect(page.locator(".yl-nav")).to_be_hidden()
    expect(page.get_by_role("link", name="下载")).to_be_hidden()


def test_an_initial_password_is_changed_before_anything_opens(
    page: Page, live_server, committed_world: World, accessible
) -> None:
    initial = credentials.reset_password(committed_world.nurse, by=committed_world.operator)
    types_password(page, live_server, "nurse", initial)
    expect(page.get_by_role("heading", name="请设置自己的密码")).to_be_visible()
    page.goto(f"{live_server.url}/notices/")
    expect(page.get_by_role("heading", name="请设置自己的密码")).to_be_visible()
    page.get_by_label("当前密码").fill(initial)
    page.get_by_label("新密码", exact=True).fill("kurz")
    page.get_by_label("再次输入新密码").fill("kurz")
    page.get_by_role("button", name="修改密码").click()
    expect(page.locator(".yl-msg[data-tone=red]")).to_contain_text("长度不少于 10 位")
    fits(page, accessible)
    page.get_by_label("当前密码").fill(initial)
    page.get_by_label("新密码", exact=True).fill(NEW)
    page.get_by_label("再次输入新密码").fill(NEW)
    page.get_by_role("button", name="修改密码").click()
    expect(page).to_have_url(f"{live_server.url}/notices/")
    expect(page.locator("#toasts")).to_contain_text("密码已修改")
    assert User.objects.get(username="nurse").check_password(NEW)


def test_sessions_are_shown_and_ended_elsewhere(
    page: Page, live_server, committed_world: World, new_context, accessible
) -> None:
    there = new_context(
        user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
    ).new_page()
    sign_in(there, live_server, committed_world.doctor, to="/notices/")
    sign_in(page, live_server, committed_world.doctor, to="/accounts/")
    accessible(page)
    page.locator("a[href='/accounts/sessions/']").click()
    row = page.get_by_role("row").filter(has_text="Firefox 128")
    expect(page.get_by_role("row").filter(has_text="本机")).to_have_count(1)
    fits(page, accessible)
    row.get_by_role("button", name="退出该登录").click()
    expect(page.locator("#toasts")).to_contain_text("已退出")
    expect(row).to_have_count(0)
    there.reload()
    expect(there).to_have_url(re.compile("/accounts/sign-in/"))


def test_all_other_sessions_end_at_once(page: Page, live_server, committed_world: World, new_context) -> None:
    others = [new_context().new_page() for _one in range(2)]
    for other in others:
        sign_in(other, live_server, committed_world.doctor, to="/notices/")
    sign_in(page, live_server, committed_world.doctor, to="/accounts/sessions/")
    page.get_by_role("button", name="退出其他所有登录").click()
    page.get_by_role("dialog").get_by_role("button", name="退出其他所有登录").click()
    expect(page.get_by_role("row")).to_have_count(2)
    for other in others:
        other.reload()
        expect(other).to_have_url(re.compile("/accounts/sign-in/"))


def idle(minutes: int) -> None:
    """Nobody has done anything for so long."""
    for row in Session.objects.all():
        store = row.get_session_store_class()(row.session_key, user_agent=row.user_agent, ip=row.ip)
        store["seen"] = (timezone.now() - timedelta(minutes=minutes)).timestamp()
        store.save()


def test_half_an_hour_without_anything_done_ends_the_session(
    page: Page, live_server, committed_world: World
) -> None:
    sign_in(page, live_server, committed_world.doctor, to="/notices/")
    idle(minutes=31)
    page.reload()
    expect(page).to_have_url(re.compile("/accounts/sign-in/"))


@pytest.mark.parametrize(("trigger", "ends"), [("every 1s", True), ("click", False)])
def test_a_poll_does_not_keep_a_forgotten_screen_signed_in_a_click_does(
    page: Page, live_server, committed_world: World, trigger: str, ends: bool
) -> None:
    sign_in(page, live_server, committed_world.doctor, to="/notices/")
    idle(minutes=20)
    with page.expect_response(lambda answer: "asked=1" in answer.url):
        page.evaluate(
            """(trigger) => {
                document.querySelector('main').insertAdjacentHTML('beforeend', '<button id="ask" '
                  + `hx-get="/notices/?asked=1" hx-trigger="${trigger}" hx-target="#answer" hx-select="h1">ask</button>`
                  + '<div id="answer"></div>');
                window.htmx.process(document.querySelector('#ask'));
            }""",
            trigger,
        )
        if trigger == "click":
            page.click("#ask")
    expect(page.locator("#answer")).to_contain_text("通知")
    seen = timezone.now().timestamp() - Session.objects.get().get_decoded()["seen"]
    assert (seen > 19 * 60) == ends
