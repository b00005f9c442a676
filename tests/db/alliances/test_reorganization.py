"""Moving and closing an organization: what is refused, what is listed, what ends on the day."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connections, transaction
from django.utils import timezone
from psycopg2.extras import DateRange

from accounts.models import User
from alliances import reorganization
from alliances.models import (
    Agreement,
    AllianceMembership,
    ClientPost,
    Delegation,
    Organization,
    PractitionerRole,
    Role,
    ServiceArea,
)
from alliances.reorganization import InTheWay, NotPossible
from alliances.scope import scope_of
from journal.models import AuditEvent
from tests.at_once import at_once
from tests.world import SINCE, World

TODAY = timezone.localdate()


def station(code: str, parent: Organization | None) -> Organization:
    return Organization.objects.create(code=code, name=code, tier="community", parent=parent)


def move(organization: Organization, parent: Organization | None, by: User | None = None) -> Organization:
    return reorganization.move(organization, parent=parent, on=TODAY, by=by)


# ---- moving


def test_an_organization_moves_with_all_below_it_and_the_administrator_sees_it_at_once(world: World) -> None:
    upper = station("upper", None)
    lower = station("lower", upper)

    move(upper, world.centre, world.operator)

    admin = User.objects.get(pk=world.centre_admin.pk)
    assert {upper.pk, lower.pk} <= set(scope_of(admin).organization_ids)
    line = AuditEvent.objects.get(action="organization.move")
    assert (line.subject_id, line.detail["from"], line.detail["to"]) == (str(upper.pk), None, world.centre.pk)


def test_an_organization_cannot_stand_below_itself(world: World) -> None:
    lower = station("lower", station("middle", world.centre))
    for parent in (world.centre, lower):
        with pytest.raises(NotPossible, match="下级"):
            move(world.centre, parent)
    assert not AuditEvent.objects.filter(action="organization.move").exists()


def test_nothing_moves_below_a_closed_organization(world: World) -> None:
    gone = station("gone", None)
    reorganization.close(gone, on=TODAY, by=world.operator)
    with pytest.raises(NotPossible, match="已关闭"):
        move(world.centre, gone)
    with pytest.raises(NotPossible):
        move(gone, world.centre)


def test_the_database_refuses_a_circle_whoever_asks(world: World) -> None:
    lower = station("lower", station("middle", world.centre))
    with pytest.raises(DatabaseError, match="below itself"), transaction.atomic():
        Organization.objects.filter(pk=world.centre.pk).update(parent=lower)
    with pytest.raises(DatabaseError), transaction.atomic():
        Organization.objects.filter(pk=world.centre.pk).update(parent=world.centre)


def test_two_moves_that_together_close_a_circle_do_not_both_pass(committed_world: World) -> None:
    first, second = committed_world.centre, committed_world.other_centre
    for _round in range(5):
        Organization.objects.update(parent=None)
        results = at_once(lambda: move(first, second), lambda: move(second, first))
        assert sorted(type(r) for r in results if isinstance(r, NotPossible)) == [NotPossible], results
        assert Organization.objects.filter(parent__isnull=False).count() == 1


def test_two_statements_that_together_close_a_circle_do_not_both_pass(committed_world: World) -> None:
    """Past the use-case, in plain SQL, while the first transaction is still open: the trigger's own lock."""
    first, second = committed_world.centre, committed_world.other_centre
    done = threading.Event()
    results: list[Any] = []

    def other() -> None:
        try:
            with transaction.atomic():
                Organization.objects.filter(pk=second.pk).update(parent=first)
            results.append("passed")
        except DatabaseError as error:
            results.append(str(error))
        finally:
            done.set()
            connections.close_all()

    with transaction.atomic():
        Organization.objects.filter(pk=first.pk).update(parent=second)
        thread = threading.Thread(target=other)
        thread.start()
        assert not done.wait(0.5)
    assert done.wait(20)
    thread.join(20)
    assert "below itself" in results[0]


# ---- closing


