"""The sheet of parts, in a real browser at both widths."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.entry import sign_in
from tests.world import World

WIDTHS = [(1440, 900), (360, 780)]


@pytest.fixture
def sheet(page: Page, live_server, committed_world: World) -> Page:
    sign_in(page, live_server, committed_world.operator)
    return page


@pytest.mark.parametrize(("width", "height"), WIDTHS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_part_is_accessible_fits_and_obeys_the_content_policy(
    sheet: Page, accessible, width: int, height: int, theme: str
) -> None:
    sheet.emulate_media(color_scheme=theme)
    sheet.set_viewport_size({"width": width, "height": height})
    sheet.reload()
    expect(sheet.locator("html")).to_have_attribute("data-bs-theme", theme)
    expect(sheet.locator("[data-chart] canvas")).to_have_count(2)
    assert sheet.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    assert sheet.complaints == []
    accessible(sheet)


@pytest.mark.parametrize("size", WIDTHS)
def test_the_sign_in_page_is_accessible_and_fits(
    page: Page, live_server, db, accessible, size: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{live_server.url}/accounts/sign-in/")
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    assert page.complaints == []
    accessible(page)


def test_only_this_host_is_asked_for_anything(page: Page, live_server, committed_world: World) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    sign_in(page, live_server, committed_world.operator)
    expect(page.locator("[data-chart] canvas")).to_have_count(2)
    assert [url for url in asked if not url.startswith((live_server.url, "data:"))] == []


def test_keys_choose_a_row_and_press_its_buttons(sheet: Page) -> None:
    sheet.evaluate(
        "document.querySelectorAll('[data-key=c]').forEach((a, i) => a.addEventListener('click', () => { window.pressed = i; }))"
    )
    sheet.keyboard.press("j")
    expect(sheet.locator('[data-yl="row"].is-on')).to_contain_text("何建民")
    sheet.keyboard.press("c")
    assert sheet.evaluate("window.pressed") == 1
    sheet.keyboard.press("k")
    expect(sheet.locator('[data-yl="row"].is-on')).to_contain_text("李佩兰")


def test_keys_do_nothing_while_one_types(sheet: Page) -> None:
    sheet.focus("#id_name")
    sheet.keyboard.press("End")
    sheet.keyboard.type("j?/")
    expect(sheet.locator("#id_name")).to_have_value("李佩兰j?/")
    expect(sheet.get_by_role("dialog")).to_have_count(0)


def test_the_question_mark_lists_the_keys_and_escape_closes_them(sheet: Page) -> None:
    sheet.keyboard.press("?")
    expect(sheet.get_by_role("dialog", name="全部快捷键")).to_be_visible()
    sheet.keyboard.press("Escape")
    expect(sheet.get_by_role("dialog")).to_have_count(0)


def test_a_number_out_of_range_is_refused_or_asked_about_while_it_is_typed(sheet: Page) -> None:
    sheet.fill("#id_systolic", "418")
    expect(sheet.locator("#id_systolic-msg")).to_contain_text("须在 50–300")
    expect(sheet.locator("#id_systolic")).to_have_attribute("aria-invalid", "true")
    sheet.fill("#id_systolic", "186")
    expect(sheet.locator("#id_systolic-msg")).to_contain_text("常见 90–180")
    expect(sheet.locator("#id_systolic")).to_have_attribute("aria-invalid", "false")
    sheet.fill("#id_systolic", "148")
    expect(sheet.locator("#id_systolic-msg")).to_be_empty()


def test_swapped_pressures_are_named(sheet: Page) -> None:
    sheet.fill("#id_systolic", "84")
    sheet.fill("#id_diastolic", "146")
    expect(sheet.locator("#id_systolic-msg")).to_contain_text("是否填反了")


def test_milligrams_are_recognised_and_turned_with_one_press(sheet: Page) -> None:
    sheet.fill("#id_fasting_glucose", "140")
    expect(sheet.locator("#id_fasting_glucose-msg")).to_contain_text("140 mg/dL 合 7.8 mmol/L")
    sheet.get_by_role("button", name="改为 7.8").click()
    expect(sheet.locator("#id_fasting_glucose")).to_have_value("7.8")
    expect(sheet.locator("#id_fasting_glucose-msg")).to_be_empty()


def test_the_rest_is_filled_as_last_time_and_marked(sheet: Page) -> None:
    sheet.fill("#id_systolic", "150")
    sheet.keyboard.press("Alt+r")
    expect(sheet.locator("#id_systolic")).to_have_value("150")
    expect(sheet.locator("#id_diastolic")).to_have_value("84")
    expect(sheet.locator("#id_diastolic-msg")).to_contain_text("沿用 11-06")


def test_a_dialog_keeps_the_focus_and_posts_its_reason(sheet: Page) -> None:
    sheet.get_by_role("button", name="对话框").click()
    dialog = sheet.get_by_role("dialog", name="婉拒何国清的转诊？")
    dialog.get_by_label("长文本").fill("加用基础胰岛素")
    dialog.get_by_role("button", name="婉拒并发送").click()
    expect(sheet.locator("#toasts")).to_contain_text("已收到")


def test_the_theme_follows_the_switch_and_is_kept(sheet: Page) -> None:
    sheet.get_by_role("button", name="浅色或深色").first.click()
    expect(sheet.locator("html")).to_have_attribute("data-bs-theme", "dark")
    sheet.reload()
    expect(sheet.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_the_language_switch_comes_back_to_the_page(sheet: Page) -> None:
    sheet.get_by_role("button", name="English").first.click()
    expect(sheet.get_by_role("heading", name="Parts and states")).to_be_visible()
    assert sheet.url.endswith("/components/")


def test_on_a_narrow_screen_the_rest_of_the_navigation_opens_as_a_sheet(sheet: Page, accessible) -> None:
    sheet.set_viewport_size({"width": 360, "height": 780})
    sheet.get_by_role("button", name="更多").last.click()
    more = sheet.get_by_role("dialog", name="更多")
    expect(more.get_by_role("button", name="退出登录")).to_be_visible()
    accessible(sheet)
    more.get_by_role("button", name="退出登录").click()
    expect(sheet.get_by_role("heading", name="登录")).to_be_visible()


def test_rows_of_a_stacked_table_keep_their_roles(sheet: Page) -> None:
    sheet.set_viewport_size({"width": 360, "height": 780})
    expect(sheet.get_by_role("rowheader", name="石桥站")).to_be_visible()
    expect(sheet.get_by_role("row").filter(has_text="石桥站").get_by_role("cell")).to_have_count(3)
