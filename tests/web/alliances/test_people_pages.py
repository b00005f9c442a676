"""The pages about people: who manages whom, in the browser without a script."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from psycopg2.extras import DateRange

from accounts.models import User
from alliances import delegation
from alliances.models import Delegation, Organization, PractitionerRole, Role
from journal.models import AuditEvent
from tests.world import SINCE, World

TODAY = timezone.localdate()


def person_path(world: World, part: str) -> str:
    return f"/people/{world.users[part].pk}/"


def post_path(world: World, part: str, step: str) -> str:
    return (
        f"{person_path(world, part)}posts/{PractitionerRole.objects.get(user=world.users[part]).pk}/{step}/"
    )


def new_colleague(**more: str) -> dict[str, str]:
    told = {"name": "李佩兰", "username": "lipeilan", "email": "l@example.test", "phone": "", "role": "nurse",
            "care_team": "", "begins": TODAY.isoformat(), "last_day": ""}  # fmt: skip
    return {**told, **more}


def test_an_administrator_makes_a_colleague_who_can_work_at_once(world: World) -> None:
    browser = world.browser("centre_admin")
    answer = browser.post("/people/new/", new_colleague(care_team=str(world.team.pk)))
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    password = re.findall(r"<code>([^<]+)</code>", answer.content.decode())[1]
    user = User.objects.get(username="lipeilan")
    assert user.check_password(password)
    assert PractitionerRole.objects.get(user=user).care_team == world.team
    assert password not in browser.get(f"/people/{user.pk}/").content.decode()
    assert password not in str(list(AuditEvent.objects.values("detail")))


@pytest.mark.parametrize(
    "wrong",
    [
        {"username": "doctor"}, {"username": "Li Peilan"}, {"role": "organization_admin"}, {"role": "operator"},
        {"begins": (TODAY - timedelta(days=1)).isoformat()}, {"last_day": "2020-01-01"}, {"name": ""},
        {"role": "team_lead"},
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_makes_no_account(world: World, wrong: dict[str, str]) -> None:
    before = User.objects.count()
    answer = world.browser("centre_admin").post("/people/new/", new_colleague(**wrong))
    assert answer.status_code == 422
    assert User.objects.count() == before


def test_the_operator_says_first_where(world: World) -> None:
    browser = world.browser("operator")
    assert world.other_centre.name in browser.get("/people/new/").content.decode()
    place = f"/people/new/?organization={world.secondary.pk}"
    body = browser.get(place).content.decode()
    assert "专科医师" in body
    assert "全科医师" not in re.sub(r"(?s)<nav.*?</nav>", "", body)
    answer = browser.post(place, new_colleague(role="specialist", department=str(world.cardiology.pk)))
    assert answer.status_code == 200
    assert browser.get("/people/new/?organization=x").status_code == 404
    assert world.browser("centre_admin").get(place).status_code == 404


def test_the_list_is_searched_filtered_and_costs_the_same_at_any_length(
    world: World, django_assert_max_num_queries: Any
) -> None:
    world.doctor.name = "李佩兰"
    world.doctor.save()
    browser = world.browser("centre_admin")

    def shown(**query: str) -> set[str]:
        body = browser.get("/people/", query).content.decode()
        return set(re.findall(r'<span class="yl-cell-m yl-mut">([a-z-]+)</span></th>', body))

    assert shown() == {"doctor", "colleague", "nurse", "team-lead", "centre-admin"}
    assert shown(q="lpl") == {"doctor"}
    assert shown(role="nurse") == {"nurse"}
    assert shown(state="closed") == set()
    assert "没有找到人员" in browser.get("/people/", {"q": "zzz"}).content.decode()
    assert shown(organization=str(world.other_centre.pk)) == shown()  # out of reach: as if not said
    for number in range(40):
        world.user(f"more_{number}", Role.NURSE, world.centre)
    with django_assert_max_num_queries(6 + 6):  # session, user, second factor, posts, tree, notices
        assert browser.get("/people/").status_code == 200
    assert "page=2" in browser.get("/people/").content.decode()


def test_a_person_out_of_reach_does_not_exist(world: World) -> None:
    browser = world.browser("centre_admin")
    assert browser.get(person_path(world, "nurse")).status_code == 200
    for part in ("outsider", "specialist", "operator"):
        assert browser.get(person_path(world, part)).status_code == 404
        for step in ("end", "move", "stand-in"):
            assert browser.post(post_path(world, part, step)).status_code == 404
        assert browser.post(f"{person_path(world, part)}account/password/").status_code == 404
    assert world.browser("doctor").get(person_path(world, "nurse")).status_code == 404


def test_a_person_with_posts_elsewhere_shows_and_offers_only_those_inside(world: World) -> None:
    elsewhere = PractitionerRole.objects.create(
        user=world.nurse,
        role=Role.PRIVACY_OFFICER,
        organization=world.tertiary,
        period=DateRange(SINCE, None),
    )
    browser = world.browser("centre_admin")
    body = browser.get(person_path(world, "nurse")).content.decode()
    assert world.tertiary.name not in body
    assert "隐私" not in body
    assert "account/password" not in body
    assert browser.post(f"{person_path(world, 'nurse')}posts/{elsewhere.pk}/end/").status_code == 404
    before = User.objects.get(pk=world.nurse.pk).password
    for act in ("password", "second-factor", "close", "reopen", "unlock"):
        assert browser.post(f"{person_path(world, 'nurse')}account/{act}/").status_code == 404
    assert User.objects.get(pk=world.nurse.pk).password == before


def test_posts_are_added_moved_and_ended_on_the_page(world: World) -> None:
    browser = world.browser("centre_admin")
    new = f"{person_path(world, 'nurse')}posts/new/"
    given = {"role": "health_manager", "care_team": str(world.second_team.pk), "begins": TODAY.isoformat()}
    assert browser.post(new, given).status_code == 302
    assert browser.post(new, given).status_code == 422  # the same once more
    post = PractitionerRole.objects.get(user=world.nurse, role="health_manager")
    path = f"{person_path(world, 'nurse')}posts/{post.pk}/"
    assert browser.get(path + "move/").status_code == 200
    moved = {"care_team": str(world.team.pk), "begins": TODAY.isoformat()}
    assert browser.post(path + "move/", moved).status_code == 302
    follows = PractitionerRole.objects.get(user=world.nurse, role="health_manager", care_team=world.team)
    end = f"{person_path(world, 'nurse')}posts/{follows.pk}/end/"
    assert browser.get(end).status_code == 200
    assert browser.post(end, {"last_day": "2020-01-01"}).status_code == 422
    assert browser.post(end, {"last_day": ""}).status_code == 302
    body = browser.get(person_path(world, "nurse")).content.decode()
    assert all(words in body for words in ("添加岗位", "调整岗位", "结束岗位", "过往岗位"))


def test_nobody_touches_their_own_posts_or_account(world: World) -> None:
    for part in ("centre_admin", "operator"):
        browser = world.browser(part)
        body = browser.get(person_path(world, part)).content.decode()
        assert "自己的岗位和账号须由其他管理员更改" in body
        assert "account/" not in body
        assert browser.get(f"{person_path(world, part)}posts/new/").status_code == 404
        assert browser.post(post_path(world, part, "end")).status_code == 404
        assert browser.post(f"{person_path(world, part)}account/password/").status_code == 404


def test_an_account_is_reset_closed_and_opened_again(world: World) -> None:
    browser = world.browser("centre_admin")
    path = f"{person_path(world, 'nurse')}account/"
    answer = browser.post(path + "password/")
    password = re.findall(r"<code>([^<]+)</code>", answer.content.decode())[1]
    assert User.objects.get(pk=world.nurse.pk).check_password(password)
    assert browser.get(path + "password/").status_code == 405
    assert browser.post(path + "second-factor/").status_code == 302
    assert browser.post(path + "close/").status_code == 302
    assert not User.objects.get(pk=world.nurse.pk).is_active
    assert browser.post(path + "reopen/").status_code == 302
    assert User.objects.get(pk=world.nurse.pk).is_active
    assert browser.post(path + "delete/").status_code == 404
    told = browser.get(person_path(world, "nurse")).content.decode()
    assert all(words in told for words in ("重置密码", "重置第二步验证", "账号已停用", "重新启用账号"))


def leave(world: World, **more: str) -> dict[str, str]:
    return {"delegate": str(world.colleague.pk), "first_day": TODAY.isoformat(),
            "last_day": (TODAY + timedelta(days=5)).isoformat(), "reason": "年休假", **more}  # fmt: skip


def test_somebody_on_leave_names_a_colleague_and_takes_it_back(world: World) -> None:
    browser = world.browser("doctor")
    assert browser.get("/me/delegation/").status_code == 200
    assert browser.post("/me/delegation/", leave(world)).status_code == 302
    made = Delegation.objects.get()
    assert (made.delegator, made.delegate) == (world.doctor, world.colleague)
    assert browser.post("/me/delegation/", leave(world)).status_code == 422  # overlaps
    assert "我正在代岗" in world.browser("colleague").get("/me/delegation/").content.decode()
    assert world.browser("outsider").post(f"/delegations/{made.pk}/end/").status_code == 404
    assert browser.post(f"/delegations/{made.pk}/end/").status_code == 302
    assert not Delegation.objects.filter(period__contains=TODAY).exists()


def test_whose_post_cannot_be_delegated_is_told_so(world: World) -> None:
    browser = world.browser("centre_admin")
    assert "您的岗位都不能代岗" in browser.get("/me/delegation/").content.decode()
    assert browser.post("/me/delegation/", leave(world)).status_code == 422
    theirs = PractitionerRole.objects.get(user=world.doctor)
    assert world.browser("nurse").get(f"/me/delegation/?post={theirs.pk}").status_code == 404


def test_the_administrator_names_a_stand_in_and_sees_the_list(world: World) -> None:
    browser = world.browser("centre_admin")
    path = post_path(world, "doctor", "stand-in")
    assert browser.get(path).status_code == 200
    assert browser.post(path, leave(world, delegate=str(world.outsider.pk))).status_code == 422
    assert browser.post(path, leave(world)).status_code == 302
    body = browser.get("/people/delegations/").content.decode()
    assert "年休假" in body
    made = Delegation.objects.get()
    assert browser.post(f"/delegations/{made.pk}/end/").status_code == 302
    assert "年休假" not in browser.get("/people/delegations/").content.decode()
    assert "年休假" in browser.get("/people/delegations/?all=1").content.decode()


def test_the_list_of_stand_ins_ends_at_the_own_subtree(world: World) -> None:
    delegation.name_stand_in(
        PractitionerRole.objects.get(user=world.specialist), world.second_specialist, first_day=TODAY,
        last_day=TODAY, reason="外出进修", by=world.specialist, on=TODAY,
    )  # fmt: skip
    assert "外出进修" not in world.browser("centre_admin").get("/people/delegations/?all=1").content.decode()
    assert "外出进修" in world.browser("operator").get("/people/delegations/").content.decode()


def test_an_administrator_of_a_station_does_not_manage_the_centre_above(world: World) -> None:
    station = Organization.objects.create(
        code="s", name="红旗村卫生室", tier="community", parent=world.centre
    )
    world.user("station_admin", Role.ORGANIZATION_ADMIN, station)
    browser = world.browser("station_admin")
    assert browser.get(person_path(world, "nurse")).status_code == 404
    assert world.browser("centre_admin").get(person_path(world, "station_admin")).status_code == 200
    assert browser.post(f"{person_path(world, 'centre_admin')}account/password/").status_code == 404
