"""Teams in the browser: who sees and who changes them; no resident's name for those who only count."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from psycopg2.extras import DateRange

from alliances.models import CareTeam, CareTeamMember, Organization, PractitionerRole, Role
from patients import handovers
from patients.models import HandoverReason
from patients.programmes import Programme
from tests.world import SINCE, World

TODAY = timezone.localdate


@pytest.fixture
def ruled(world: World) -> World:
    """The first team of the centre has to be 1+1+X and lacks the X."""
    CareTeam.objects.filter(pk=world.team.pk).update(composition=["one_one_x"], areas=["红旗村"])
    return world


def body(world: World, part: str, path: str) -> str:
    return world.browser(part).get(path).content.decode()


def page_of(team: CareTeam) -> str:
    return f"/teams/{team.pk}/"


def form(**more: Any) -> dict[str, Any]:
    return {
        "name": "慢病专科团队",
        "kind": "specialty",
        "composition": ["three_practitioners"],
        "further": "",
        **more,
    }


def test_the_list_shows_members_residents_areas_and_who_is_missing(ruled: World) -> None:
    ruled.patient("甲")
    ruled.patient("乙")
    page = body(ruled, "doctor", "/teams/")
    for words in ("第一片区团队", "第二片区团队", "红旗村", "缺其他人员", ">2<", ">4<", "我的团队"):
        assert words in page, words
    assert "甲" not in page
    assert "新建团队" not in page
    assert "新建团队" in body(ruled, "centre_admin", "/teams/")


def test_the_list_can_be_narrowed(ruled: World) -> None:
    short = body(ruled, "doctor", "/teams/?lacking=1")
    assert "第一片区团队" in short
    assert "第二片区团队" not in short
    assert "第二片区团队" in body(ruled, "doctor", "/teams/?q=第二")
    assert "未找到团队" in body(ruled, "doctor", "/teams/?q=第九%00")
    CareTeam.objects.filter(pk=ruled.second_team.pk).update(closed_on=TODAY())
    assert "第二片区团队" not in body(ruled, "doctor", "/teams/")
    assert "第二片区团队" in body(ruled, "doctor", "/teams/?closed=1")


@pytest.mark.parametrize("query", ["", "?lacking=1"])
def test_the_list_costs_the_same_whatever_its_length(
    ruled: World, query: str, django_assert_max_num_queries: Any
) -> None:
    for number in range(24):
        team = CareTeam.objects.create(
            organization=ruled.centre, code=f"x{number}", name=f"团队{number}", composition=["one_one_x"]
        )
        ruled.patient(f"居民{number}", team=team)
    browser = ruled.browser("centre_admin")
    with django_assert_max_num_queries(5 + 5 + 5):  # session and scope 5, list 5, looking through all 5
        assert "团队7" in browser.get(f"/teams/{query}").content.decode()


def test_a_team_shows_its_people_its_rule_and_its_hand_overs(ruled: World) -> None:
    patient = ruled.patient("李佩兰", Programme.HYPERTENSION)
    handovers.propose([patient.pk], to_team=ruled.second_team, reason=HandoverReason.WORKLOAD, text="", by=ruled.doctor,
                      at=timezone.now())  # fmt: skip
    page = body(ruled, "doctor", page_of(ruled.team))
    for words in (
        "全科医师",
        "护士",
        "团队长",
        "空缺",
        "人员不齐",
        "红旗村",
        f"/handovers/new/?team={ruled.team.pk}",
    ):
        assert words in page, words
    other = body(ruled, "doctor", page_of(ruled.second_team))
    assert f"/handovers/new/?team={ruled.second_team.pk}" not in other  # not the doctor's own
    assert "等待本团队接收" not in other
    assert "等待本团队接收" in body(ruled, "centre_admin", page_of(ruled.second_team))


@pytest.mark.parametrize("part", ["operator", "alliance_admin"])
def test_who_only_counts_sees_numbers_and_no_resident(ruled: World, part: str) -> None:
    patient = ruled.patient("李佩兰", Programme.HYPERTENSION)
    handovers.propose([patient.pk], to_team=ruled.second_team, reason=HandoverReason.CRITICAL, text="胸闷", by=ruled.doctor,
                      at=timezone.now())  # fmt: skip
    for path in ("/teams/", page_of(ruled.team), page_of(ruled.second_team)):
        page = body(ruled, part, path)
        assert "李佩兰" not in page
        assert "胸闷" not in page
        assert "/handovers/" not in page
    assert "危重 1 人" in body(ruled, part, page_of(ruled.second_team))


def test_the_page_of_a_team_stays_within_its_statements(
    ruled: World, django_assert_max_num_queries: Any
) -> None:
    browser = ruled.browser("doctor")
    with django_assert_max_num_queries(4 + 9):
        assert browser.get(page_of(ruled.team)).status_code == 200


@pytest.mark.parametrize("part", ["doctor", "team_lead", "alliance_admin", "specialist", "outsider"])
def test_who_does_not_run_the_centre_changes_nothing(ruled: World, part: str) -> None:
    member = CareTeamMember.objects.create(
        care_team=ruled.team,
        user=ruled.second_specialist,
        role=Role.SPECIALIST,
        period=DateRange(SINCE, None),
    )
    browser, base = ruled.browser(part), page_of(ruled.team)
    assert browser.get("/teams/new/").status_code == 404
    for path in (f"{base}edit/", f"{base}close/", f"{base}members/new/", f"{base}members/{member.pk}/end/"):
        assert browser.post(path, form()).status_code == 404, path
    assert "修改" not in browser.get(base).content.decode()
    assert CareTeamMember.objects.get().period.upper is None


def test_an_administrator_runs_the_teams_of_the_own_centre_only(ruled: World) -> None:
    browser = ruled.browser("centre_admin")
    assert browser.get(page_of(ruled.other_team)).status_code == 404
    assert browser.post(f"{page_of(ruled.other_team)}edit/", form()).status_code == 404
    assert browser.get(f"/teams/new/?organization={ruled.other_centre.pk}").status_code == 404


def test_a_team_is_made_and_changed(ruled: World) -> None:
    browser = ruled.browser("centre_admin")
    answer = browser.post("/teams/new/", form())
    team = CareTeam.objects.get(name="慢病专科团队")
    assert answer["Location"] == page_of(team)
    assert (team.kind, team.composition) == ("specialty", ["three_practitioners"])
    assert "慢病专科团队" in browser.get(f"{page_of(team)}edit/").content.decode()
    changed = form(
        name="第六片区团队", kind="area", composition=[], areas=["红旗村"], further="和平村，自由村"
    )
    assert browser.post(f"{page_of(team)}edit/", changed).status_code == 302
    team.refresh_from_db()
    assert (team.name, team.areas) == ("第六片区团队", ["和平村", "红旗村", "自由村"])
    ruled.team.refresh_from_db()
    assert ruled.team.areas == []


def test_a_taken_name_is_said_at_the_field(ruled: World) -> None:
    answer = ruled.browser("centre_admin").post("/teams/new/", form(name="第一片区团队"))
    assert answer.status_code == 422
    assert "本机构已有同名团队" in answer.content.decode()
    assert ruled.browser("centre_admin").post("/teams/new/", form(kind="whim")).status_code == 422


def test_the_operator_chooses_the_centre_of_a_new_team(ruled: World) -> None:
    browser = ruled.browser("operator")
    assert "龙洲湾" in browser.get("/teams/new/").content.decode()
    browser.post(f"/teams/new/?organization={ruled.other_centre.pk}", form())
    assert CareTeam.objects.get(name="慢病专科团队").organization == ruled.other_centre
    Organization.objects.update(closed_on=TODAY())
    assert "没有可建团队" in browser.get("/teams/new/").content.decode()


def test_a_specialist_of_the_hospital_joins_and_leaves(ruled: World) -> None:
    browser, base = ruled.browser("centre_admin"), page_of(ruled.team)
    post = PractitionerRole.objects.get(user=ruled.specialist)
    assert "心血管内科" in browser.get(f"{base}members/new/?q=specialist").content.decode()
    asked = {
        "post": post.pk,
        "begins": TODAY().isoformat(),
        "ends": (TODAY() + timedelta(days=29)).isoformat(),
    }
    assert browser.post(f"{base}members/new/", {**asked, "ends": "2020-01-01"}).status_code == 422
    assert browser.post(f"{base}members/new/", {**asked, "post": ""}).status_code == 422
    assert browser.post(f"{base}members/new/", asked)["Location"] == base
    member = CareTeamMember.objects.get()
    assert member.period == DateRange(TODAY(), TODAY() + timedelta(days=30))
    assert browser.post(f"{base}members/new/", asked).status_code == 422  # there already
    page = browser.get(base).content.decode()
    assert "协作" in page
    assert "已配齐" in page  # the specialist is the X
    CareTeamMember.objects.update(period=DateRange(TODAY() - timedelta(days=3), None))
    assert browser.post(f"{base}members/{member.pk}/end/")["Location"] == base
    assert "历任成员" in browser.get(base).content.decode()
    assert browser.post(f"{page_of(ruled.second_team)}members/{member.pk}/end/").status_code == 404


def test_nobody_from_outside_the_list_joins(ruled: World) -> None:
    own = PractitionerRole.objects.get(user=ruled.doctor)
    asked = {"post": own.pk, "begins": TODAY().isoformat()}
    answer = ruled.browser("centre_admin").post(f"{page_of(ruled.team)}members/new/", asked)
    assert answer.status_code == 422


def test_closing_lists_what_stands_in_the_way_and_closes_once_it_has_gone(ruled: World) -> None:
    ruled.patient("李佩兰")
    browser, path = ruled.browser("centre_admin"), f"{page_of(ruled.team)}close/"
    for answer in (browser.get(path), browser.post(path)):
        page = answer.content.decode()
        assert "居民<span" in page
        assert f"/handovers/new/?team={ruled.team.pk}" in page
        assert "李佩兰" not in page
    assert answer.status_code == 422
    empty = f"{page_of(ruled.second_team)}close/"
    assert "没有待办事项" in browser.get(empty).content.decode()
    assert browser.post(empty)["Location"] == "/teams/"
    assert browser.post(empty).status_code == 404
    assert "已于" in browser.get(page_of(ruled.second_team)).content.decode()
