"""Teams are made, changed, joined and closed; what their rules find in the database."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from psycopg2.extras import DateRange

from alliances import teams
from alliances.models import (
    AllianceMembership,
    CareTeam,
    CareTeamMember,
    Composition,
    PractitionerRole,
    Role,
    ServiceArea,
    TeamKind,
)
from alliances.team_members import lacking, lines_of, members_of, rules_of
from alliances.teams import Details
from journal.models import AuditEvent
from patients import enrolment, handovers, responsibilities
from patients.models import HandoverReason
from patients.programmes import Programme
from tests.at_once import at_once
from tests.world import SINCE, World, at

ON = date(2026, 11, 20)
NOW = at("2026-11-20T09:00:00")


def lacks(team: CareTeam, *, on: date = ON) -> list[str]:
    team.refresh_from_db()
    return [one.place.code for one in lacking([team], members_of([team.pk], on=on))[team.pk]]


def specialist_post(world: World) -> PractitionerRole:
    return PractitionerRole.objects.get(user=world.specialist)


# ---- made and changed


def test_a_team_is_made_with_a_code_of_its_own_and_its_areas(world: World) -> None:
    ServiceArea.objects.create(organization=world.centre, name="白鹤村", kind="village")
    details = Details("慢病片区团队", TeamKind.AREA, [Composition.ONE_ONE_X], ["白鹤村", "红旗村"])
    team = teams.create(world.centre, details, by=world.centre_admin)
    assert (team.code, team.composition, team.areas) == ("team-1", ["one_one_x"], ["白鹤村", "红旗村"])
    assert ServiceArea.objects.get().care_team == team
    assert AuditEvent.objects.get(action="team.create").organization_id == world.centre.pk
    assert (
        teams.create(world.centre, Details("慢病专科", TeamKind.SPECIALTY), by=world.centre_admin).code
        == "team-2"
    )


def test_a_name_is_free_again_once_its_team_has_closed(world: World) -> None:
    details = Details("第一片区团队", TeamKind.AREA)
    with pytest.raises(teams.NotPossible):
        teams.create(world.centre, details, by=world.centre_admin)
    CareTeam.objects.filter(pk=world.team.pk).update(closed_on=ON)
    assert teams.create(world.centre, details, by=world.centre_admin).pk != world.team.pk


def test_an_area_goes_to_the_team_that_covers_it_now(world: World) -> None:
    area = ServiceArea.objects.create(organization=world.centre, name="红旗村", care_team=world.team)
    CareTeam.objects.filter(pk=world.team.pk).update(areas=["红旗村", "和平村"])
    teams.amend(
        world.second_team, Details("第二片区团队", TeamKind.AREA, areas=["红旗村"]), by=world.centre_admin
    )
    world.team.refresh_from_db()
    area.refresh_from_db()
    assert (world.team.areas, area.care_team) == (["和平村"], world.second_team)
    assert teams.areas_of(world.centre.pk) == {"和平村": "第一片区团队", "红旗村": "第二片区团队"}


def test_a_specialty_team_covers_no_area(world: World) -> None:
    details = Details("慢病专科团队", TeamKind.SPECIALTY, areas=["红旗村"])
    assert teams.amend(world.team, details, by=world.centre_admin).areas == []


def test_a_closed_organization_or_team_is_not_changed(world: World) -> None:
    type(world.centre).objects.filter(pk=world.centre.pk).update(closed_on=ON)
    CareTeam.objects.filter(pk=world.team.pk).update(closed_on=ON)
    with pytest.raises(teams.NotPossible, match="南泉"):
        teams.create(world.centre, Details("新", TeamKind.AREA), by=world.operator)
    with pytest.raises(teams.NotPossible, match="第一片区团队"):
        teams.amend(world.team, Details("新", TeamKind.AREA), by=world.operator)


# ---- made up of


def test_a_team_is_looked_at_by_its_posts_and_visitors_of_the_day(world: World) -> None:
    CareTeam.objects.filter(pk=world.team.pk).update(composition=["one_one_x", "three_practitioners"])
    assert lacks(world.team) == ["one_more", "specialist", "health_manager"]
    teams.join(world.team, specialist_post(world), begins=ON, ends=None, by=world.centre_admin)
    assert lacks(world.team) == ["health_manager"]
    assert lacks(world.team, on=ON - timedelta(days=1)) == ["one_more", "specialist", "health_manager"]
    posts = PractitionerRole.objects.filter(care_team=world.team, role=Role.NURSE)
    posts.update(period=DateRange(SINCE, ON))
    assert lacks(world.team) == ["public_health", "health_manager"]


def test_the_page_names_who_fills_each_place(world: World) -> None:
    CareTeam.objects.filter(pk=world.team.pk).update(composition=["three_practitioners"])
    world.team.refresh_from_db()
    teams.join(world.team, specialist_post(world), begins=ON, ends=None, by=world.centre_admin)
    (rule,) = rules_of(world.team, lines_of(world.team), on=ON)
    assert rule.places[0][1] == "specialist"
    assert rule.places[1][1] in ("doctor", "colleague", "team_lead")
    assert rule.places[2][1] == ""
    assert not rule.whole


def test_visitors_open_no_record(world: World) -> None:
    patient = world.patient("李佩兰")
    teams.join(world.team, specialist_post(world), begins=ON, ends=None, by=world.centre_admin)
    assert not type(patient).objects.visible_to(world.specialist).exists()
    assert world.team in teams.visible_to(world.specialist, on=ON)
    assert world.team not in teams.visible_to(world.second_specialist, on=ON)


def test_nobody_joins_twice_at_once_in_one_role(world: World) -> None:
    post = specialist_post(world)
    teams.join(world.team, post, begins=ON, ends=ON + timedelta(days=30), by=world.centre_admin)
    with pytest.raises(teams.NotPossible, match="specialist"):
        teams.join(world.team, post, begins=ON + timedelta(days=29), ends=None, by=world.centre_admin)
    teams.join(world.team, post, begins=ON + timedelta(days=30), ends=None, by=world.centre_admin)
    with pytest.raises(IntegrityError), transaction.atomic():
        CareTeamMember.objects.create(
            care_team=world.team, user=world.specialist, role=Role.SPECIALIST, period=DateRange(ON, None)
        )


def test_a_visit_ends_on_the_day_and_one_that_never_began_is_taken_out(world: World) -> None:
    post = specialist_post(world)
    member = teams.join(world.team, post, begins=ON - timedelta(days=9), ends=None, by=world.centre_admin)
    teams.leave(member, on=ON, by=world.centre_admin)
    member.refresh_from_db()
    assert member.period == DateRange(ON - timedelta(days=9), ON)
    later = teams.join(world.team, post, begins=ON + timedelta(days=1), ends=None, by=world.centre_admin)
    teams.leave(later, on=ON, by=world.centre_admin)
    assert CareTeamMember.objects.count() == 1
    assert AuditEvent.objects.filter(action="team.leave").count() == 2


def test_people_of_the_alliance_can_join_and_nobody_from_outside(world: World) -> None:
    names = {post.user.name for post in teams.joinable(world.team, on=ON)}
    assert {"specialist", "outsider"} <= names
    assert not {"doctor", "nurse", "centre_admin", "operator", "alliance_admin"} & names
    AllianceMembership.objects.filter(organization=world.secondary).delete()
    assert "specialist" not in {post.user.name for post in teams.joinable(world.team, on=ON)}


# ---- closed


def test_a_team_closes_once_everything_has_gone_and_says_what_has_not(world: World) -> None:
    patient, dead = world.patient("李佩兰", Programme.HYPERTENSION), world.patient("甲")
    enrolment.died(dead, on=ON - timedelta(days=5), by=world.doctor)
    handovers.propose([patient.pk], to_team=world.second_team, reason=HandoverReason.WORKLOAD, text="", by=world.doctor,
                      at=NOW)  # fmt: skip
    with pytest.raises(teams.InTheWay) as stopped:
        teams.close(world.team, on=ON, at=NOW, by=world.centre_admin)
    counts = [matter.count for matter in stopped.value.matters]
    assert sorted(counts) == [1, 1, 4]  # a living resident, an open hand-over, four posts
    assert any(f"team={world.team.pk}" in matter.where for matter in stopped.value.matters)

    responsibilities.assign(patient, organization=world.centre, care_team=world.second_team, on=ON, by=None)
    PractitionerRole.objects.filter(care_team=world.team).update(period=DateRange(SINCE, ON))
    ServiceArea.objects.create(organization=world.centre, name="红旗村", care_team=world.team)
    teams.join(world.team, specialist_post(world), begins=SINCE, ends=None, by=world.centre_admin)
    closed = teams.close(world.team, on=ON, at=NOW, by=world.centre_admin)
    assert closed.closed_on == ON
    assert CareTeamMember.objects.get().period.upper == ON
    assert ServiceArea.objects.get().care_team is None
    with pytest.raises(teams.NotPossible):
        teams.close(world.team, on=ON, at=NOW, by=world.centre_admin)


# ---- who sees and runs them


@pytest.mark.parametrize(
    ("part", "sees", "runs"),
    [
        ("doctor", {"team", "second_team"}, set()),
        ("nurse", {"team", "second_team"}, set()),
        ("centre_admin", {"team", "second_team"}, {"team", "second_team"}),
        ("outsider", {"other_team"}, set()),
        ("specialist", set(), set()),
        ("alliance_admin", {"team", "second_team", "other_team"}, set()),
        ("operator", {"team", "second_team", "other_team"}, {"team", "second_team", "other_team"}),
    ],
)
def test_teams_are_seen_where_one_works_and_run_by_who_runs_the_organization(
    world: World, part: str, sees: set[str], runs: set[str]
) -> None:
    named = {world.team: "team", world.second_team: "second_team", world.other_team: "other_team"}
    assert {named[team] for team in teams.visible_to(world.users[part], on=timezone.localdate())} == sees
    assert {named[team] for team in teams.run_by(world.users[part], on=timezone.localdate())} == runs


# ---- two at once


def test_two_make_a_team_of_one_name_and_one_is_told(committed_world: World) -> None:
    world = committed_world
    details = Details("新团队", TeamKind.AREA)
    results = at_once(
        lambda: teams.create(world.centre, details, by=world.centre_admin),
        lambda: teams.create(world.centre, details, by=world.operator),
    )
    assert sum(isinstance(r, CareTeam) for r in results) == 1, results
    assert sum(isinstance(r, teams.NotPossible) for r in results) == 1, results


def test_a_team_that_closes_takes_nobody_and_who_takes_somebody_does_not_close(
    committed_world: World,
) -> None:
    world = committed_world
    for number in range(4):
        team = CareTeam.objects.create(organization=world.centre, code=f"x{number}", name=f"团队{number}")
        patient = world.patient("李佩兰", Programme.HYPERTENSION)
        closed, offered = at_once(
            lambda: teams.close(team, on=ON, at=NOW, by=world.centre_admin),  # noqa: B023
            lambda: handovers.propose(
                [patient.pk], to_team=team, reason=HandoverReason.WORKLOAD, text="", by=world.doctor, at=NOW  # noqa: B023
            ),
        )  # fmt: skip
        if isinstance(closed, CareTeam):
            assert isinstance(offered, handovers.NotOpen), offered
        else:
            assert isinstance(closed, teams.InTheWay), closed
            assert isinstance(offered, handovers.Outcome), offered
