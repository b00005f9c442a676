"""Two centres become one: what is open follows the successor, what is past stays with the centre and team of its day."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from psycopg2.extras import DateRange

from accounts.models import User
from alliances import lifecycle, reorganization
from alliances.models import (
    Agreement,
    AgreementLine,
    AllianceMembership,
    CareTeamMember,
    ClientPost,
    Delegation,
    Department,
    MentoringPair,
    Organization,
    PractitionerRole,
    ServiceArea,
    Training,
)
from alliances.reorganization import InTheWay, NotPossible
from exchange.models import ImportBatch
from followups.calendar import appointments
from followups.models import Appointment, AppointmentReason
from journal.models import AuditEvent, Communication
from patients import identity, search
from patients.identity import tail_index
from patients.models import Contract, Encounter, Handover, Identity, Patient, Responsibility, Task
from patients.programmes import Programme
from performance import rollup
from performance.models import IndicatorValue, Population
from referrals import handovers
from referrals.handovers import Letter
from referrals.models import ServiceRequest
from tests.world import SINCE, World

TODAY = timezone.localdate()
NUMBER = "11010519491231002X"


def merge(world: World, **changes: Any) -> Organization:
    """The other centre becomes a part of the centre."""
    return reorganization.merge(
        **{"organization": world.other_centre, "into": world.centre, "on": TODAY, "by": world.operator, **changes}
    )  # fmt: skip


@pytest.fixture
def patient(world: World) -> Patient:
    """A resident of the other centre with a visit, a contract, a due follow-up and an open referral."""
    one = world.patient("丁一", Programme.HYPERTENSION, organization=world.other_centre, number=NUMBER)
    Encounter.objects.create(
        patient=one, organization=world.other_centre, care_team=world.other_team, practitioner=world.outsider,
        on=TODAY - timedelta(days=20), method="clinic", systolic=150, diastolic=92, recorded_at=timezone.now(),
        programmes=["hypertension"],
    )  # fmt: skip
    letter = Letter(
        programme=Programme.HYPERTENSION, urgency="routine", target=world.cardiology, reason="x", tried="y", consent=True
    )  # fmt: skip
    handovers.send(one, letter, by=world.outsider, at=timezone.now())
    return one


def successor_team(world: World) -> Any:
    return world.centre.care_teams.get(code="t1-other")


def test_the_resident_follows_with_what_is_open(world: World, patient: Patient) -> None:
    appointments.book(
        patient, due_on=TODAY + timedelta(days=5), reason=AppointmentReason.ROUTINE, by=None, on=TODAY
    )
    merge(world)
    team = successor_team(world)
    place = (world.centre.pk, team.pk)

    patient.refresh_from_db()
    assert (patient.organization_id, patient.care_team_id) == place
    due = Appointment.objects.booked().get(patient=patient)
    assert (due.organization_id, due.care_team_id) == place
    contract = Contract.objects.get(patient=patient)
    assert (contract.organization_id, contract.care_team_id) == place
    request = ServiceRequest.objects.get(patient=patient)
    assert (request.source_organization_id, request.source_team_id) == place
    waiting = Communication.objects.filter(patient_id=patient.pk, status="preparation", recipient_kind="team")
    assert set(waiting.values_list("organization_id", "recipient_id")) <= {(place[0], str(place[1]))}
    assert waiting.filter(kind="reminder").exists()


def test_responsibility_is_dated_and_the_past_keeps_its_centre_and_team(
    world: World, patient: Patient
) -> None:
    merge(world)
    rows = Responsibility.objects.filter(patient=patient).order_by("period")
    assert [(r.organization, r.care_team.code, r.period) for r in rows] == [
        (world.other_centre, "t1", DateRange(SINCE, TODAY)),
        (world.centre, "t1-other", DateRange(TODAY, None)),
    ]
    visit = Encounter.objects.get(patient=patient)
    assert (visit.organization, visit.care_team) == (world.other_centre, world.other_team)


def test_a_responsibility_that_began_on_the_day_simply_goes_on(world: World, patient: Patient) -> None:
    Responsibility.objects.filter(patient=patient).update(period=DateRange(TODAY, None))
    merge(world)
    row = Responsibility.objects.get(patient=patient)
    assert (row.organization, row.care_team.code, row.period) == (
        world.centre,
        "t1-other",
        DateRange(TODAY, None),
    )


def test_the_tail_of_the_number_is_found_at_the_successor_and_no_longer_before(
    world: World, patient: Patient
) -> None:
    merge(world)
    row = Identity.objects.get(pk=patient.pk)
    assert bytes(row.number_tail_index) == tail_index("number-tail", world.centre.pk, NUMBER)
    assert bytes(row.phone_tail_index) == tail_index("phone-tail", world.centre.pk, "13812345678")
    assert bytes(identity.reindex(row, world.centre.pk).number_tail_index) == bytes(row.number_tail_index)
    doctor = User.objects.get(pk=world.doctor.pk)
    assert list(search.find(doctor, NUMBER[-4:])) == [patient]


def test_teams_can_become_a_team_that_is_there_already(world: World, patient: Patient) -> None:
    merge(world, teams={world.other_team.pk: world.second_team})
    patient.refresh_from_db()
    assert patient.care_team == world.second_team
    assert world.centre.care_teams.count() == 2
    with pytest.raises(NotPossible):
        merge(world)


@pytest.mark.parametrize("wrong", ["team of a third", "team that is not theirs"])
def test_teams_of_anybody_else_are_refused(world: World, wrong: str) -> None:
    third = world.secondary.care_teams.create(code="x", name="x")
    teams = {world.other_team.pk: third} if wrong == "team of a third" else {third.pk: world.team}
    with pytest.raises(ValueError, match="a team that is not open"):
        merge(world, teams=teams)


def test_people_go_on_at_the_successor_and_their_old_posts_end(world: World, patient: Patient) -> None:
    Delegation.objects.create(
        post=PractitionerRole.objects.get(user=world.outsider), delegator=world.outsider, delegate=world.doctor,
        created_by=world.outsider, reason="休假", period=DateRange(TODAY - timedelta(days=2), TODAY + timedelta(days=2)),
    )  # fmt: skip
    merge(world)
    old, new = PractitionerRole.objects.filter(user=world.outsider).order_by("pk")
    assert (old.organization, old.period) == (world.other_centre, DateRange(SINCE, TODAY))
    assert (new.organization, new.care_team, new.period) == (
        world.centre, successor_team(world), DateRange(TODAY, None),
    )  # fmt: skip
    assert [d.period for d in Delegation.objects.filter(post=new)] == [
        DateRange(TODAY, TODAY + timedelta(days=2))
    ]
    seen = Patient.objects.visible_to(User.objects.get(pk=world.outsider.pk))
    assert patient in seen


def test_somebody_who_works_at_both_has_one_post_afterwards(world: World) -> None:
    post = PractitionerRole.objects.get(user=world.outsider)
    post.pk, post.organization, post.care_team = None, world.centre, world.second_team
    post.save()
    merge(world, teams={world.other_team.pk: world.second_team})
    assert PractitionerRole.objects.filter(user=world.outsider).live(on=TODAY).count() == 1


def test_areas_departments_children_clients_and_memberships(world: World) -> None:
    other, centre = world.other_centre, world.centre
    below = Organization.objects.create(code="below", name="站", tier="community", parent=other)
    Department.objects.create(organization=other, code="clinic", name="全科")
    Department.objects.create(organization=centre, code="clinic", name="全科")
    ServiceArea.objects.create(organization=other, name="独石村", care_team=world.other_team)
    ServiceArea.objects.create(organization=other, name="红旗村", care_team=world.other_team)
    ServiceArea.objects.create(organization=centre, name="红旗村")
    ClientPost.objects.update(organization=other)
    world.other_team.areas = ["独石村"]
    world.other_team.save()

    merge(world)

    team = successor_team(world)
    assert set(centre.areas.values_list("name", "care_team")) == {("独石村", team.pk), ("红旗村", team.pk)}
    assert set(centre.departments.values_list("code", "name")) == {
        ("clinic", "全科"), ("clinic-other", "全科（龙洲湾社区卫生服务中心）"),
    }  # fmt: skip
    below.refresh_from_db()
    assert below.parent == ClientPost.objects.get().organization == centre
    assert AllianceMembership.objects.get(organization=other).period.upper == TODAY
    other.refresh_from_db()
    assert (other.closed_on, other.merged_into) == (TODAY, centre)
    assert team.areas == ["独石村"]


def test_agreements_pairs_trainings_and_visiting_members(world: World) -> None:
    other, centre = world.other_centre, world.centre
    ours = Agreement.objects.create(
        source=other, target=world.secondary, period=DateRange(SINCE, None), phone="1"
    )
    AgreementLine.objects.create(agreement=ours, department=world.cardiology, clinic_slots=3)
    theirs = Agreement.objects.create(source=other, target=centre, period=DateRange(SINCE, None), phone="2")
    common = {
        "mentor": world.specialist,
        "mentor_organization": world.secondary,
        "period": DateRange(SINCE, None),
    }
    MentoringPair.objects.create(kind="director", organization=other, **common)
    inner = MentoringPair.objects.create(
        kind="director", mentor=world.doctor, mentor_organization=centre, organization=other,
        period=DateRange(SINCE, None),
    )  # fmt: skip
    Training.objects.create(
        organization=other, title="x", begins_at=timezone.now() + timedelta(days=3), minutes=60
    )
    CareTeamMember.objects.create(
        care_team=world.other_team, user=world.specialist, role="specialist", period=DateRange(SINCE, None)
    )

    merge(world)

    ours.refresh_from_db()
    theirs.refresh_from_db()
    inner.refresh_from_db()
    assert ours.period.upper == theirs.period.upper == inner.period.upper == TODAY
    onward = Agreement.objects.get(source=centre)
    assert (onward.target, onward.period, onward.phone) == (world.secondary, DateRange(TODAY, None), "1")
    assert onward.lines.get().clinic_slots == 3
    assert MentoringPair.objects.get(mentor=world.specialist).organization == centre
    assert Training.objects.get().organization == centre
    assert CareTeamMember.objects.get(care_team=successor_team(world)).period == DateRange(TODAY, None)


def test_open_tasks_and_hand_overs_follow_and_one_without_two_sides_is_withdrawn(world: World) -> None:
    second = world.other_centre.care_teams.create(code="t2", name="第二片区团队")
    stays, gone = (world.patient(n, organization=world.other_centre) for n in ("甲", "乙"))
    common = {
        "organization": world.other_centre,
        "from_team": world.other_team,
        "proposed_by": world.outsider,
    }
    for one in (stays, gone):
        Handover.objects.create(patient=one, to_team=second, reason="workload", **common)
    Task.objects.create(
        patient=stays, kind="referral_advised", organization=world.other_centre, care_team=second
    )

    merge(world, teams={second.pk: world.second_team})

    row = Handover.objects.open().get(patient=stays)
    assert (row.organization, row.to_team) == (world.centre, world.second_team)
    assert Task.objects.get(patient=stays).care_team == world.second_team


def test_a_hand_over_between_two_teams_that_become_one_is_withdrawn(world: World) -> None:
    second = world.other_centre.care_teams.create(code="t2", name="第二片区团队")
    one = world.patient("甲", organization=world.other_centre)
    Handover.objects.create(
        patient=one, organization=world.other_centre, from_team=world.other_team, to_team=second,
        reason="workload", proposed_by=world.outsider,
    )  # fmt: skip
    merge(world, teams={second.pk: world.team, world.other_team.pk: world.team})
    assert Handover.objects.get().status == "withdrawn"


def test_a_hospital_that_becomes_a_part_of_another_keeps_its_desk(world: World, patient: Patient) -> None:
    merge(world, organization=world.secondary, into=world.tertiary)
    request = ServiceRequest.objects.get(patient=patient)
    world.cardiology.refresh_from_db()
    assert (request.target_organization, request.target_department) == (world.tertiary, world.cardiology)
    assert world.cardiology.organization == world.tertiary
    assert Contract.objects.get(patient=patient).secondary == world.tertiary
    specialist = User.objects.get(pk=world.specialist.pk)
    assert request in ServiceRequest.objects.readable_by(specialist)
    assert handovers.accept(request.pk, by=specialist, at=timezone.now())


def test_figures_of_days_before_stay_and_the_register_counts_where_people_are(
    world: World, patient: Patient
) -> None:
    on = date(TODAY.year, TODAY.month, 1)
    for organization, team, residents in (
        (world.other_centre, world.other_team, 50), (world.centre, world.team, 100),
    ):  # fmt: skip
        Population.objects.create(
            organization=organization, care_team=team, year=on.year, residents=residents
        )
    rollup.full(on=TODAY)
    past = IndicatorValue.objects.exclude(month=on).order_by("pk")
    before = list(past.values_list("indicator", "month", "organization", "team", "numerator", "denominator"))
    assert any(row[2] == world.other_centre.pk for row in before)

    merge(world, teams={world.other_team.pk: world.team})
    rollup.full(on=TODAY)

    after = list(past.values_list("indicator", "month", "organization", "team", "numerator", "denominator"))
    assert sorted(after) == sorted(before)
    now = IndicatorValue.objects.filter(indicator="contracted", month=on)
    assert [(v.organization, v.numerator, v.denominator) for v in now] == [(world.centre, 1, 150)]


def test_the_register_is_refreshed_like_it_is_computed(world: World, patient: Patient) -> None:
    """The quick refresh finds exactly the cells whose register changed hands, and is then at rest."""
    year = TODAY.year
    Population.objects.create(
        organization=world.other_centre, care_team=world.other_team, year=year, residents=50
    )
    Population.objects.create(organization=world.centre, care_team=world.team, year=year, residents=100)
    rollup.full(on=TODAY)
    merge(world, teams={world.other_team.pk: world.team})
    rollup.refresh(on=TODAY)
    cells = set(
        IndicatorValue.objects.values_list(
            "indicator", "month", "organization", "team", "numerator", "denominator"
        )
    )
    rollup.full(on=TODAY)
    again = set(
        IndicatorValue.objects.values_list(
            "indicator", "month", "organization", "team", "numerator", "denominator"
        )
    )
    assert cells == again


def test_an_import_under_way_stands_in_the_way_and_a_checked_one_is_thrown_away(world: World) -> None:
    batch = ImportBatch.objects.create(
        organization=world.other_centre, uploaded_by=world.centre_admin, file_name="x", file_digest="0" * 64,
        status="running",
    )  # fmt: skip
    with pytest.raises(InTheWay) as refused:
        merge(world)
    assert [(str(m.text), m.count) for m in refused.value.matters] == [("正在进行的导入", 1)]
    batch.status = "previewed"
    batch.save()
    merge(world)
    batch.refresh_from_db()
    assert batch.status == "cancelled"


def test_the_preview_counts_what_the_merge_carries_and_the_audit_line_keeps_it(
    world: World, patient: Patient
) -> None:
    happening = reorganization.foreseen(
        lifecycle.Event.ORGANIZATION_MERGED, world.other_centre, on=TODAY, into=world.centre
    )
    counted = {str(matter.text): matter.count for matter in lifecycle.carried(happening)}
    assert counted["居民"] == counted["生效中的签约"] == counted["待随访"] == counted["转出未办结的转诊"] == 1
    assert counted["岗位"] == counted["团队"] == 1

    merge(world)

    line = AuditEvent.objects.get(action="organization.merge")
    assert line.detail["carried"] == counted
    assert line.detail["into"] == world.centre.pk


def test_a_centre_does_not_become_a_part_of_itself_or_of_one_below_it(world: World) -> None:
    below = Organization.objects.create(code="b", name="站", tier="community", parent=world.other_centre)
    for into in (world.other_centre, below):
        with pytest.raises(NotPossible):
            merge(world, into=into)
