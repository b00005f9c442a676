"""Posts are given, moved and ended by whoever may; what somebody may not give they may not take either."""

from datetime import date, timedelta

import pytest
from django.utils import timezone
from psycopg2.extras import DateRange

from accounts.models import User
from alliances import people, posts
from alliances.grants import GRANTS, SEATS, Part, roles_given_by, roles_offered
from alliances.models import Alliance, Organization, PractitionerRole, Role, Tier
from alliances.permissions import ELEVATED, TABLE, Permission
from alliances.posts import PostRefused, Seated
from alliances.scope import scope_of
from journal.models import AuditEvent
from tests.world import SINCE, World

TODAY = timezone.localdate()
DAY = timedelta(days=1)


@pytest.fixture
def station(world: World) -> Organization:
    """A station below the centre."""
    return Organization.objects.create(
        code="station", name="红旗村卫生室", tier="community", parent=world.centre
    )


@pytest.fixture
def newcomer(world: World) -> User:
    return User.objects.create(username="newcomer", name="新来")


def again(user: User) -> User:
    """The same person in the next request: nothing cached."""
    return User.objects.get(pk=user.pk)


def nurse_at(place: Organization, **part: object) -> Seated:
    return Seated(Role.NURSE, place, **part)  # type: ignore[arg-type]


def test_every_role_has_its_seat_and_only_those_who_manage_people_give() -> None:
    assert set(SEATS) == set(Role)
    assert {role for role in Role if Permission.PEOPLE_MANAGE in TABLE[role].may} == set(GRANTS)


def test_only_an_operator_gives_the_posts_that_reach_beyond_an_organization() -> None:
    kept = {
        Role.ALLIANCE_ADMIN, Role.PRIVACY_OFFICER, Role.CDC_ANALYST, Role.BUREAU_VIEWER, Role.OPERATOR,
    }  # fmt: skip
    administrator = GRANTS[Role.ORGANIZATION_ADMIN]
    assert not kept & (administrator.here | administrator.below | administrator.elsewhere)
    assert administrator.below - administrator.here == {Role.ORGANIZATION_ADMIN}
    assert administrator.here & ELEVATED == {Role.TEAM_LEAD}


def test_an_administrator_gives_care_at_home_administration_below_and_nothing_elsewhere(
    world: World, station: Organization
) -> None:
    def given(place: Organization) -> frozenset[Role]:
        return roles_given_by(world.centre_admin, place, on=TODAY)

    assert Role.NURSE in given(world.centre)
    assert Role.ORGANIZATION_ADMIN not in given(world.centre)
    assert Role.ORGANIZATION_ADMIN in given(station)
    assert given(world.other_centre) == given(world.tertiary) == frozenset()
    assert roles_given_by(world.doctor, world.centre, on=TODAY) == frozenset()
    assert roles_given_by(world.operator, world.other_centre, on=TODAY) == frozenset(Role)


def test_what_is_offered_belongs_to_the_kind_of_organization(world: World) -> None:
    assert Role.SPECIALIST not in roles_offered(world.operator, world.centre, on=TODAY)
    assert Role.NURSE not in roles_offered(world.operator, world.secondary, on=TODAY)
    assert Role.SPECIALIST in roles_offered(world.operator, world.secondary, on=TODAY)


def test_a_post_opens_from_its_first_day(world: World, newcomer: User) -> None:
    posts.give(
        newcomer, nurse_at(world.centre, care_team=world.team), begins=TODAY + DAY, by=world.centre_admin, on=TODAY
    )  # fmt: skip
    assert not scope_of(again(newcomer)).posts
    assert scope_of(again(newcomer), on=TODAY + DAY).organization_ids == (world.centre.pk,)
    line = AuditEvent.objects.get(action="post.give")
    assert (line.subject_id, line.organization_id) == (str(newcomer.pk), world.centre.pk)
    assert line.detail["role"] == "nurse"


