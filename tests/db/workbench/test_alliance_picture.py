"""What a map of an alliance holds, composed in a bounded number of statements."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from psycopg2.extras import DateRange

from alliances.members import members
from alliances.models import (
    Agreement,
    AgreementLine,
    Alliance,
    AllianceMembership,
    CareTeam,
    CareTeamMember,
    MentoringPair,
    MentoringSession,
    MentoringTarget,
    Organization,
    Role,
    Tier,
)
from patients.caseload import managed
from patients.models.task import Urgency
from patients.programmes import Programme
from patients.responsibilities import assign
from referrals.flows.waiting import ANSWER, REPLY, past_their_clock
from referrals.states import E
from tests.db.referrals.flow_world import passed_on, sent
from tests.world import World, at
from workbench.alliance_map.attention import attention
from workbench.alliance_map.boxes import nodes
from workbench.alliance_map.panel import Panel, panel
from workbench.alliance_map.period import period_of
from workbench.alliance_map.picture import Picture, picture
from workbench.alliance_map.table import rows

NOW = at("2026-11-25T12:00")
TODAY = date(2026, 11, 25)


def drawn(world: World, key: str = "2026-11", now=NOW) -> Picture:
    return picture(world.alliance, period_of(key, on=TODAY), at=now)


def opened(world: World, organization: Organization, team: int | None = None) -> Panel:
    found = drawn(world)
    return panel(found, found.by_id[organization.pk], team=team, at=NOW)


def grow(world: World, count: int) -> None:
    """So many more centres, each with a team and a referral."""
    for at_ in range(count):
        centre = Organization.objects.create(code=f"more-{at_}", name=f"第{at_}中心", tier=Tier.COMMUNITY)
        AllianceMembership.objects.create(
            alliance=world.alliance, organization=centre, period=DateRange(date(2020, 1, 1), None)
        )
        team = CareTeam.objects.create(organization=centre, code="t", name="团队")
        sent(world, "2026-11-03T09:00", (E.ACCEPT, "2026-11-03T10:00"),
             patient=world.patient("甲", organization=centre, team=team, contract=False), source=centre)  # fmt: skip


@pytest.mark.parametrize("more", [1, 12])
def test_six_statements_whatever_the_number_of_members(world: World, more: int) -> None:
    grow(world, more)
    with CaptureQueriesContext(connection) as statements:
        found = drawn(world)
        assert len(found.figures) == 6
        assert attention(found, at=NOW) == []
        assert len(rows(found)) == more
        assert len(nodes(found, found.drawing("", world.centre.pk), "", world.centre.pk)) == 4 + more
    assert len(statements) <= 6


@pytest.mark.parametrize("part", ["centre", "secondary"])
def test_an_open_member_asks_at_most_seven_statements(world: World, part: str) -> None:
    grow(world, 3)
    found = drawn(world)
    with CaptureQueriesContext(connection) as statements:
        panel(found, found.by_id[getattr(world, part).pk], team=None, at=NOW)
    assert len(statements) <= 7


def test_the_strip_counts_each_figure_by_its_two_integers(world: World) -> None:
    resident = world.patient("甲", Programme.HYPERTENSION, Programme.DIABETES)
    world.patient("乙", Programme.HYPERTENSION)
    world.patient("丙")
    sent(world, "2026-11-02T09:00", (E.ACCEPT, "2026-11-02T10:00"), (E.ARRIVE, "2026-11-03T09:00"),
         (E.RETURN, "2026-11-05T09:00"), patient=resident)  # fmt: skip
    sent(world, "2026-11-03T09:00", (E.DECLINE, "2026-11-10T10:00"))
    passed_on(world, sent(world, "2026-11-04T09:00"), "2026-11-04T10:00", world.tertiary_cardiology)
    sent(world, "2026-10-05T09:00", (E.CANCEL, "2026-10-05T10:00"))
    figures = {
        one.measure.code: (one.now.numerator, one.now.denominator, one.before.numerator)
        for one in drawn(world).figures
    }
    assert figures == {
        "up": (3, 2, 1),  # passed on counts once; two residents are managed, whatever their programmes
        "down": (1, 3, 0),
        "answered": (2, 4, 0),  # one of the four, the one passed on, was never answered
        "arrived": (1, 1, 0),
        "returned": (1, 1, 0),
        "followed": (0, 1, 0),
    }


def test_figures_without_a_denominator_have_no_rate_and_no_target_to_miss(world: World) -> None:
    assert all(one.now.rate is None and one.reached is None for one in drawn(world).figures)


def test_managed_is_who_was_responsible_on_the_day(world: World) -> None:
    resident = world.patient("甲", Programme.HYPERTENSION, enrolled_on=date(2026, 1, 1))
    assign(
        resident,
        organization=world.other_centre,
        care_team=world.other_team,
        on=date(2026, 11, 1),
        by=world.doctor,
    )
    places = [world.centre.pk, world.other_centre.pk]
    assert managed(places, on=date(2026, 10, 31)) == {(world.centre.pk, world.team.pk): 1}
    assert managed(places, on=date(2026, 11, 1)) == {(world.other_centre.pk, world.other_team.pk): 1}
    assert managed(places, on=date(2025, 12, 31)) == {}


def test_members_are_those_of_the_period_and_who_left_in_it_is_marked(world: World) -> None:
    membership = AllianceMembership.objects.filter(organization=world.other_centre)
    membership.update(period=DateRange(date(2020, 1, 1), date(2026, 11, 10)))
    Organization.objects.filter(pk=world.secondary.pk).update(closed_on=date(2026, 11, 20))
    newcomer = Organization.objects.create(code="new", name="新成员", tier=Tier.COMMUNITY)
    AllianceMembership.objects.create(
        alliance=world.alliance, organization=newcomer, period=DateRange(date(2026, 12, 1), None)
    )
    found = members(world.alliance, first=date(2026, 11, 1), last=date(2026, 11, 25))
    assert {m.organization.code: m.present for m in found} == {
        "first": True, "banan": False, "nanquan": True, "other": False,
    }  # fmt: skip
    assert found[0].leads
    assert len(members(world.alliance, first=date(2026, 11, 10), last=date(2026, 11, 25))) == 3


def test_who_came_back_within_the_period_stands_there_once(world: World) -> None:
    membership = AllianceMembership.objects.filter(organization=world.other_centre)
    membership.update(period=DateRange(date(2020, 1, 1), date(2026, 11, 10)))
    AllianceMembership.objects.create(
        alliance=world.alliance, organization=world.other_centre, period=DateRange(date(2026, 11, 15), None)
    )
    found = [m for m in drawn(world).members if m.pk == world.other_centre.pk]
    assert [(m.joined_on, m.present) for m in found] == [(date(2026, 11, 15), True)]


def test_a_direction_leaves_the_other_out(world: World) -> None:
    way = ((E.ACCEPT, "2026-11-02T10:00"), (E.ARRIVE, "2026-11-03T09:00"), (E.RETURN, "2026-11-05T09:00"))
    sent(world, "2026-11-02T09:00", *way)
    sent(world, "2026-11-02T09:00", target=world.tertiary_cardiology)
    found = drawn(world)
    assert {(f.up, f.down) for f in found.flows()} == {(1, 1), (1, 0)}
    assert {(f.up, f.down) for f in found.flows("up")} == {(1, 0)}
    assert [(f.up, f.down) for f in found.flows("down")] == [(0, 1)]
    assert found.sent_and_back(world.centre.pk) == (2, 1)
    assert found.sent_and_back(world.secondary.pk) == (1, 1)


def test_clocks_that_ran_out_are_told_by_hospital_as_of_now(world: World) -> None:
    sent(world, "2026-11-23T09:00", urgency=Urgency.URGENT)
    sent(world, "2026-11-25T11:00", urgency=Urgency.URGENT)
    sent(world, "2026-11-02T09:00", (E.ACCEPT, "2026-11-02T10:00"), (E.ARRIVE, "2026-11-03T09:00"))
    sent(world, "2026-11-02T09:00", (E.ACCEPT, "2026-11-02T10:00"), (E.ARRIVE, "2026-11-12T09:00"))
    found = past_their_clock(world.alliance, at=NOW)
    assert [(one.kind, one.organization_id, one.requests) for one in found] == [
        (ANSWER, world.secondary.pk, 1), (REPLY, world.secondary.pk, 1),
    ]  # fmt: skip
    assert found[0].since == at("2026-11-24T09:00")
    titles = [notice.title for notice in attention(drawn(world), at=NOW)]
    assert titles == ["1 份转诊超时未答复", "1 份回转逾期"]


def test_another_alliances_requests_are_not_told(world: World) -> None:
    sent(world, "2026-11-23T09:00", urgency=Urgency.URGENT)
    other = Alliance.objects.create(code="b", name="别的医联体")
    AllianceMembership.objects.create(
        alliance=other, organization=world.secondary, period=DateRange(date(2020, 1, 1), None)
    )
    assert past_their_clock(other, at=NOW) == []


@pytest.mark.parametrize(("minutes", "slow"), [(20, False), (24, True)])
def test_a_hospital_is_slow_when_half_of_its_answers_take_most_of_the_clock(
    world: World, minutes: int, slow: bool
) -> None:
    for _turn in range(5):
        sent(world, "2026-11-02T09:00", (E.ACCEPT, at("2026-11-02T09:00") + timedelta(minutes=minutes)),
             urgency=Urgency.EMERGENCY)  # fmt: skip
    assert bool(drawn(world).slow) is slow
    assert any("答复偏慢" in notice.title for notice in attention(drawn(world), at=NOW)) is slow


@pytest.mark.parametrize(
    ("ends", "told"),
    [(date(2027, 2, 23), True), (date(2027, 2, 24), False), (None, False), (date(2026, 11, 25), False)],
)
def test_agreements_that_end_within_ninety_days_are_told(world: World, ends: date | None, told: bool) -> None:
    Agreement.objects.create(
        source=world.centre, target=world.secondary, period=DateRange(date(2026, 1, 1), ends), phone="0"
    )
    assert bool(drawn(world).ending) is told


def test_an_agreement_that_is_followed_by_another_does_not_end(world: World) -> None:
    for period in (DateRange(date(2026, 1, 1), date(2026, 12, 1)), DateRange(date(2026, 12, 1), None)):
        Agreement.objects.create(source=world.centre, target=world.secondary, period=period, phone="0")
    assert drawn(world).ending == []


def test_a_centre_shows_its_teams_with_people_residents_and_flows(world: World) -> None:
    resident = world.patient("甲", Programme.HYPERTENSION)
    CareTeamMember.objects.create(
        care_team=world.team,
        user=world.specialist,
        role=Role.SPECIALIST,
        period=DateRange(date(2026, 1, 1), None),
    )
    sent(world, "2026-11-02T09:00", (E.ACCEPT, "2026-11-02T10:00"), patient=resident)
    first, second = opened(world, world.centre, world.team.pk).teams
    assert (first.team, first.people, first.residents, first.up, first.chosen) == (world.team, 5, 1, 1, True)
    assert [(one.member.organization, one.up) for one in first.partners] == [(world.secondary, 1)]
    assert (second.team, second.people, second.residents, second.up) == (world.second_team, 0, 0, 0)


def test_a_hospital_shows_departments_partners_and_what_was_agreed(world: World) -> None:
    agreement = Agreement.objects.create(
        source=world.centre, target=world.secondary, period=DateRange(date(2026, 1, 1), date(2027, 1, 1)), phone="0",
        green_channel=True,
    )  # fmt: skip
    AgreementLine.objects.create(agreement=agreement, department=world.cardiology, clinic_slots=3, beds=1)
    sent(
        world,
        "2026-11-20T09:00",
        (E.ACCEPT, "2026-11-20T10:00"),
        (E.SCHEDULE, "2026-11-20T11:00", "2026-11-25T15:00"),
    )
    sent(
        world,
        "2026-11-20T09:00",
        (E.ACCEPT, "2026-11-20T10:00"),
        (E.SCHEDULE, "2026-11-20T11:00", "2026-11-26T15:00"),
    )
    found = opened(world, world.secondary)
    assert [str(one) for one in found.departments] == ["心血管内科", "内分泌科"]
    assert [(one.member.organization, one.up) for one in found.partners] == [(world.centre, 2)]
    (agreed,) = found.agreements
    assert (agreed.incoming, agreed.last_day) == (True, date(2026, 12, 31))
    assert [(room.line.clinic_slots, room.booked) for room in agreed.rooms] == [(3, 1)]


def test_mentoring_shows_this_years_sessions_against_the_target(world: World) -> None:
    pair = MentoringPair.objects.create(
        kind="mentoring", mentor=world.specialist, mentor_organization=world.secondary, organization=world.centre,
        mentee=world.doctor, period=DateRange(date(2025, 1, 1), None),
    )  # fmt: skip
    MentoringTarget.objects.create(pair=pair, year=2026, sessions=8)
    for on in (date(2026, 3, 1), date(2026, 11, 25), date(2025, 12, 31), date(2026, 11, 26)):
        MentoringSession.objects.create(pair=pair, on=on, topic="x", minutes=60, recorded_by=world.specialist)
    MentoringSession.objects.create(
        pair=pair, on=date(2026, 4, 1), topic="x", minutes=60, recorded_by=world.specialist, voided_at=NOW,
        voided_by=world.specialist, void_reason="x",
    )  # fmt: skip
    for organization in (world.centre, world.secondary):
        (one,) = opened(world, organization).mentoring
        assert (one.held, one.target) == (2, 8)


def test_the_table_is_sorted_by_the_server(world: World) -> None:
    for count, source in ((1, world.centre), (2, world.other_centre)):
        for _turn in range(count):
            sent(world, "2026-11-02T09:00", source=source)
    found = drawn(world)
    assert [row.low.pk for row in rows(found)] == [world.other_centre.pk, world.centre.pk]
    assert [row.low.organization.code for row in rows(found, sort="low")] == ["nanquan", "other"]
