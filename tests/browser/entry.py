"""Coming in."""

from typing import Any

from playwright.sync_api import Page, expect

from accounts.models import User
from tests.world import PASSWORD


def sign_in(page: Page, live_server: Any, user: User, *, to: str = "/components/") -> None:
    """Sign in on the page, as a person does; afterwards the page `to` is open (or its refusal)."""
    page.goto(f"{live_server.url}/accounts/sign-in/?next={to}")
    page.get_by_label("工号").fill(user.username)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page).to_have_url(f"{live_server.url}{to}")
    # The address changes before the scripts have run: a key pressed in between would be lost.
    page.wait_for_load_state()
