"""Step 5: the specialist's worklist, the case on one page, acceptance, arrival, and the return with its plan."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from referrals import handovers
from referrals.models import ServiceRequest
from tests.browser.story import acts
from tests.browser.story.people import Story, days_ago, path_of
from tests.browser.story.stage import Person
from tests.db.followups.recording import save
from tests.db.referrals.conftest import letter


@pytest.fixture
def sent(story: Story) -> ServiceRequest:
    """The letter is on its way to the cardiology of the contract's hospital."""
    save(story.world, story.li, days_ago(0).isoformat(), systolic=151, diastolic=86, fasting_glucose=6.1)
    return handovers.send(story.li, letter(story.world), by=story.doctor, at=timezone.now())


@pytest.fixture
def arrived(story: Story, sent: ServiceRequest) -> ServiceRequest:
    """Accepted, and the patient is there."""
    handovers.accept(sent.pk, by=story.specialist, at=timezone.now())
    handovers.arrive(sent.pk, by=story.specialist, at=timezone.now())
    return sent


def test_the_case_stands_in_the_departments_worklist_and_tells_all(
    story: Story, person: Callable[..., Person], sent: ServiceRequest
) -> None:
    specialist = person("specialist")
    page = specialist.opens("/")
    page.get_by_role("link", name="李佩兰").first.click()

    case = page.get_by_role("region", name="转诊病例")
    expect(case).to_contain_text("151/86")
    expect(case).to_contain_text("苯磺酸氨氯地平片")
    expect(page.locator(".yl-case")).to_contain_text(days_ago(14).isoformat())
    expect(page.locator(".yl-case")).to_contain_text("血压连续两次不达标")
    expect(page.locator(".yl-case svg").first).to_be_visible()
    specialist.looks("5-case")


def test_accepting_and_marking_arrival_move_the_case_on(
    story: Story, person: Callable[..., Person], sent: ServiceRequest
) -> None:
    specialist = person("specialist")
    specialist.opens(acts.case_path(sent.pk))
    acts.accepts(specialist)
    sent.refresh_from_db()
    assert sent.state == "accepted"
    specialist.looks("5-accepted")
    acts.marks_arrival(specialist)
    sent.refresh_from_db()
    assert sent.state == "attended"


def test_the_return_carries_diagnosis_treatment_targets_and_plan(
    story: Story, person: Callable[..., Person], arrived: ServiceRequest
) -> None:
    specialist = person("specialist")
    specialist.opens(acts.case_path(arrived.pk))
    acts.fills_return(specialist)
    specialist.looks("5-return")
    acts.signs_return(specialist)

    arrived.refresh_from_db()
    assert arrived.state == "returned"
    assert (arrived.reply.diagnosis, arrived.reply.plan) == (
        "原发性高血压 2级，2型糖尿病",
        "家庭自测血压，两周内复查；低盐饮食",
    )
    expect(specialist.page.locator(".yl-case")).to_contain_text("130")
    specialist.looks("5-returned")


@pytest.mark.parametrize("part", ["outsider", "other_specialist"])
def test_another_centre_and_another_department_see_no_case(
    story: Story, person: Callable[..., Person], sent: ServiceRequest, part: str
) -> None:
    outsider = person(part)
    case = acts.case_path(sent.pk)
    acts.refused_everywhere(
        outsider, case, f"{case}slip/", f"{case}return/", f"{case}accept/", f"{case}arrive/",
        path_of("workbench:patient", story.li.pk),
    )  # fmt: skip
    assert outsider.posts(f"{case}accept/") == 404
    sent.refresh_from_db()
    assert sent.state == "submitted"
    worklist = reverse("referrals:desk" if part == "other_specialist" else "referrals:sent")
    expect(outsider.opens(worklist).locator("main")).not_to_contain_text("李佩兰")
