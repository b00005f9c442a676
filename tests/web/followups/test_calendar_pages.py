"""The pages of the follow-up calendar: who sees, who moves, who records, and what each says."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from followups.models import Appointment, ContactAttempt, FollowUpLoss, TeamCapacity, TeamDay
from tests.db.followups.planned import due, limit, tried, tried_in_vain
from tests.world import World

TODAY = timezone.localdate()


def workday(ahead: int = 1) -> Any:
    """A Tuesday to Thursday at least so many days ahead: no holiday of the published list near the tests' days."""
    day = TODAY + timedelta(days=ahead)
    while day.weekday() not in (1, 2, 3):
        day += timedelta(days=1)
    return day


@pytest.fixture
def row(world: World) -> Appointment:
    return due(world, "李佩兰", workday(), planned_on=workday())


def path(world: World, more: str = "") -> str:
    return f"/calendar/{world.team.pk}/{more}"


@pytest.mark.parametrize("part", ["doctor", "nurse", "team_lead", "centre_admin"])
def test_the_week_shows_who_is_planned(world: World, row: Appointment, part: str) -> None:
    page = world.browser(part).get(path(world, f"?week={row.planned_on}"))
    assert "李佩兰" in page.content.decode()
    assert ("预览调整" in page.content.decode()) is (part in ("team_lead", "centre_admin"))


@pytest.mark.parametrize("part", ["outsider", "specialist", "alliance_admin", "operator"])
def test_others_meet_404(world: World, row: Appointment, part: str) -> None:
    browser = world.browser(part)
    for more in ("", "month/", "capacity/", "route/"):
        assert browser.get(path(world, more)).status_code == 404
    assert browser.get(f"/patients/{row.patient_id}/contact/").status_code == 404


def test_the_own_team_is_where_one_begins(world: World, row: Appointment) -> None:
    assert world.browser("nurse").get("/calendar/")["Location"] == path(world)
    second = world.browser("nurse").get(f"/calendar/?team={world.second_team.pk}")
    assert second["Location"] == f"/calendar/{world.second_team.pk}/"


def test_a_lead_moves_what_the_preview_showed_and_undoes_it(world: World, row: Appointment) -> None:
    limit(world.team)
    lead, target = world.browser("team_lead"), workday(7)
    data = {"appointment": [str(row.pk)], "to": target.isoformat(), "how": "day"}
    shown = lead.post(path(world, "move/"), data)
    assert shown.status_code == 200
    assert "1 人将调整" in shown.content.decode()
    row.refresh_from_db()
    assert row.planned_on == workday()
    token = shown.context["preview"].token
    assert lead.post(path(world, "move/"), {**data, "token": "x"}).status_code == 422
    assert lead.post(path(world, "move/"), {**data, "token": token}).status_code == 302
    row.refresh_from_db()
    assert row.planned_on == target
    page = lead.get(path(world))
    assert "撤销" in page.content.decode()
    lead.post(path(world, "undo/"), {"move": str(page.context["undoable"].pk)})
    row.refresh_from_db()
    assert row.planned_on == workday()


def test_whole_days_and_all_overdue_are_chosen_with_one_tick(world: World, row: Appointment) -> None:
    late = due(world, "逾期", TODAY - timedelta(days=20))
    data = {"day": [row.planned_on.isoformat()], "overdue": "1", "to": workday(7).isoformat(), "how": "week"}
    shown = world.browser("team_lead").post(path(world, "move/"), data)
    assert {line.appointment.pk for line in shown.context["preview"].lines} == {row.pk, late.pk}


def test_a_move_into_nowhere_is_refused_on_the_page(world: World, row: Appointment) -> None:
    data = {"appointment": [str(row.pk), "nonsense"], "to": "2020-01-01", "how": "day"}
    answer = world.browser("team_lead").post(path(world, "move/"), data)
    assert answer.status_code == 422
    assert "四个月内" in answer.content.decode()
    assert world.browser("doctor").post(path(world, "move/"), data).status_code == 404


def test_the_capacity_is_the_leads(world: World) -> None:
    pattern = {f"d{n}": "4" if n < 5 else "0" for n in range(7)}
    assert world.browser("doctor").post(path(world, "capacity/"), pattern).status_code == 404
    lead, day = world.browser("team_lead"), workday()
    differs = {"on": day.isoformat(), "places": "1", "reason": "培训"}
    assert lead.post(path(world, "capacity/day/"), differs).status_code == 422  # no pattern yet
    assert lead.post(path(world, "capacity/"), {**pattern, "d0": "-1"}).status_code == 422
    assert lead.post(path(world, "capacity/"), dict.fromkeys(pattern, "0")).status_code == 422
    assert lead.post(path(world, "capacity/"), pattern).status_code == 302
    assert TeamCapacity.objects.get().places == [4, 4, 4, 4, 4, 0, 0]
    assert lead.post(path(world, "capacity/day/"), differs).status_code == 302
    assert "培训" in lead.get(path(world, "capacity/")).content.decode()
    lead.post(path(world, "capacity/clear/"), {"on": day.isoformat()})
    assert not TeamDay.objects.exists()


@pytest.mark.parametrize("part", ["doctor", "nurse", "team_lead"])
def test_everybody_who_cares_records_attempts(world: World, row: Appointment, part: str) -> None:
    where = f"/patients/{row.patient_id}/contact/"
    data = {"on": TODAY.isoformat(), "method": "phone", "result": "no_answer",
            "call_again_on": (TODAY + timedelta(days=2)).isoformat(), "note": "家属称外出"}  # fmt: skip
    browser = world.browser(part)
    assert browser.post(where, {**data, "call_again_on": TODAY.isoformat()}).status_code == 422
    assert browser.post(where, data).status_code == 302
    assert ContactAttempt.objects.get().by == world.users[part]
    assert "家属称外出" in browser.get(where).content.decode()