@pytest.mark.parametrize(
    ("role", "place"),
    [
        (Role.PRIVACY_OFFICER, "centre"), (Role.OPERATOR, "centre"), (Role.ORGANIZATION_ADMIN, "centre"),
        (Role.NURSE, "other_centre"),
    ],
)  # fmt: skip
def test_an_administrator_cannot_give_more_than_the_table_says(
    world: World, newcomer: User, role: Role, place: str
) -> None:
    with pytest.raises(PostRefused):
        posts.give(
            newcomer, Seated(role, getattr(world, place)), begins=TODAY, by=world.centre_admin, on=TODAY
        )
    assert not PractitionerRole.objects.filter(user=newcomer).exists()


def test_nobody_gives_a_post_to_themselves(world: World) -> None:
    for part in ("centre_admin", "operator"):
        with pytest.raises(PostRefused):
            posts.give(
                world.users[part], nurse_at(world.centre), begins=TODAY, by=world.users[part], on=TODAY
            )


def test_a_role_needs_its_part_and_the_part_its_organization(world: World, newcomer: User) -> None:
    wrong = [
        Seated(Role.TEAM_LEAD, world.centre),
        Seated(Role.SPECIALIST, world.secondary),
        Seated(Role.ALLIANCE_ADMIN, world.tertiary),
        Seated(Role.NURSE, world.centre, care_team=world.other_team),
        Seated(Role.NURSE, world.centre, department=world.cardiology),
        Seated(Role.NURSE, world.tertiary),
    ]
    for seated in wrong:
        with pytest.raises(PostRefused):
            posts.give(newcomer, seated, begins=TODAY, by=world.operator, on=TODAY)


def test_the_same_post_twice_at_once_is_refused_by_the_database(world: World, newcomer: User) -> None:
    seated = nurse_at(world.centre, care_team=world.team)
    posts.give(newcomer, seated, begins=TODAY, last_day=TODAY + 9 * DAY, by=world.centre_admin, on=TODAY)
    with pytest.raises(PostRefused):
        posts.give(newcomer, seated, begins=TODAY + 5 * DAY, by=world.centre_admin, on=TODAY)
    posts.give(newcomer, seated, begins=TODAY + 10 * DAY, by=world.centre_admin, on=TODAY)
    assert PractitionerRole.objects.filter(user=newcomer).count() == 2


def test_a_post_ended_at_once_is_gone_with_the_next_request(world: World) -> None:
    post = PractitionerRole.objects.get(user=world.nurse)
    posts.end(post, last_day=None, by=world.centre_admin, on=TODAY)
    assert not scope_of(again(world.nurse)).permissions
    with pytest.raises(PostRefused):
        posts.end(post, last_day=None, by=world.centre_admin, on=TODAY)


def test_a_post_ends_after_its_last_day(world: World) -> None:
    post = PractitionerRole.objects.get(user=world.nurse)
    posts.end(post, last_day=TODAY, by=world.centre_admin, on=TODAY)
    assert scope_of(again(world.nurse)).posts
    assert not scope_of(again(world.nurse), on=TODAY + DAY).posts
    with pytest.raises(PostRefused):  # never in the past, never later than it ends
        posts.end(post, last_day=TODAY - 2 * DAY, by=world.centre_admin, on=TODAY)
    with pytest.raises(PostRefused):
        posts.end(post, last_day=TODAY + DAY, by=world.centre_admin, on=TODAY)


@pytest.mark.parametrize("part", ["outsider", "privacy_officer", "centre_admin", "specialist"])
def test_an_administrator_ends_no_post_that_is_not_theirs_to_give(world: World, part: str) -> None:
    post = PractitionerRole.objects.get(user=world.users[part])
    with pytest.raises(PostRefused):
        posts.end(post, last_day=None, by=world.centre_admin, on=TODAY)


def test_a_move_is_an_end_and_a_beginning(world: World) -> None:
    post = PractitionerRole.objects.get(user=world.nurse)
    to = Seated(Role.NURSE, world.centre, care_team=world.second_team)
    follows = posts.move(post, to, begins=TODAY + 3 * DAY, by=world.centre_admin, on=TODAY)
    post.refresh_from_db()
    assert post.period == DateRange(SINCE, TODAY + 3 * DAY)
    assert (follows.care_team, follows.period) == (world.second_team, DateRange(TODAY + 3 * DAY, None))
    assert AuditEvent.objects.filter(action__startswith="post.").count() == 1
    with pytest.raises(PostRefused):
        posts.move(post, to, begins=TODAY + 5 * DAY, by=world.centre_admin, on=TODAY)


