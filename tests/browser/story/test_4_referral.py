"""Step 4: the letter is filled in already; with the resident's consent it goes to the hospital of the contract."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from patients.models import Encounter
from referrals.models import ServiceRequest
from tests.browser.story import acts
from tests.browser.story.people import HYPERTENSION, Story, days_ago, path_of
from tests.browser.story.stage import Person
from tests.db.followups.recording import save


@pytest.fixture
def advised(story: Story) -> Encounter:
    """Today's visit was the second above the line."""
    recorded = save(
        story.world, story.li, days_ago(0).isoformat(), systolic=151, diastolic=86, fasting_glucose=6.1
    )
    assert recorded.encounter is not None
    return recorded.encounter


def test_the_letter_is_filled_in_and_goes_out_with_consent(
    story: Story, person: Callable[..., Person], advised: Encounter
) -> None:
    doctor = person("doctor")
    page = doctor.opens(f"/patients/{story.li.pk}/visit/{advised.pk}/")
    page.get_by_role("link", name="打开转诊单").click()

    impression = page.locator("#id_impression").input_value()
    assert "高血压 控制不满意" in impression
    assert "2型糖尿病 控制满意" in impression
    assert "151/86" in page.locator("#id_reason").input_value()
    assert "苯磺酸氨氯地平片" in page.locator("#id_tried").input_value()
    expect(page.locator("#id_programme")).to_have_value(HYPERTENSION)
    expect(page.locator("#id_target")).to_have_value(str(story.cardiology.pk))
    expect(page.locator("main")).to_contain_text("巴南区人民医院")
    doctor.looks("4-letter")

    page.get_by_label("居民本人同意转诊").check()
    page.get_by_role("button", name="发送转诊").click()
    expect(page.locator("#toasts")).to_contain_text("心血管内科")
    sent = ServiceRequest.objects.get(patient=story.li)
    assert (sent.state, sent.target_organization, sent.consent.given) == ("submitted", story.secondary, True)
    doctor.looks("4-sent")


def test_without_consent_nothing_goes_out(
    story: Story, person: Callable[..., Person], advised: Encounter
) -> None:
    page = person("doctor").opens(path_of("referrals:new", story.li.pk))
    page.get_by_role("button", name="发送转诊").click()
    expect(page.locator("main")).to_contain_text("请记录居民的知情同意")
    assert not ServiceRequest.objects.exists()
    # A refused form answers 422, which Chromium writes on the console.
    person("doctor").complaints.clear()


def test_an_outsider_cannot_write_the_letter(
    story: Story, person: Callable[..., Person], advised: Encounter
) -> None:
    outsider = person("outsider")
    letter = path_of("referrals:new", story.li.pk)
    acts.refused_everywhere(outsider, letter, f"{letter}?task={acts.task_of(story.li).pk}")
    form = {"programme": HYPERTENSION, "urgency": "routine", "target": str(story.cardiology.pk)}
    assert outsider.posts(letter, **form, impression="x", reason="x", consent="on") == 404
    assert not ServiceRequest.objects.exists()
