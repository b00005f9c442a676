"""Which organizations somebody may manage: operators all, alliance administrators the members, others their subtree."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from psycopg2.extras import DateRange

from accounts.models import User
from alliances.models import AllianceMembership, Organization, PractitionerRole, Role
from alliances.permissions import Permission
from alliances.reach import manageable_by, open_to
from alliances.scope import scope_of
from tests.world import World

MANAGE = Permission.ORGANIZATION_MANAGE


def codes(world: World, part: str, permission: Permission = MANAGE) -> set[str]:
    user = User.objects.get(pk=world.users[part].pk)
    return set(manageable_by(user, permission).values_list("code", flat=True))


@pytest.fixture
def station(world: World) -> Organization:
    return Organization.objects.create(code="station", name="站", tier="community", parent=world.centre)


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("operator", {"nanquan", "other", "banan", "first", "station"}),
        ("centre_admin", {"nanquan", "station"}),
        ("alliance_admin", set()),
        ("doctor", set()),
        ("specialist", set()),
        ("privacy_officer", set()),
    ],
)
def test_each_role_manages_its_own_part(world: World, station: Organization, part: str, expected: set[str]):
    assert codes(world, part) == expected


def test_an_alliance_administrator_reaches_the_members_of_the_day_only(world: World, station: Organization):
    assert codes(world, "alliance_admin", Permission.ALLIANCE_MANAGE) == {
        "nanquan",
        "other",
        "banan",
        "first",
    }

    left = AllianceMembership.objects.get(organization=world.other_centre)
    left.period = DateRange(left.period.lower, timezone.localdate() - timedelta(days=3))
    left.save()
    assert codes(world, "alliance_admin", Permission.ALLIANCE_MANAGE) == {"nanquan", "banan", "first"}


def test_a_post_without_the_permission_adds_nothing(world: World):
    """An administrator of the other centre who is a nurse here manages the other centre alone."""
    PractitionerRole.objects.create(
        user=world.nurse, role=Role.ORGANIZATION_ADMIN, organization=world.other_centre,
        period=DateRange(timezone.localdate(), None),
    )  # fmt: skip
    assert codes(world, "nurse") == {"other"}


def test_a_visitor_and_an_api_client_manage_nothing(world: World):
    assert not manageable_by(AnonymousUser(), MANAGE).exists()
    assert not manageable_by(world.api_client, MANAGE).exists()


def test_closed_organizations_are_read_but_not_offered(world: World, station: Organization):
    station.closed_on = timezone.localdate()
    station.save()
    assert station in manageable_by(world.centre_admin, MANAGE)
    assert station not in open_to(world.centre_admin, MANAGE)


def test_a_subtree_is_one_statement_however_many_posts(world: World, django_assert_num_queries):
    PractitionerRole.objects.create(
        user=world.centre_admin, role=Role.ORGANIZATION_ADMIN, organization=world.other_centre,
        period=DateRange(timezone.localdate(), None),
    )  # fmt: skip
    user = User.objects.get(pk=world.centre_admin.pk)
    with django_assert_num_queries(2):  # the posts, and one recursive query for what stands below both
        assert len(scope_of(user).organization_ids) == 2
    with django_assert_num_queries(1):
        assert len(manageable_by(user, MANAGE)) == 2
