"""Alliances: made, joined, left, led; each refusal is told at the form."""

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from psycopg2.extras import DateRange

from alliances import memberships
from alliances.memberships import MembershipRefused
from alliances.models import Alliance, AllianceMembership, Organization, Role
from journal.models import AuditEvent
from tests.world import SINCE, World

TODAY = timezone.localdate()


def at(name: str, *args: int) -> str:
    return reverse(f"alliances:{name}", args=args)


@pytest.fixture
def newcomer(world: World) -> Organization:
    return Organization.objects.create(code="new", name="花溪医院", tier="secondary")


@pytest.fixture
def admin(world: World) -> Client:
    return world.browser("alliance_admin")


def join(browser: Client, world: World, organization: Organization, **changes: Any) -> Any:
    data = {"organization": organization.pk, "role": "member", "on": TODAY.isoformat()}
    return browser.post(at("alliance-members", world.alliance.pk), {**data, **changes})


def test_who_opens_the_alliances(world: World) -> None:
    parts = {"operator": 200, "alliance_admin": 200, "centre_admin": 404, "doctor": 404}
    for part, status in parts.items():
        assert world.browser(part).get(at("alliances")).status_code == status, part


def test_an_alliance_administrator_runs_the_own_alliance_only(world: World, admin: Client) -> None:
    other = Alliance.objects.create(code="b", name="专科联盟", kind="specialist")
    member = AllianceMembership.objects.create(
        alliance=other, organization=world.centre, period=DateRange(SINCE, None)
    )
    assert "专科联盟" not in admin.get(at("alliances")).content.decode()
    for path in (at("alliance-members", other.pk), at("alliance-edit", other.pk), at("alliance-lead", other.pk),
                 at("membership-leave", member.pk)):  # fmt: skip
        assert admin.get(path).status_code == admin.post(path).status_code == 404
    assert admin.post(at("alliance-new"), {"name": "x", "kind": "specialist", "code": "x"}).status_code == 302
    assert not Alliance.objects.filter(code="x").exists()


@pytest.mark.parametrize("kind", ["urban_group", "county_community", "specialist", "telemedicine"])
def test_an_operator_makes_an_alliance_of_each_kind(world: World, kind: str) -> None:
    browser = world.browser("operator")
    browser.post(at("alliance-new"), {"name": "新医联体", "kind": kind, "code": "n"})
    row = Alliance.objects.get(code="n")
    assert row.kind == kind
    assert browser.post(at("alliance-edit", row.pk), {"name": "改名", "kind": kind}).status_code == 302
    assert "改名" in browser.get(at("alliances")).content.decode()
    assert browser.post(at("alliance-new"), {"name": "y", "kind": kind, "code": "n"}).status_code == 422


def test_an_organization_joins_and_stands_in_its_history(
    world: World, admin: Client, newcomer: Organization
) -> None:
    assert join(admin, world, newcomer).status_code == 302
    row = AllianceMembership.objects.get(organization=newcomer)
    assert (row.role, row.period) == ("member", DateRange(TODAY, None))
    page = world.browser("operator").get(at("organization", newcomer.pk)).content.decode()
    assert "加入医联体" in page
    assert world.alliance.name in page


def test_twice_at_once_is_refused_by_the_database_and_told_at_the_form(world: World, admin: Client) -> None:
    refused = join(admin, world, world.centre)
    assert refused.status_code == 422
    assert "在该日或之后已是成员" in refused.context["form"].errors["organization"][0]
    with pytest.raises(IntegrityError), transaction.atomic():
        AllianceMembership.objects.create(
            alliance=world.alliance, organization=world.centre, period=DateRange(date(2019, 1, 1), None)
        )


def test_a_second_lead_is_refused_at_the_field(world: World, admin: Client, newcomer: Organization) -> None:
    refused = join(admin, world, newcomer, role="lead")
    assert refused.status_code == 422
    assert world.tertiary.name in refused.context["form"].errors["role"][0]


def test_an_organization_may_be_in_several_alliances(world: World, newcomer: Organization) -> None:
    second = Alliance.objects.create(code="b", name="专科联盟", kind="specialist")
    for alliance in (world.alliance, second):
        memberships.join(alliance, newcomer, role="member", on=TODAY, by=None)
    assert newcomer.memberships.count() == 2


