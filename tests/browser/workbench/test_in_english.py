"""The pages of the follow-ups in English, whose words are longer: they fit at both widths and axe finds nothing."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from patients.models import Patient
from patients.programmes import Programme
from tests.browser.entry import sign_in
from tests.db.followups.recording import save
from tests.world import World

BOTH = (Programme.HYPERTENSION, Programme.DIABETES)
OF_THE_RESIDENT = ["", "visit/", "plan/", "plan/propose/", "contact/", "lifestyle/", "messages/", "papers/"]
OF_THE_TEAM = ["/", "/tasks/", "/calendar/", "/protocols/", "/protocols/hypertension/"]


@pytest.fixture
def patient(committed_world: World) -> Patient:
    patient = committed_world.patient("李佩兰", *BOTH)
    on = (timezone.localdate() - timedelta(days=14)).isoformat()
    save(committed_world, patient, on, systolic=156, diastolic=86, fasting_glucose=8.1, mood="good")
    return patient


def test_every_page_of_the_doctor_fits_in_english(
    page: Page, live_server: Any, committed_world: World, patient: Patient, accessible: Any
) -> None:
    sign_in(page, live_server, committed_world.doctor, to="/")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    for path in [*(f"/patients/{patient.pk}/{part}" for part in OF_THE_RESIDENT), *OF_THE_TEAM]:
        for width in (1440, 360):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(f"{live_server.url}{path}")
            page.wait_for_load_state("networkidle")
            over = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert over == 0, (path, width)
            accessible(page)
    assert page.complaints == []  # type: ignore[attr-defined]
