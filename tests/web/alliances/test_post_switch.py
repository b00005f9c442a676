"""One session, several posts: chosen, shown, narrowed, and fallen back from when the post ends."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from psycopg2.extras import DateRange

from accounts import tokens
from alliances import delegation, posts
from alliances.models import PractitionerRole, Role
from journal.models import AuditEvent
from patients.models import AccessGrant
from tests.world import World

TODAY = timezone.localdate()


@pytest.fixture
def two_posts(world: World) -> PractitionerRole:
    """The doctor of the centre is a specialist of the hospital too."""
    return PractitionerRole.objects.create(
        user=world.doctor, role=Role.SPECIALIST, organization=world.secondary, department=world.cardiology,
        period=DateRange(date(2021, 1, 1), None),
    )  # fmt: skip


@pytest.fixture
def residents(world: World) -> dict[str, str]:
    """One of the centre, and one of another centre who is granted to the hospital's department."""
    granted = world.patient("丙", organization=world.other_centre)
    AccessGrant.objects.create(
        patient=granted, organization=world.secondary, department=world.cardiology, basis="referral",
        period=DateRange(TODAY, None),
    )  # fmt: skip
    return {"own": f"/patients/{world.patient('甲').pk}/", "granted": f"/patients/{granted.pk}/"}


def switch(browser: Client, post: PractitionerRole | None) -> int:
    return browser.post("/me/post/", {"post": post.pk if post else ""}).status_code


def opens(browser: Client, pages: dict[str, str]) -> set[str]:
    return {name for name, path in pages.items() if browser.get(path).status_code == 200}


def test_all_posts_count_until_one_is_chosen(
    world: World, two_posts: PractitionerRole, residents: dict[str, str]
) -> None:
    browser = world.browser("doctor")
    assert opens(browser, residents) == {"own", "granted"}
    assert switch(browser, two_posts) == 302
    assert opens(browser, residents) == {"granted"}
    assert browser.get("/team/").status_code == 404  # the centre's work is not the hospital's
    assert "/referrals/desk/" in browser.get("/patients/").content.decode()
    switch(browser, PractitionerRole.objects.get(user=world.doctor, role=Role.GENERAL_PRACTITIONER))
    assert opens(browser, residents) == {"own"}
    assert browser.get("/referrals/desk/").status_code == 404
    switch(browser, None)
    assert opens(browser, residents) == {"own", "granted"}


def test_the_frame_offers_every_post_and_says_which_one_is_chosen(
    world: World, two_posts: PractitionerRole
) -> None:
    browser = world.browser("doctor")
    body = browser.get("/notices/").content.decode()
    assert "仅以此岗位工作" not in body
    assert body.count('name="post"') == 3
    switch(browser, two_posts)
    body = browser.get("/notices/").content.decode()
    assert "仅以此岗位工作" in body
    assert f'name="post" value="{two_posts.pk}" aria-current="true"' in body
    assert 'name="post"' not in world.browser("nurse").get("/notices/").content.decode()


def test_the_choice_is_written_down_and_so_is_what_is_done_in_it(
    world: World, two_posts: PractitionerRole, residents: dict[str, str]
) -> None:
    browser = world.browser("doctor")
    switch(browser, two_posts)
    line = AuditEvent.objects.get(action="post.switch")
    assert line.detail == {"from": None, "to": two_posts.pk}
    assert line.agent_id == str(world.doctor.pk)
    browser.get(residents["granted"])
    assert AuditEvent.objects.order_by("-pk").first().detail["acting_post"] == two_posts.pk


@pytest.mark.parametrize("wanted", ["0", "999999", "x"])
def test_nobody_switches_to_a_post_that_is_not_theirs(world: World, wanted: str) -> None:
    browser = world.browser("doctor")
    theirs = PractitionerRole.objects.get(user=world.nurse)
    for post in (wanted, str(theirs.pk)):
        assert browser.post("/me/post/", {"post": post}).status_code == 404
    assert not AuditEvent.objects.filter(action="post.switch").exists()


def test_the_switch_needs_the_csrf_token(world: World, two_posts: PractitionerRole) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world.doctor)
    assert switch(browser, two_posts) == 403


def test_a_forged_session_chooses_nothing_that_is_not_the_persons(world: World) -> None:
    browser = world.browser("nurse")
    session = browser.session
    session["chosen_post"] = PractitionerRole.objects.get(user=world.centre_admin).pk
    session.save()
    assert browser.get("/people/").status_code == 404
    assert browser.get("/patients/").status_code == 200


def test_when_the_chosen_post_ends_the_session_goes_on_with_what_remains(
    world: World, two_posts: PractitionerRole, residents: dict[str, str]
) -> None:
    browser = world.browser("doctor")
    switch(browser, two_posts)
    posts.end(two_posts, last_day=None, by=world.operator, on=TODAY)
    assert "所选岗位已结束" in browser.get("/notices/").content.decode()
    assert "chosen_post" not in browser.session
    assert opens(browser, residents) == {"own"}


def test_a_post_that_ends_takes_page_and_token_with_it_in_the_running_session(
    world: World, residents: dict[str, str]
) -> None:
    browser = world.browser("doctor")
    text, _ends = tokens.issue(world.doctor, at=timezone.now())
    headers = {"Authorization": f"Bearer {text}"}

    def answers() -> tuple[int, int]:
        api = "/api/v1" + residents["own"]
        return browser.get(residents["own"]).status_code, Client().get(api, headers=headers).status_code

    assert answers() == (200, 200)
    post = PractitionerRole.objects.get(user=world.doctor)
    posts.end(post, last_day=None, by=world.centre_admin, on=TODAY)
    assert answers() == (404, 401)
    assert "您目前没有任职岗位" in browser.get("/").content.decode()


def test_standing_in_is_chosen_shown_and_over_at_once(world: World) -> None:
    post = PractitionerRole.objects.get(user=world.team_lead)
    made = delegation.name_stand_in(
        post, world.doctor, first_day=TODAY, last_day=TODAY + timedelta(days=3), reason="年休假",
        by=world.team_lead, on=TODAY,
    )  # fmt: skip
    browser = world.browser("doctor")
    assert "为 team_lead 代岗" in browser.get("/notices/").content.decode()
    switch(browser, post)
    assert "正在为 team_lead 代岗" in browser.get("/notices/").content.decode()
    assert AuditEvent.objects.get(action="post.switch").detail["to"] == post.pk
    delegation.take_back(made, by=world.team_lead, on=TODAY)
    body = browser.get("/notices/").content.decode()
    assert "代岗中" not in body
    assert 'name="post"' not in body


def test_session_and_scope_take_four_statements_with_a_chosen_post_too(
    world: World, two_posts: PractitionerRole, django_assert_max_num_queries: Any
) -> None:
    browser = world.browser("doctor")
    for post in (None, two_posts):
        switch(browser, post)
        browser.get("/me/post/")
        # Session, user and posts, beside them the second factor and the unread notices of the frame.
        with django_assert_max_num_queries(5):
            browser.get("/me/post/")
