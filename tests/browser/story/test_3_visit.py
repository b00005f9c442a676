"""Step 3: one visit for two diseases, judged while it is typed; saving books the next follow-up."""

from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from patients.models import Encounter
from tests.browser.story import acts
from tests.browser.story.people import Story, booked, path_of
from tests.browser.story.stage import Person


def test_the_decision_stands_beside_the_readings_before_anything_is_saved(
    story: Story, person: Callable[..., Person]
) -> None:
    doctor = person("doctor")
    page = doctor.opens(path_of("workbench:visit", story.li.pk))
    acts.types_readings(page, **acts.SECOND)

    decision = page.locator("#decision")
    expect(decision).to_contain_text("2 控制不满意")
    expect(decision).to_contain_text("1 控制满意")
    expect(decision).to_contain_text("建议上转")
    expect(decision).to_contain_text("巴南区人民医院 心血管内科")
    expect(decision).to_contain_text(acts.in_days(14))
    page.locator("#decision details summary").first.click()
    expect(decision).to_contain_text("国家基本公共卫生服务规范（第三版）")
    assert not Encounter.objects.filter(patient=story.li, on=timezone.localdate()).exists()
    doctor.looks("3-visit")


def test_saving_books_the_next_follow_up_and_leaves_the_advice(
    story: Story, person: Callable[..., Person]
) -> None:
    doctor = person("doctor")
    visit = acts.records_second_uncontrolled(doctor, story.li)

    assert (visit.systolic, visit.diastolic, float(visit.fasting_glucose)) == (151, 86, 6.1)
    assert booked(story.li).due_on == timezone.localdate() + timedelta(days=14)
    assert acts.task_of(story.li).programme == "hypertension"
    expect(doctor.page.locator("main")).to_contain_text(booked(story.li).due_on.isoformat())
    doctor.looks("3-saved")


def test_an_outsider_can_neither_open_nor_save_a_visit(story: Story, person: Callable[..., Person]) -> None:
    outsider = person("outsider")
    visit = Encounter.objects.filter(patient=story.li).first()
    form = path_of("workbench:visit", story.li.pk)
    acts.refused_everywhere(outsider, form, f"/patients/{story.li.pk}/visit/{visit.pk}/")
    before = Encounter.objects.count()
    assert outsider.posts(form, **acts.SECOND) == 404
    assert outsider.posts(path_of("workbench:visit-decision", story.li.pk), **acts.SECOND) == 404
    assert Encounter.objects.count() == before