@pytest.fixture
def empty(world: World) -> Organization:
    """A station with a doctor, a department, a team, an area and a membership, but without residents."""
    place = station("station", world.centre)
    team = place.care_teams.create(code="t", name="队")
    department = place.departments.create(code="d", name="科")
    ServiceArea.objects.create(organization=place, name="红旗村", care_team=team)
    doctor = world.user(
        "station_doctor", Role.GENERAL_PRACTITIONER, place, care_team=team, department=department
    )
    post = PractitionerRole.objects.get(user=doctor)
    Delegation.objects.create(
        post=post, delegator=doctor, delegate=world.nurse, created_by=doctor, reason="休假",
        period=DateRange(TODAY - timedelta(days=1), TODAY + timedelta(days=5)),
    )  # fmt: skip
    AllianceMembership.objects.create(
        alliance=world.alliance, organization=place, period=DateRange(SINCE, None)
    )
    return place


def test_an_empty_organization_closes_and_everything_of_its_own_ends_on_the_day(
    world: World, empty: Organization
) -> None:
    reorganization.close(empty, on=TODAY, by=world.operator)

    empty.refresh_from_db()
    assert (empty.closed_on, empty.merged_into) == (TODAY, None)
    assert empty.posts.get().period.upper == TODAY
    assert Delegation.objects.get().period.upper == TODAY
    assert empty.memberships.get().period.upper == TODAY
    assert empty.care_teams.get().closed_on == empty.departments.get().closed_on == TODAY
    assert empty.areas.get().care_team is None
    assert not scope_of(User.objects.get(username="station-doctor")).permissions
    assert AuditEvent.objects.filter(action="organization.close", organization_id=empty.pk).count() == 1


def test_posts_that_had_not_begun_never_were_and_one_that_began_today_lasts_the_day(
    world: World, empty: Organization
) -> None:
    for days, part in ((0, "today"), (3, "ahead")):
        user = world.user(part, Role.NURSE, empty)
        PractitionerRole.objects.filter(user=user).update(
            period=DateRange(TODAY + timedelta(days=days), None)
        )

    reorganization.close(empty, on=TODAY, by=None)

    assert not PractitionerRole.objects.filter(user=world.ahead).exists()
    assert PractitionerRole.objects.get(user=world.today).period == DateRange(
        TODAY, TODAY + timedelta(days=1)
    )


def test_what_stands_in_the_way_is_listed_with_its_number(world: World) -> None:
    world.patient("甲")
    world.patient("乙")
    station("below", world.centre)
    Agreement.objects.create(
        source=world.centre, target=world.secondary, period=DateRange(SINCE, None), phone="0"
    )

    with pytest.raises(InTheWay) as refused:
        reorganization.close(world.centre, on=TODAY, by=world.operator)

    found = {str(matter.text): matter.count for matter in refused.value.matters}
    assert found["居民"] == 2
    assert found["生效中的签约"] == 2
    assert found["下级机构"] == found["接口客户端"] == found["协作协议"] == 1
    world.centre.refresh_from_db()
    assert world.centre.closed_on is None
    assert ClientPost.objects.filter(organization=world.centre).exists()


def test_a_closed_organization_does_not_close_again(world: World, empty: Organization) -> None:
    reorganization.close(empty, on=TODAY, by=None)
    with pytest.raises(NotPossible):
        reorganization.close(empty, on=TODAY, by=None)


def test_no_record_is_kept_at_a_closed_organization_whoever_writes(world: World, empty: Organization) -> None:
    reorganization.close(empty, on=TODAY, by=None)
    with pytest.raises(DatabaseError, match="is closed"), transaction.atomic():
        world.patient("甲", organization=empty, team=empty.care_teams.get())


def test_a_resident_who_is_written_while_the_organization_closes_is_refused(committed_world: World) -> None:
    world = committed_world
    place = station("station", world.centre)
    team = place.care_teams.create(code="t", name="队")
    done = threading.Event()
    results: list[Any] = []

    def newcomer() -> None:
        try:
            results.append(world.patient("甲", organization=place, team=team, contract=False))
        except DatabaseError as error:
            results.append(str(error))
        finally:
            done.set()
            connections.close_all()

    with transaction.atomic():
        reorganization.close(place, on=TODAY, by=None)
        thread = threading.Thread(target=newcomer)
        thread.start()
        assert not done.wait(0.5)
    assert done.wait(20)
    thread.join(20)
    assert "is closed" in str(results[0])
