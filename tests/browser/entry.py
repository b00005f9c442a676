"""Coming in."""

from typing import Any

from playwright.sync_api import Page, expect

from accounts import second_factor
from accounts.models import User
from tests.second_factors import code_of, device_of
from tests.world import PASSWORD

#: What htmx says when a part is still on its way as the person leaves the page: nothing is wrong. A part that failed has a
#: line of its own (htmx:sendError, htmx:timeout, htmx:responseError), which is a complaint.
LEFT_MEANWHILE = ("htmx:sendAbort", "htmx:afterRequest")


def sign_in(page: Page, live_server: Any, user: User, *, to: str = "/components/") -> None:
    """Sign in on the page, as a person does; afterwards the page `to` is open (or its refusal).

    Whoever needs a second factor has one, and types its code.
    """
    device = device_of(user) if second_factor.is_due(user) else second_factor.device_of(user)
    page.goto(f"{live_server.url}/accounts/sign-in/?next={to}")
    page.get_by_label("工号").fill(user.username)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    if device is not None:
        page.get_by_label("6 位数字").fill(code_of(device))
        page.get_by_role("button", name="登录").click()
    expect(page).to_have_url(f"{live_server.url}{to}")
    # The address changes before the scripts have run: a key pressed in between would be lost.
    page.wait_for_load_state()
