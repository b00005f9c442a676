"""The follow-up page in a browser: typed with the keyboard alone, judged while typed, clean for axe and the console."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from followups.models import Appointment
from patients.models import Encounter, Patient, Task
from patients.programmes import Programme
from tests.browser.entry import sign_in
from tests.db.followups.recording import save
from tests.world import World

BOTH = (Programme.HYPERTENSION, Programme.DIABETES)


@pytest.fixture
def patient(committed_world: World) -> Patient:
    patient = committed_world.patient("李佩兰", *BOTH)
    day = timezone.localdate() - timedelta(days=14)
    save(
        committed_world,
        patient,
        day.isoformat(),
        systolic=146,
        diastolic=84,
        fasting_glucose=8.2,
        mood="good",
    )
    return patient


@pytest.fixture
def opened(committed_world: World, patient: Patient, live_server: Any, page: Page) -> Page:
    sign_in(page, live_server, committed_world.doctor, to=reverse("workbench:visit", args=[patient.pk]))
    return page


def test_a_visit_for_two_diseases_is_typed_judged_confirmed_and_saved_by_keyboard(
    opened: Page, patient: Patient
) -> None:
    page = opened
    page.locator("#id_systolic").focus()
    for value in ("148", "86", "7.8", "104"):
        page.keyboard.type(value)
        page.keyboard.press("Tab")
    decision = page.locator("#decision")
    expect(decision).to_contain_text("1 控制满意")
    expect(decision).to_contain_text("2 控制不满意")
    expect(decision).to_contain_text("巴南区人民医院 内分泌科")
    expect(page.locator("#visit-state")).to_contain_text("心率")
    page.locator("#sure-heart_rate").focus()
    page.keyboard.press("Space")
    expect(page.locator("#visit-state")).not_to_contain_text("心率")
    page.keyboard.press("Alt+r")
    expect(page.locator("#id_mood")).to_have_value("good")
    page.locator("input[name=symptoms]").first.focus()
    page.keyboard.press("2")
    page.keyboard.press("1")
    expect(page.locator("input[name=symptoms]:checked")).to_have_value("none")
    page.keyboard.press("Control+Enter")
    expect(page.locator("h1")).to_have_text("随访已保存")
    visit = Encounter.objects.filter(patient=patient).latest("created_at")
    assert (visit.systolic, visit.heart_rate, visit.mood) == (148, 104, "good")
    task = Task.objects.open().get(patient=patient)
    expect(page.locator(f"a[href$='?task={task.pk}']")).to_be_visible()
    assert Appointment.objects.booked().get(patient=patient).due_on == timezone.localdate() + timedelta(
        days=14
    )
    assert page.complaints == []  # type: ignore[attr-defined]


def test_an_impossible_value_is_refused_where_it_stands_while_the_rest_is_judged(opened: Page) -> None:
    page = opened
    page.locator("#id_systolic").press_sequentially("138")
    page.locator("#id_diastolic").press_sequentially("84")
    page.locator("#id_fasting_glucose").press_sequentially("126")
    expect(page.locator("#id_fasting_glucose-msg")).to_contain_text("7.0 mmol/L")
    expect(page.locator("#decision")).to_contain_text("1 控制满意")
    expect(page.locator("#visit-state")).to_contain_text("空腹血糖")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#id_fasting_glucose-msg")).to_contain_text("mg/dL")
    expect(page.locator("#id_systolic")).to_have_value("138")


@pytest.mark.parametrize("width", [1440, 360])
def test_the_page_is_clean_for_axe_and_nothing_hangs_over_the_edge(
    opened: Page, accessible: Any, width: int
) -> None:
    page = opened
    page.set_viewport_size({"width": width, "height": 900})
    accessible(page)
    page.locator("#id_systolic").press_sequentially("186")
    page.locator("#id_diastolic").press_sequentially("100")
    expect(page.locator("#decision")).to_contain_text("危急")
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
