"""How many keys a follow-up costs, from the search field to the saved visit: every key pressed is counted.

A chord counts each of its keys: Ctrl+Enter is two.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from patients.models import Encounter, MedicationStatement, Patient
from patients.programmes import Programme
from tests.browser.entry import sign_in
from tests.db.followups.recording import save
from tests.world import World

ONE_DISEASE, TWO_DISEASES = 65, 120
LIFE = {
    "cigarettes_per_day": 0, "alcohol_per_day": 0, "exercise_per_week": 5, "exercise_minutes": 40, "salt": "medium",
    "mood": "good", "compliance": "good", "medication_adherence": "regular",
}  # fmt: skip


@dataclass
class Keys:
    """A keyboard that counts."""

    page: Page
    pressed: int = 0

    def type(self, text: str) -> None:
        for letter in text:
            self.page.keyboard.press(letter)
            self.pressed += 1

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed += len(key.split("+"))

    def number(self, text: str) -> None:
        """A number and the key that goes on to the next field."""
        self.type(text)
        self.press("Tab")


def known(world: World, name: str, *programmes: Programme, **given: Any) -> Patient:
    """Somebody who was followed up three months ago, among others with the same initials."""
    for other in ("刘萍丽", "陆培林"):
        world.patient(other, Programme.HYPERTENSION)
    patient = world.patient(name, *programmes)
    day = timezone.localdate() - timedelta(days=90)
    save(world, patient, day.isoformat(), systolic=146, diastolic=84, weight=64, **LIFE, **given)
    return patient


def found(page: Page, keys: Keys, initials: str, patient: Patient) -> None:
    """From the search field to the open form."""
    keys.type("/" + initials)
    row = page.locator(f".yl-hit[data-href*='{patient.pk}']")
    expect(row).to_be_visible()
    while row.get_attribute("aria-selected") != "true":
        keys.press("ArrowDown")
    keys.press("Control+Enter")
    page.wait_for_url(f"**{address(patient)}")
    expect(page.locator("#id_systolic")).to_be_focused()


def address(patient: Patient) -> str:
    return reverse("workbench:visit", args=[patient.pk])


def saved(page: Page, keys: Keys, patient: Patient) -> Encounter:
    keys.press("Control+Enter")
    expect(page.locator("h1")).to_have_text("随访已保存")
    return Encounter.objects.filter(patient=patient).latest("created_at")


@pytest.fixture
def at_work(committed_world: World, live_server: Any, page: Page) -> Page:
    sign_in(page, live_server, committed_world.doctor, to=reverse("workbench:today"))
    return page


def test_a_returning_hypertensive_resident_costs_at_most_65_keys(
    committed_world: World, at_work: Page, record_property: Any
) -> None:
    patient = known(committed_world, "李佩兰", Programme.HYPERTENSION)
    keys = Keys(at_work)
    found(at_work, keys, "lpl", patient)
    for reading in ("138", "84", "72", "63.5", "86"):
        keys.number(reading)
    keys.press("Tab", "Tab")  # past “more readings” and “how it was measured”
    keys.press("1", "Tab")  # no symptoms
    keys.press("1")  # takes the medicines regularly
    keys.press("Alt+r")  # way of life as last time
    visit = saved(at_work, keys, patient)
    assert (visit.systolic, visit.diastolic, visit.heart_rate) == (138, 84, 72)
    assert (str(visit.weight), str(visit.waist)) == ("63.5", "86.0")
    assert (visit.symptoms, visit.medication_adherence) == ([], "regular")
    assert {name: getattr(visit, name) for name in LIFE} == LIFE
    record_property("keystrokes", keys.pressed)
    print(f"hypertension: {keys.pressed} keys")
    assert keys.pressed <= ONE_DISEASE


def test_hypertension_and_diabetes_with_a_laboratory_value_cost_at_most_120_keys(
    committed_world: World, at_work: Page, record_property: Any
) -> None:
    both = (Programme.HYPERTENSION, Programme.DIABETES)
    given = {"fasting_glucose": 8.2, "staple_food": 250, "findings": {"staple_food_target": 225}}
    patient = known(committed_world, "李佩兰", *both, **given)
    taken = MedicationStatement.objects.create(
        patient=patient,
        organization=committed_world.centre,
        name="盐酸二甲双胍缓释片",
        dosage="0.5 g 每日2次",
    )
    keys = Keys(at_work)
    found(at_work, keys, "lpl", patient)
    for reading in ("138", "84", "7.8", "72", "63.5", "86"):
        keys.number(reading)
    keys.press("1", "Tab")  # foot pulse
    keys.press("Enter")  # more readings
    expect(at_work.locator("#id_postprandial_glucose")).to_be_focused()
    keys.press("Tab", "Tab")
    keys.number("7.4")  # HbA1c
    keys.press("Enter", "Tab", "Tab", "Tab")  # its day, height, temperature, how it was measured
    keys.press("1", "Tab")  # no symptoms
    keys.press("1", "Tab")  # takes the medicines regularly
    keys.press("Tab", "Tab")  # no reaction, no complication
    keys.press("1", "Alt+r")  # no low glucose; way of life as last time
    expect(at_work.locator("#id_staple_food")).to_have_value("250")
    visit = saved(at_work, keys, patient)
    assert (visit.systolic, str(visit.fasting_glucose), visit.foot_pulse) == (138, "7.8", "normal")
    assert visit.hypoglycaemia == "none"
    assert visit.further_observations.get().code == "hba1c"
    assert {name: getattr(visit, name) for name in LIFE} == LIFE
    assert visit.findings == {"staple_food_target": 225, "answered_none": ["symptoms"]}
    assert not taken.ended_on
    record_property("keystrokes", keys.pressed)
    print(f"hypertension and diabetes: {keys.pressed} keys")
    assert keys.pressed <= TWO_DISEASES