def test_an_administrator_sees_people_by_posts_inside_the_own_subtree(
    world: World, station: Organization
) -> None:
    world.user("village", Role.VILLAGE_DOCTOR, station)
    seen = set(people.people_in_reach(world.centre_admin).values_list("username", flat=True))
    assert {"doctor", "nurse", "village", "centre-admin"} <= seen
    assert not {"outsider", "specialist", "operator", "privacy-officer"} & seen
    assert people.people_in_reach(world.operator).count() == User.objects.count()
    assert not people.people_in_reach(world.doctor).exists()


def test_nobody_reaches_further_by_resetting_the_password_of_a_higher_person(world: World) -> None:
    def may(actor: str, person: str) -> bool:
        return people.may_touch(world.users[actor], again(world.users[person]), on=TODAY)

    assert may("centre_admin", "nurse")
    assert may("centre_admin", "team_lead")
    assert not may("centre_admin", "centre_admin")
    second = world.user("second_admin", Role.ORGANIZATION_ADMIN, world.centre)
    assert not may("centre_admin", "second_admin"), second
    # A post elsewhere, elevated or not, live or coming: the password would open it.
    for role, begins in ((Role.PRIVACY_OFFICER, SINCE), (Role.NURSE, TODAY + 9 * DAY)):
        post = PractitionerRole.objects.create(
            user=world.nurse, role=role, organization=world.other_centre, period=DateRange(begins, None)
        )
        assert not may("centre_admin", "nurse"), role
        assert may("operator", "nurse")
        post.delete()
    world.nurse.is_staff = True
    world.nurse.save()
    assert not may("centre_admin", "nurse")
    assert may("operator", "nurse")
    assert not may("doctor", "colleague")


@pytest.mark.parametrize("words", ["李佩", "lipeilan", "li pei", "lpl", "LPL", "li-peilan"])
def test_people_are_found_by_name_pinyin_first_letters_and_user_name(world: World, words: str) -> None:
    world.doctor.name, world.doctor.username = "李佩兰", "li-peilan"
    world.doctor.save()
    assert list(people.matching(User.objects.all(), words)) == [world.doctor]


def test_people_are_told_by_how_they_stand(world: World, newcomer: User) -> None:
    posts.give(newcomer, nurse_at(world.centre), begins=TODAY + DAY, by=world.centre_admin, on=TODAY)
    gone = PractitionerRole.objects.get(user=world.colleague)
    posts.end(gone, last_day=None, by=world.centre_admin, on=TODAY)
    world.team_lead.is_active = False
    world.team_lead.save()
    rows, mine = people.people_in_reach(world.centre_admin), people.posts_in_reach(world.centre_admin)

    def those(how: str) -> set[str]:
        return set(people.standing(rows, mine, how, on=TODAY).values_list("username", flat=True))

    assert those("coming") == {"newcomer"}
    assert those("without") == {"colleague"}
    assert those("closed") == {"team-lead"}
    assert those("working") == {"doctor", "nurse", "centre-admin"}
    assert len(those("")) == 6


def test_a_person_is_read_with_the_posts_that_the_reader_manages_only(world: World) -> None:
    PractitionerRole.objects.create(
        user=world.doctor, role=Role.SPECIALIST, organization=world.secondary, department=world.cardiology,
        period=DateRange(date(2021, 1, 1), None),
    )  # fmt: skip
    seen = people.posts_in_reach(world.centre_admin).filter(user=world.doctor)
    assert {post.organization_id for post in seen} == {world.centre.pk}


def test_part_names_are_those_of_the_columns() -> None:
    columns = {field.name for field in PractitionerRole._meta.get_fields()}
    assert {part.value for part in Part if part} <= columns
    assert Tier.CDC in SEATS[Role.CDC_ANALYST].tiers
    assert Alliance._meta.model_name == Part.ALLIANCE
