"""Chromium from Debian's package, offline as in a hospital; Chinese, in Shanghai."""

from __future__ import annotations

import os
import shutil
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.entry import LEFT_MEANWHILE

INSTALL_LINE = "apt-get install -y --no-install-recommends chromium fonts-noto-cjk"
CHROMIUM_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The installed Chromium; without one the browser tests are skipped, in CI that is a failure."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        missing = f"Chromium is not installed. As root: {INSTALL_LINE}"
        if os.environ.get("CI") == "true":
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)
    return {**browser_type_launch_args, "executable_path": chromium, "args": CHROMIUM_ARGUMENTS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A desktop in China; a narrow screen is `page.set_viewport_size`."""
    return {
        **browser_context_args,
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
        "viewport": {"width": 1440, "height": 900},
        "service_workers": "allow",
    }


@pytest.fixture
def page(page: Page) -> Any:
    """A page that notes what its console complains of (content security, script errors) in `page.complaints`."""
    complaints: list[str] = []

    def said(kind: str, text: str) -> None:
        if kind == "error" and not text.startswith(LEFT_MEANWHILE):
            complaints.append(text)

    page.on("console", lambda line: said(line.type, line.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.complaints = complaints  # type: ignore[attr-defined]
    return page


@pytest.fixture
def accessible() -> Any:
    """`accessible(page)` asserts that axe finds no violation on the page as it is now."""

    def check(page: Page) -> None:
        found = Axe().run(page)
        wrong = [
            f"{violation['id']}: {violation['help']} {[node['target'] for node in violation['nodes']][:5]}"
            for violation in found.response["violations"]
        ]
        assert not wrong, "\n".join(wrong)

    return check
