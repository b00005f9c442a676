"""Which alliances somebody may look at as a whole."""

from datetime import date

import pytest
from psycopg2.extras import DateRange

from alliances.members import alliances_visible_to
from alliances.models import Alliance, AllianceMembership, Organization, PractitionerRole, Role, Tier
from tests.world import SINCE, World

TODAY = date(2026, 11, 25)


@pytest.fixture
def elsewhere(world: World) -> Alliance:
    """An alliance that nobody of the first one belongs to."""
    other = Alliance.objects.create(code="b", name="别处医联体")
    stranger = Organization.objects.create(code="strange", name="别处医院", tier=Tier.SECONDARY)
    AllianceMembership.objects.create(alliance=other, organization=stranger, period=DateRange(SINCE, None))
    return other


def seen(world: World, part: str, on: date = TODAY) -> set[str]:
    return {one.code for one in alliances_visible_to(world.users[part], on=on)}


@pytest.mark.parametrize(
    "part", ["doctor", "outsider", "team_lead", "centre_admin", "specialist", "alliance_admin"]
)
def test_members_and_who_runs_it_see_their_own_alliance_only(
    world: World, elsewhere: Alliance, part: str
) -> None:
    assert seen(world, part) == {"a"}


@pytest.mark.parametrize("part", ["nurse", "privacy_officer"])
def test_posts_without_the_permission_see_none(world: World, elsewhere: Alliance, part: str) -> None:
    assert seen(world, part) == set()


def test_an_operator_sees_all(world: World, elsewhere: Alliance) -> None:
    assert seen(world, "operator") == {"a", "b"}


def test_an_alliance_administrator_sees_that_of_the_post_wherever_the_own_organization_belongs(
    world: World, elsewhere: Alliance
) -> None:
    PractitionerRole.objects.filter(user=world.alliance_admin).update(alliance=elsewhere)
    assert seen(world, "alliance_admin") == {"b"}


def test_a_bureau_sees_alliances_with_a_member_in_its_part_of_the_tree(
    world: World, elsewhere: Alliance
) -> None:
    bureau = Organization.objects.create(code="bureau", name="卫健委", tier=Tier.BUREAU)
    world.user("viewer", Role.BUREAU_VIEWER, bureau)
    world.user("analyst", Role.CDC_ANALYST, bureau)
    assert seen(world, "viewer") == set()
    group = Organization.objects.create(code="group", name="集团", tier=Tier.SECONDARY, parent=bureau)
    Organization.objects.filter(code="strange").update(parent=group)
    assert seen(world, "viewer") == {"b"}
    assert seen(world, "analyst") == set()


def test_what_has_ended_is_seen_no_more(world: World) -> None:
    AllianceMembership.objects.filter(organization=world.centre).update(period=DateRange(SINCE, TODAY))
    assert seen(world, "doctor") == set()
    assert seen(world, "doctor", on=date(2026, 11, 24)) == {"a"}
    PractitionerRole.objects.filter(user=world.outsider).update(period=DateRange(SINCE, TODAY))
    assert seen(world, "outsider") == set()


def test_a_post_without_the_permission_does_not_lend_its_organization(
    world: World, elsewhere: Alliance
) -> None:
    """A doctor of the centre who is a nurse elsewhere sees the map of the centre's alliance alone."""
    stranger = Organization.objects.get(code="strange")
    PractitionerRole.objects.create(
        user=world.doctor, role=Role.NURSE, organization=stranger, period=DateRange(SINCE, None)
    )
    assert seen(world, "doctor") == {"a"}