def test_a_closed_organization_joins_nothing(world: World, newcomer: Organization) -> None:
    newcomer.closed_on = TODAY
    newcomer.save()
    with pytest.raises(MembershipRefused, match="已关闭"):
        memberships.join(world.alliance, newcomer, role="member", on=TODAY, by=None)


def test_leaving_needs_a_reason_and_a_day_after_joining(world: World, admin: Client) -> None:
    row = AllianceMembership.objects.get(organization=world.secondary)
    leave = at("membership-leave", row.pk)
    assert admin.post(leave, {"on": TODAY.isoformat(), "reason": ""}).status_code == 422
    early = admin.post(leave, {"on": SINCE.isoformat(), "reason": "x"})
    assert early.status_code == 422
    assert "晚于加入日期" in early.context["form"].errors["on"][0]

    assert admin.post(leave, {"on": TODAY.isoformat(), "reason": "区划调整"}).status_code == 302

    row.refresh_from_db()
    assert row.period.upper == TODAY
    assert AuditEvent.objects.get(action="membership.leave").detail["reason"] == "区划调整"
    assert "历任成员" in admin.get(at("alliance-members", world.alliance.pk)).content.decode()
    again = admin.post(leave, {"on": TODAY.isoformat(), "reason": "x"})
    assert again.status_code == 422


def test_who_left_may_come_back(world: World, admin: Client) -> None:
    row = AllianceMembership.objects.get(organization=world.secondary)
    memberships.leave(row, on=TODAY - timedelta(days=30), reason="x", by=None)
    assert join(admin, world, world.secondary).status_code == 302


def test_the_lead_changes_hands_on_a_day_and_both_stay_members(world: World, admin: Client) -> None:
    path = at("alliance-lead", world.alliance.pk)
    assert admin.post(path, {"organization": world.secondary.pk, "on": TODAY.isoformat()}).status_code == 302

    def roles(organization: Organization) -> list[tuple[str, Any]]:
        return list(organization.memberships.order_by("period").values_list("role", "period"))

    assert roles(world.tertiary) == [("lead", DateRange(SINCE, TODAY)), ("member", DateRange(TODAY, None))]
    assert roles(world.secondary) == [("member", DateRange(SINCE, TODAY)), ("lead", DateRange(TODAY, None))]
    again = admin.post(path, {"organization": world.secondary.pk, "on": TODAY.isoformat()})
    assert again.status_code == 422


def test_a_lead_of_today_changes_on_the_same_day(world: World) -> None:
    memberships.change_lead(world.alliance, world.secondary, on=TODAY, by=None)
    memberships.change_lead(world.alliance, world.centre, on=TODAY, by=None)
    assert AllianceMembership.objects.get(role="lead", period__contains=TODAY).organization == world.centre


def test_two_join_at_the_same_moment_and_one_is_told(committed_world: World) -> None:
    world = committed_world
    place = Organization.objects.create(code="new", name="花溪医院", tier="secondary")
    results: list[Any] = []

    def joins() -> None:
        try:
            results.append(memberships.join(world.alliance, place, role="member", on=TODAY, by=None))
        except MembershipRefused as refused:
            results.append(refused)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=joins) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(type(r).__name__ for r in results) == ["AllianceMembership", "MembershipRefused"]


def test_an_alliance_administrator_of_before_runs_nothing(world: World) -> None:
    world.user("former", Role.ALLIANCE_ADMIN, world.tertiary, alliance=world.alliance)
    from alliances.models import PractitionerRole

    PractitionerRole.objects.filter(user=world.former).update(period=DateRange(SINCE, TODAY))
    assert world.browser("former").get(at("alliance-members", world.alliance.pk)).status_code == 404


def test_the_members_take_the_same_statements_for_any_number(
    world: World, admin: Client, django_assert_max_num_queries
) -> None:
    for n in range(15):
        place = Organization.objects.create(code=f"o{n}", name=f"站{n}", tier="community")
        memberships.join(world.alliance, place, role="member", on=TODAY, by=None)
    with django_assert_max_num_queries(9):
        assert admin.get(at("alliance-members", world.alliance.pk)).status_code == 200