def test_a_loss_after_very_many_attempts_is_confirmed_over_all_that_were_shown(world: World) -> None:
    late = due(world, "李佩兰", TODAY - timedelta(days=40))
    where = f"/patients/{late.patient_id}/contact/"
    for n in range(56):
        tried(world, late.patient, TODAY - timedelta(days=n // 2))
    doctor = world.browser("doctor")
    page = doctor.get(where).content.decode()
    assert 'name="seen" value="56"' in page
    assert page.count("<li>") >= 56
    assert doctor.post(f"{where}lost/", {"seen": "50"}).status_code == 422
    assert doctor.post(f"{where}lost/", {"seen": "56"}).status_code == 302


def test_a_doctor_confirms_a_loss_a_nurse_does_not_and_finds_again(world: World) -> None:
    late = due(world, "李佩兰", TODAY - timedelta(days=40))
    where = f"/patients/{late.patient_id}/contact/"
    nurse, doctor = world.browser("nurse"), world.browser("doctor")
    assert doctor.post(f"{where}lost/", {"seen": "0"}).status_code == 422
    tried_in_vain(world, late.patient, until=TODAY)
    assert "可由医师或团队长确认" in nurse.get(where).content.decode()
    assert nurse.post(f"{where}lost/", {"seen": "3"}).status_code == 404
    assert "标记为失访？" in doctor.get(where).content.decode()
    assert doctor.post(f"{where}lost/", {"seen": "3"}).status_code == 302
    assert FollowUpLoss.objects.open().count() == 1
    page = doctor.get("/?kind=lost").content.decode()
    assert "李佩兰" in page
    assert "联系 3 次未果" in page
    assert "李佩兰" not in doctor.get("/").content.decode()
    assert nurse.post(f"{where}found/", {"due_on": "2020-01-01"}).status_code == 422
    assert nurse.post(f"{where}found/", {"due_on": TODAY.isoformat()}).status_code == 302
    assert "失访找回" in doctor.get("/").content.decode()


def test_who_is_to_be_called_again_today_and_who_is_planned_today_stand_in_the_list(world: World) -> None:
    due(world, "再联系", TODAY + timedelta(days=30), call_again_on=TODAY)
    due(world, "今日安排", TODAY + timedelta(days=7), planned_on=TODAY)
    browser = world.browser("doctor")
    assert "再联系" in browser.get("/?kind=again").content.decode()
    assert "今日安排" in browser.get("/?kind=today").content.decode()
    window = f"可随访 {TODAY:%m-%d} 至 {TODAY + timedelta(days=14):%m-%d}"
    assert window in browser.get("/").content.decode()


def test_the_route_is_sorted_by_community_and_shows_masks_only(world: World) -> None:
    for name, community in (("甲", "红旗村"), ("乙", "自由村"), ("丙", "红旗村")):
        one = due(world, name, TODAY, planned_on=TODAY)
        one.patient.__class__.objects.filter(pk=one.patient_id).update(community=community)
    with_phone = world.patient("丁", "hypertension")  # type: ignore[arg-type]
    Appointment.objects.filter(patient=with_phone).update(due_on=TODAY, planned_on=TODAY)
    page = world.browser("nurse").get(path(world, "route/")).content.decode()
    assert page.index("红旗村 <") < page.index("自由村 <")
    assert "138******78" in page
    assert "13812345678" not in page
    assert "血压计" in page


def test_the_week_costs_the_same_whatever_its_length(
    world: World, django_assert_max_num_queries: Any
) -> None:
    limit(world.team)
    for n in range(20):
        due(world, f"居民{n}", TODAY - timedelta(days=n), planned_on=TODAY if n % 2 else None)
    browser = world.browser("team_lead")
    with django_assert_max_num_queries(4 + 9):
        assert browser.get(path(world)).status_code == 200


# ---- the calendar of working days


def test_the_year_says_what_is_announced_and_takes_days_by_hand(world: World) -> None:
    year = TODAY.year + 1
    operator = world.browser("operator")
    page = operator.get(f"/working-days/?year={year}").content.decode()
    assert "尚未公布" in page
    data = {"on": f"{year}-02-20", "works": "works", "reason": "国务院办公厅通知", "alliance": ""}
    assert operator.post("/working-days/", {**data, "on": "2010-01-01"}).status_code == 422
    assert operator.post("/working-days/", data).status_code == 302
    page = operator.get(f"/working-days/?year={year}")
    assert "国务院办公厅通知" in page.content.decode()
    row = page.context["days"][0]
    assert operator.post("/working-days/clear/", {"day": str(row.pk)}).status_code == 302


def test_an_alliance_sets_its_own_days_only_and_the_centre_reads(world: World) -> None:
    data = {"on": f"{TODAY.year}-12-30", "works": "off", "reason": "联盟培训"}
    admin = world.browser("alliance_admin")
    assert admin.post("/working-days/", {**data, "alliance": ""}).status_code == 422
    assert admin.post("/working-days/", {**data, "alliance": world.alliance.pk}).status_code == 302
    doctor = world.browser("doctor")
    page = doctor.get("/working-days/").content.decode()
    assert "联盟培训" in page
    assert "设置日期" not in page
    assert doctor.post("/working-days/clear/", {"day": "1"}).status_code == 404
    assert world.browser("specialist").get("/working-days/").status_code == 404
