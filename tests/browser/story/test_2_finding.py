"""Step 2: a doctor sees what is due and overdue for her team, and finds a resident by what she has at hand."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.story import acts
from tests.browser.story.people import LI_NUMBER, LI_PHONE, Story, path_of
from tests.browser.story.stage import Person


def test_the_doctor_sees_due_and_overdue_follow_ups_of_her_team(
    story: Story, person: Callable[..., Person]
) -> None:
    doctor = person("doctor", to="/")
    page = doctor.page

    overdue = page.locator(".yl-wl-r", has_text="王国强")
    expect(overdue).to_contain_text("逾期")
    expect(page.locator(".yl-wl-r", has_text="李佩兰")).to_contain_text("今天")
    expect(page.locator(".yl-wl-r", has_text="赵玉兰")).to_contain_text(acts.in_days(1))
    expect(page.locator("main")).not_to_contain_text("孙外院")
    doctor.looks("2-today")


@pytest.mark.parametrize("text", ["佩兰", "lpl", LI_NUMBER[-4:], LI_NUMBER[-6:], LI_PHONE[-4:]])
def test_part_of_the_name_or_the_last_digits_find_her(
    story: Story, person: Callable[..., Person], text: str
) -> None:
    hits = acts.finds(doctor := person("doctor", to="/"), text)
    expect(hits).to_have_count(1)
    expect(hits.first).to_contain_text("李佩兰")
    if text == "佩兰":
        doctor.looks("2-search")
    doctor.page.keyboard.press("Enter")
    expect(doctor.page.locator("h1")).to_have_text("李佩兰")
    if text == "佩兰":
        expect(doctor.page.locator("#trend canvas, [data-chart] canvas").first).to_be_visible()
        doctor.looks("2-resident")


def test_an_outsider_finds_nobody_and_opens_nothing(story: Story, person: Callable[..., Person]) -> None:
    outsider = person("outsider", to="/")
    for text in ("佩兰", LI_NUMBER[-4:], LI_PHONE[-4:]):
        outsider.opens("/")
        hits = acts.finds(outsider, text)
        expect(outsider.page.locator("#q-hits-box")).to_contain_text("没有")
        expect(hits).to_have_count(0)
    acts.refused_everywhere(outsider, path_of("workbench:patient", story.li.pk))
    listed = outsider.opens(reverse("workbench:patients"))
    expect(listed.locator("main")).to_contain_text("孙外院")
    expect(listed.locator("main")).not_to_contain_text("李佩兰")
