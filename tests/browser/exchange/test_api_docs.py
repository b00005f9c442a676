"""The API's documentation in a browser: everything from this machine, under the strict content policy."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer


@pytest.mark.django_db
def test_swagger_shows_the_api_without_another_host_and_without_breaking_the_policy(
    live_server: LiveServer, page: Any
) -> None:
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))

    page.goto(f"{live_server.url}/api/docs/")

    expect(page.get_by_text("/api/v1/sync/push/")).to_be_visible(timeout=60_000)
    operation = page.locator("#operations-sync-sync_push_create")
    operation.locator("button").first.click()
    expect(operation.get_by_text("Idempotency-Key").first).to_be_visible()
    assert hosts - {""} == {urlsplit(live_server.url).netloc}
    assert page.complaints == []
