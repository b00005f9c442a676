"""Standing in for a colleague on leave: dated, within the organization, recorded, and over when it is over."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from django.utils import timezone
from psycopg2.extras import DateRange

from accounts.models import User
from alliances import delegation, posts
from alliances.delegation import MOST_DAYS, STAND_INS, DelegationRefused
from alliances.models import Delegation, PractitionerRole, Role
from alliances.permissions import ELEVATED, TABLE, Permission
from alliances.scope import scope_of
from journal import audit
from journal.models import AuditEvent
from patients.models import Patient
from tests.world import World

TODAY = timezone.localdate()
DAY = timedelta(days=1)
WAIT = 20.0


def again(user: User) -> User:
    """The same person in the next request: nothing cached."""
    return User.objects.get(pk=user.pk)


def post_of(user: User) -> PractitionerRole:
    return PractitionerRole.objects.get(user=user)


def away(
    world: World, holder: str = "specialist", delegate: str = "second_specialist", **more: Any
) -> Delegation:
    """The holder names a colleague from today for a week."""
    told = {
        "first_day": TODAY, "last_day": TODAY + 6 * DAY, "reason": "年休假", "by": world.users[holder],
        "on": TODAY, **more,
    }  # fmt: skip
    return delegation.name_stand_in(post_of(world.users[holder]), world.users[delegate], **told)


def test_posts_that_run_things_are_not_delegated_but_for_the_lead_of_a_team() -> None:
    assert set(STAND_INS) & ELEVATED == {Role.TEAM_LEAD}
    assert not [role for role in STAND_INS if Permission.PEOPLE_MANAGE in TABLE[role].may]
    assert not [role for roles in STAND_INS.values() for role in roles if role in ELEVATED - {Role.TEAM_LEAD}]


def test_the_stand_in_has_the_access_of_the_post_in_the_period_and_no_longer(world: World) -> None:
    def departments(day: Any) -> tuple[int, ...]:
        return scope_of(again(world.other_specialist), on=day).department_ids

    away(world, delegate="other_specialist", first_day=TODAY + DAY, last_day=TODAY + 3 * DAY)
    both = tuple(sorted((world.cardiology.pk, world.endocrinology.pk)))
    assert departments(TODAY) == (world.endocrinology.pk,)
    assert departments(TODAY + DAY) == departments(TODAY + 3 * DAY) == both
    assert departments(TODAY + 4 * DAY) == (world.endocrinology.pk,)


def test_the_lead_of_a_team_is_stood_in_for_by_a_physician_of_the_team(world: World) -> None:
    world.user("neighbour", Role.GENERAL_PRACTITIONER, world.centre, care_team=world.second_team)
    for part in ("nurse", "neighbour"):
        with pytest.raises(DelegationRefused):
            away(world, "team_lead", part)
    away(world, "team_lead", "colleague")
    assert Permission.PERFORMANCE_PATIENTS in scope_of(again(world.colleague)).permissions


@pytest.mark.parametrize("part", ["outsider", "other_specialist", "nurse", "centre_admin"])
def test_only_a_qualified_colleague_of_the_same_organization_stands_in(world: World, part: str) -> None:
    with pytest.raises(DelegationRefused) as refused:
        away(world, "doctor", part)
    assert refused.value.field == "delegate"
    assert world.users[part] not in delegation.colleagues(post_of(world.doctor), on=TODAY)


@pytest.mark.parametrize("part", ["centre_admin", "privacy_officer", "operator", "alliance_admin"])
def test_an_elevated_post_is_not_delegated(world: World, part: str) -> None:
    with pytest.raises(DelegationRefused):
        away(world, part, "doctor")


def test_the_holder_or_the_administrator_of_the_organization_names_nobody_else(world: World) -> None:
    for part in ("outsider", "nurse", "specialist"):
        with pytest.raises(DelegationRefused):
            away(world, "doctor", "colleague", by=world.users[part])
    with pytest.raises(DelegationRefused):  # nobody takes a post by naming themselves
        away(world, "doctor", "colleague", by=world.colleague)
    made = away(world, "doctor", "colleague", by=world.centre_admin)
    assert (made.delegator, made.created_by) == (world.doctor, world.centre_admin)


def test_what_was_delegated_cannot_be_delegated_on(world: World) -> None:
    away(world)
    with pytest.raises(DelegationRefused):
        delegation.name_stand_in(
            post_of(world.specialist), world.other_specialist, first_day=TODAY, last_day=TODAY, reason="x",
            by=again(world.second_specialist), on=TODAY,
        )  # fmt: skip
    # Their own post may be stood in for; it carries nothing of the other's.
    away(world, "second_specialist", "other_specialist")
    posts_now = scope_of(again(world.other_specialist)).posts
    assert {p.user_id for p in posts_now} == {world.other_specialist.pk, world.second_specialist.pk}


def test_two_stand_ins_at_once_are_refused_by_the_database(world: World) -> None:
    made = away(world)
    with pytest.raises(DelegationRefused):
        away(world, delegate="other_specialist", first_day=TODAY + 3 * DAY, last_day=TODAY + 9 * DAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Delegation.objects.create(
            post=made.post, delegator=made.delegator, delegate=world.other_specialist, reason="x",
            created_by=made.delegator, period=DateRange(TODAY, TODAY + DAY),
        )  # fmt: skip


@pytest.mark.parametrize(("first", "last"), [(-1, 3), (3, 2), (0, MOST_DAYS)])
def test_days_in_the_past_backwards_or_without_end_are_refused(world: World, first: int, last: int) -> None:
    with pytest.raises(DelegationRefused):
        away(world, first_day=TODAY + first * DAY, last_day=TODAY + last * DAY)


def test_it_lasts_no_longer_than_the_post(world: World) -> None:
    post = post_of(world.specialist)
    made = away(world, first_day=TODAY, last_day=TODAY + 20 * DAY)
    posts.end(post, last_day=TODAY + 2 * DAY, by=world.operator, on=TODAY)
    made.refresh_from_db()
    assert made.period == DateRange(TODAY, TODAY + 3 * DAY)
    with pytest.raises(DelegationRefused):
        away(world, delegate="other_specialist", first_day=TODAY + 3 * DAY, last_day=TODAY + 4 * DAY)


def test_it_ends_with_the_stand_ins_own_last_post_there(world: World) -> None:
    away(world)
    assert len(scope_of(again(world.second_specialist)).posts) == 2
    posts.end(post_of(world.second_specialist), last_day=None, by=world.operator, on=TODAY)
    assert scope_of(again(world.second_specialist)).posts == ()
    assert not delegation.told(Delegation.objects.all(), on=TODAY).get().has_post


@pytest.mark.parametrize("part", ["specialist", "second_specialist", "operator"])
def test_it_is_taken_back_at_once_by_those_it_concerns(world: World, part: str) -> None:
    made = away(world)
    delegation.take_back(made, by=world.users[part], on=TODAY)
    assert len(scope_of(again(world.second_specialist)).posts) == 1
    with pytest.raises(DelegationRefused):
        delegation.take_back(made, by=world.users[part], on=TODAY)


@pytest.mark.parametrize("part", ["outsider", "centre_admin", "other_specialist", "privacy_officer"])
def test_others_neither_see_nor_end_it(world: World, part: str) -> None:
    made = away(world)
    assert not delegation.delegations_of(world.users[part]).exists()
    with pytest.raises(DelegationRefused):
        delegation.take_back(made, by=world.users[part], on=TODAY)


def test_what_the_stand_in_does_is_written_down_as_standing_in(world: World) -> None:
    made = away(world, "team_lead", "colleague")
    patient = world.patient()
    actor = again(world.colleague)
    assert Patient.objects.visible_to(actor).filter(pk=patient.pk).exists()
    audit.record("patient.open", by=actor, subject=patient, detail={"why": "x"})
    line = AuditEvent.objects.get(action="patient.open")
    assert line.detail == {"standing_in": [made.pk], "why": "x"}

    own = again(world.colleague)
    own.chosen_post_id = post_of(world.colleague).pk  # narrowed to the own post: the delegation gave nothing
    scope_of(own)
    audit.record("patient.open", by=own, subject=patient)
    assert AuditEvent.objects.order_by("-pk").first().detail == {"acting_post": own.chosen_post_id}

    audit.record("patient.open", by=again(world.doctor), subject=patient)
    assert AuditEvent.objects.order_by("-pk").first().detail == {}


def test_the_scope_still_takes_one_statement(world: World, django_assert_num_queries: Any) -> None:
    away(world)
    user = again(world.second_specialist)
    with django_assert_num_queries(1):
        assert len(scope_of(user).posts) == 2
        assert scope_of(user).posts[1].holder_name == "specialist"


def test_a_token_carries_the_own_posts_only(world: World) -> None:
    away(world)
    user = again(world.second_specialist)
    user.by_token = True
    assert [post.user_id for post in scope_of(user).posts] == [user.pk]


def test_the_stand_in_is_named_while_the_post_ends_and_one_of_them_waits(committed_world: World) -> None:
    """Either the delegation is refused, or the post's end takes it along: never an access that outlives the post."""
    world = committed_world
    post = post_of(world.doctor)
    start = threading.Barrier(2)

    def run(action: Any) -> None:
        try:
            start.wait(WAIT)
            action()
        except (DelegationRefused, posts.PostRefused):
            pass
        finally:
            connections.close_all()

    actions = [
        lambda: away(world, "doctor", "colleague"),
        lambda: posts.end(post, last_day=None, by=world.centre_admin, on=TODAY),
    ]
    threads = [threading.Thread(target=run, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    assert not scope_of(again(world.doctor)).posts
    assert len(scope_of(again(world.colleague)).posts) == 1
    assert not Delegation.objects.filter(period__contains=TODAY).exists()


def test_two_administrators_name_two_stand_ins_at_the_same_moment_and_one_wins(
    committed_world: World,
) -> None:
    world = committed_world
    start = threading.Barrier(2)
    refused: list[Exception] = []

    def run(delegate: str) -> None:
        try:
            start.wait(WAIT)
            away(world, "specialist", delegate)
        except DelegationRefused as error:
            refused.append(error)
        finally:
            connections.close_all()

    names = ("second_specialist", "other_specialist")
    threads = [threading.Thread(target=run, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    assert (Delegation.objects.count(), len(refused)) == (1, 1)
