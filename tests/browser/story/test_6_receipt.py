"""Step 6: receipt confirmed; the follow-up stands in the doctor's list, brought forward."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from referrals import handovers
from referrals.models import ServiceRequest
from tests.browser.story import acts
from tests.browser.story.people import Story, booked, days_ago, path_of
from tests.browser.story.stage import Person
from tests.db.followups.recording import save
from tests.db.referrals.conftest import REPLY, letter


@pytest.fixture
def returned(story: Story) -> ServiceRequest:
    """The hospital has signed the return."""
    save(story.world, story.li, days_ago(0).isoformat(), systolic=151, diastolic=86, fasting_glucose=6.1)
    now = timezone.now()
    sent = handovers.send(story.li, letter(story.world), by=story.doctor, at=now)
    handovers.accept(sent.pk, by=story.specialist, at=now)
    handovers.arrive(sent.pk, by=story.specialist, at=now)
    handovers.return_(sent.pk, REPLY, by=story.specialist, at=now)
    return sent


def test_the_confirmed_return_brings_the_follow_up_forward(
    story: Story, person: Callable[..., Person], returned: ServiceRequest
) -> None:
    doctor = person("doctor", to="/")
    assert booked(story.li).due_on == timezone.localdate() + timedelta(days=14)
    doctor.looks("6-today")

    acts.confirms_receipt(doctor, story.li)
    doctor.looks("6-confirmed")

    returned.refresh_from_db()
    assert returned.state == "completed"
    assert booked(story.li).due_on == timezone.localdate() + timedelta(days=7)
    row = doctor.opens("/").locator(".yl-wl-r", has_text="李佩兰")
    expect(row).to_have_count(1)
    expect(row).to_contain_text(acts.in_days(7))
    page = doctor.opens(path_of("workbench:patient", story.li.pk))
    expect(page.locator("main")).to_contain_text(REPLY.plan)
    doctor.looks("6-resident")


def test_an_outsider_can_confirm_nothing(
    story: Story, person: Callable[..., Person], returned: ServiceRequest
) -> None:
    outsider = person("outsider", to="/")
    case = acts.case_path(returned.pk)
    acts.refused_everywhere(outsider, case, f"{case}confirm/", path_of("workbench:patient", story.li.pk))
    assert outsider.posts(f"{case}confirm/") == 404
    expect(outsider.page.locator("main")).not_to_contain_text("李佩兰")
    returned.refresh_from_db()
    assert returned.state == "returned"
