"""The team's week in a browser: a bulk move with its undo, and a resident tried in vain, lost, and found again."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from followups.models import Appointment, FollowUpLoss
from tests.browser.entry import sign_in
from tests.db.followups.planned import due, limit, tried_in_vain
from tests.web.followups.test_calendar_pages import workday
from tests.world import World


@pytest.mark.parametrize("width", [1440, 360])
def test_a_day_is_moved_together_and_put_back(
    committed_world: World, live_server: Any, page: Page, accessible: Any, width: int
) -> None:
    world, day, target = committed_world, workday(8), workday(15)
    limit(world.team, [4, 4, 4, 4, 4, 0, 0])
    for n in range(3):
        due(world, f"居民{n}", day, planned_on=day)
    where = reverse("followups:calendar", args=[world.team.pk])
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, live_server, world.team_lead, to=f"{where}?week={day}")
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_label("整日").first.check()
    page.get_by_label("改到").fill(target.isoformat())
    page.get_by_role("button", name="预览调整").click()
    expect(page.locator("main h2").first).to_contain_text("3 人将调整")
    accessible(page)
    page.get_by_role("button", name="按预览调整").click()
    expect(page.get_by_text("已调整 3 人的随访安排")).to_be_visible()
    expect(page.get_by_text("居民0")).to_be_visible()
    assert set(Appointment.objects.booked().values_list("planned_on", flat=True)) == {target}
    page.get_by_role("button", name="撤销").click()
    expect(page.get_by_text("已恢复 3 人的原安排")).to_be_visible()
    assert set(Appointment.objects.booked().values_list("planned_on", flat=True)) == {day}
    page.goto(f"{live_server.url}{reverse('followups:calendar-month', args=[world.team.pk])}")
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.complaints == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("width", [1440, 360])
def test_tried_in_vain_lost_and_found_again(
    committed_world: World, live_server: Any, page: Page, accessible: Any, width: int
) -> None:
    world, today = committed_world, timezone.localdate()
    late = due(world, "李佩兰", today - timedelta(days=40))
    tried_in_vain(world, late.patient, until=today - timedelta(days=1))
    where = reverse("followups:contact", args=[late.patient_id])
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, live_server, world.doctor, to=where)
    page.get_by_label("结果").select_option("wrong_number")
    page.get_by_role("button", name="保存联系记录").click()
    expect(page.locator("tbody tr")).to_have_count(4)
    accessible(page)
    page.get_by_role("button", name="标记失访").first.click()
    dialog = page.locator("dialog[open]")
    expect(dialog.locator("li")).to_have_count(4)
    accessible(page)
    dialog.get_by_role("button", name="标记失访").click()
    expect(page.locator(".yl-head")).to_contain_text("起失访")
    assert FollowUpLoss.objects.open().count() == 1
    accessible(page)
    page.get_by_role("button", name="恢复随访").click()
    expect(page.get_by_text("已恢复随访")).to_be_visible()
    assert Appointment.objects.booked().get(patient=late.patient).reason == "found"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.complaints == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("width", [1440, 360])
def test_the_route_the_capacity_and_the_year_are_clean(
    committed_world: World, live_server: Any, page: Page, accessible: Any, width: int
) -> None:
    world, today = committed_world, timezone.localdate()
    due(world, "李佩兰", today, planned_on=today)
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, live_server, world.team_lead, to=reverse("followups:route", args=[world.team.pk]))
    for name, args in (("followups:route", [world.team.pk]), ("followups:capacity", [world.team.pk]),
                       ("alliances:calendar", [])):  # fmt: skip
        page.goto(f"{live_server.url}{reverse(name, args=args)}")
        accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.complaints == []  # type: ignore[attr-defined]
