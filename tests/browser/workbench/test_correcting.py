"""A saved visit is corrected, and one on the wrong resident is moved: in a real browser at both widths."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from followups.models import Appointment, AssessmentOverride
from patients.models import Encounter, Patient
from patients.programmes import Programme
from tests.browser.entry import sign_in
from tests.db.followups.recording import save
from tests.world import World

BOTH = (Programme.HYPERTENSION, Programme.DIABETES)
WIDTHS = [(1440, 900), (360, 780)]


@pytest.fixture
def patient(committed_world: World) -> Patient:
    return committed_world.patient("李佩兰", *BOTH)


@pytest.fixture
def visit(committed_world: World, patient: Patient) -> Encounter:
    on = timezone.localdate().isoformat()
    outcome = save(committed_world, patient, on, systolic=156, diastolic=86, fasting_glucose=6.1, mood="good")
    assert outcome.encounter is not None
    return outcome.encounter


def looks_right(page: Page, accessible: Any) -> None:
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    accessible(page)


@pytest.mark.parametrize("size", WIDTHS)
def test_a_visit_is_corrected_after_its_consequences_were_read(
    page: Page,
    live_server: Any,
    committed_world: World,
    visit: Encounter,
    *,
    accessible: Any,
    size: tuple[int, int],
) -> None:
    before = Appointment.objects.booked().get(patient=visit.patient).due_on
    page.set_viewport_size({"width": size[0], "height": size[1]})
    saved = reverse("workbench:visit-saved", args=[visit.patient_id, visit.pk])
    sign_in(page, live_server, committed_world.doctor, to=saved)
    page.get_by_role("link", name="更正").first.click()
    expect(page.locator("#id_systolic")).to_have_value("156")
    expect(page.locator("#decision")).to_contain_text("控制不满意")
    page.locator("#id_systolic").fill("138")
    expect(page.locator("#decision")).not_to_contain_text("控制不满意")
    page.get_by_label("更正原因").fill("录入笔误")
    looks_right(page, accessible)
    page.keyboard.press("Control+Enter")
    expect(page.locator("h1")).to_have_text("更正的影响")
    expect(page.locator("main")).to_contain_text("156 mmHg")
    expect(page.locator("main")).to_contain_text("138 mmHg")
    assert Encounter.objects.get(pk=visit.pk).systolic == 156
    looks_right(page, accessible)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#versions")).to_contain_text("录入笔误")
    assert Encounter.objects.get(pk=visit.pk).systolic == 138
    assert Appointment.objects.booked().get(patient=visit.patient).due_on > before
    looks_right(page, accessible)
    assert page.complaints == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("size", WIDTHS)
def test_a_doctor_decides_otherwise_at_a_correction_and_takes_it_back(
    page: Page,
    live_server: Any,
    committed_world: World,
    visit: Encounter,
    *,
    accessible: Any,
    size: tuple[int, int],
) -> None:
    reason = "动态血压日间均值达标"
    page.set_viewport_size({"width": size[0], "height": size[1]})
    amend = reverse("workbench:visit-amend", args=[visit.patient_id, visit.pk])
    sign_in(page, live_server, committed_world.doctor, to=amend)
    page.locator("#otherwise summary").click()
    page.locator("#id_override_hypertension_class").select_option("controlled")
    page.get_by_label("更正原因").fill("补记医生判断")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#id_override_reason-error")).to_be_visible()
    page.complaints.clear()  # type: ignore[attr-defined]  # of the 422 that was wanted
    looks_right(page, accessible)
    page.locator("#id_override_reason").fill(reason)
    expect(page.locator("#decision")).to_contain_text(reason)
    page.keyboard.press("Control+Enter")
    expect(page.locator("h1")).to_have_text("更正的影响")
    expect(page.locator("main")).to_contain_text(reason)
    assert not AssessmentOverride.objects.exists()
    looks_right(page, accessible)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#versions")).to_contain_text("补记医生判断")
    assert AssessmentOverride.objects.get().reason == reason
    page.goto(f"{live_server.url}{amend}")
    expect(page.locator("#id_override_reason")).to_have_value(reason)
    looks_right(page, accessible)
    page.locator("#id_override_hypertension_class").select_option("")
    page.locator("#id_override_reason").fill("")
    page.get_by_label("更正原因").fill("撤回")
    page.keyboard.press("Control+Enter")
    expect(page.locator("h1")).to_have_text("更正的影响")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#versions")).to_contain_text("撤回")
    assert not AssessmentOverride.objects.exists()
    assert page.complaints == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("size", WIDTHS)
def test_a_visit_on_the_wrong_resident_is_moved_to_the_right_one(
    page: Page,
    live_server: Any,
    committed_world: World,
    visit: Encounter,
    *,
    accessible: Any,
    size: tuple[int, int],
) -> None:
    right = committed_world.patient("李鹏程", *BOTH)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    move = reverse("workbench:visit-move", args=[visit.patient_id, visit.pk])
    sign_in(page, live_server, committed_world.doctor, to=move)
    looks_right(page, accessible)
    page.locator("#right").fill("lpc")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="李鹏程")).to_be_visible()
    page.get_by_label("移动原因").fill("录错人")
    looks_right(page, accessible)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="李佩兰")).to_be_visible()
    expect(page.get_by_role("heading", name="李鹏程")).to_be_visible()
    assert Encounter.objects.get(pk=visit.pk).patient_id == visit.patient_id
    looks_right(page, accessible)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#versions")).to_contain_text("录错人")
    assert Encounter.objects.get(pk=visit.pk).patient_id == right.pk
    looks_right(page, accessible)
    assert page.complaints == []  # type: ignore[attr-defined]
