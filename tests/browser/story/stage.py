"""A person at a browser of their own, and what every page of the story must be."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import BrowserContext, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.browser.entry import LEFT_MEANWHILE

SCREENSHOTS = settings.BASE_DIR / "build" / "screenshots"
WIDTHS = ((1440, 900), (360, 780))
DRAWN = "() => [...document.querySelectorAll('[data-chart]')].every((place) => place.querySelector('canvas'))"

OVER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# What stands outside although nothing around it scrolls.
OUTSIDE = """() => {
    const scrolls = (one) => one && one !== document.body
        && (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(one).overflowX) || scrolls(one.parentElement));
    return [...document.querySelectorAll('body *')]
        .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth && !scrolls(one.parentElement))
        .map((one) => `${one.tagName} ${one.className} ${Math.round(one.getBoundingClientRect().right)}`);
}"""


class Person:
    """Somebody with a browser. Notes what the console complains of and which other hosts were asked."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.url = url
        self.context = context
        self.complaints: list[str] = []
        self.strangers: list[str] = []
        context.on("request", self._asked)
        self.page: Page = context.new_page()
        self.page.on("console", lambda line: self._said(line.type, line.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _asked(self, request: Any) -> None:
        address = urlsplit(request.url)
        if (
            address.scheme in {"http", "https", "ws", "wss"}
            and f"{address.scheme}://{address.netloc}" != self.url
        ):
            self.strangers.append(request.url)

    def _said(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not text.startswith(LEFT_MEANWHILE):
            self.complaints.append(text)

    def opens(self, path: str) -> Page:
        """Go to a page, as by a bookmark."""
        self.page.goto(f"{self.url}{path}")
        return self.page

    def status(self, path: str) -> int:
        """What the address answers to this person."""
        return self.context.request.get(f"{self.url}{path}", max_redirects=0).status

    def posts(self, path: str, **form: str) -> int:
        """What the address answers when this person sends it a form with a valid token."""
        cookies = {cookie["name"]: cookie["value"] for cookie in self.context.cookies()}
        token = {"X-CSRFToken": cookies["csrftoken"], "Referer": self.url}
        return self.context.request.post(
            f"{self.url}{path}", form=form, headers=token, max_redirects=0
        ).status

    def looks(self, name: str) -> None:
        """The page as it is: fits, clean for axe, nothing complained of; kept as a picture at both widths."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        for width, height in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": height})
            self.page.wait_for_function(DRAWN)
            self._fits(f"{name} at {width} px")
            whole = not self.page.locator("dialog[open]").count()
            self.page.screenshot(
                path=SCREENSHOTS / f"{name}-{width}.png", full_page=whole, animations="disabled", caret="hide"
            )
            self._is_accessible(f"{name} at {width} px")
        self.page.set_viewport_size({"width": 1440, "height": 900})
        self.is_content()

    def _fits(self, where: str) -> None:
        """Nothing hangs over the edge, once charts have followed the new width."""
        try:
            self.page.wait_for_function(f"() => {OVER} === 0", timeout=3000)
        except PlaywrightTimeout:
            pytest.fail(f"{where} hangs over the edge: {self.page.evaluate(OUTSIDE)}")

    def _is_accessible(self, where: str) -> None:
        found = Axe().run(self.page).response["violations"]
        wrong = [
            f"{one['id']}: {one['help']} {[node['target'] for node in one['nodes']][:5]}" for one in found
        ]
        assert not wrong, "\n".join([where, *wrong])

    def is_content(self) -> None:
        """Nobody else was asked for anything, and the console was silent."""
        assert self.strangers == [], "another host was asked"
        assert self.complaints == [], self.complaints
