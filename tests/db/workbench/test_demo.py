"""The demo on a real database, with few residents."""

import json
from datetime import date, timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import timezone

from accounts import policy, second_factor
from accounts.models import User
from alliances.models import Alliance, CareTeam, Organization, PractitionerRole, Role
from alliances.team_members import lacking, members_of
from exchange.imports import batches
from followups import visits
from followups.models import (
    Appointment,
    Assessment,
    AssessmentOverride,
    CarePlanRevision,
    FollowUpLoss,
    ProtocolVersion,
    WhatIf,
    WhatIfChange,
)
from followups.visits.stored import reading_of
from journal.models import AuditEvent, Communication
from patients.models import (
    AccessGrant,
    Condition,
    Contract,
    EmergencyAccess,
    Encounter,
    Enrolment,
    Handover,
    Observation,
    Patient,
    Task,
)
from performance.models import IndicatorValue, Population
from referrals.models import CaseSnapshot, ServiceRequest, State
from referrals.snapshots import content_of
from referrals.states import moves
from tests.rosters import ANSWER_KEY, SAMPLE
from tests.undone import undone
from tests.world import at
from workbench import demo
from workbench.demo.sign_ins import FILE

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def once(django_db_setup, django_db_blocker):
    """Built once for all: each test meets it as it was built."""
    with django_db_blocker.unblock(), undone():
        yield demo.build(residents=90, months=12, seed="t", today=TODAY)


@pytest.fixture
def built(once, db):
    return once


def test_a_database_with_residents_is_refused_and_stays_as_it_was(built):
    before = {model: model.objects.count() for model in (Patient, Encounter, Organization, AuditEvent)}

    with pytest.raises(CommandError) as refused:
        call_command("demo", "--residents", "10", stdout=StringIO(), stderr=StringIO())

    assert refused.value.returncode == 1
    assert {model: model.objects.count() for model in before} == before


def test_the_alliance_has_the_promised_places_and_every_role(built):
    tiers = dict(Organization.objects.values_list("tier").annotate(n=Count("pk")))
    assert tiers == {"tertiary": 1, "secondary": 2, "community": 6, "cdc": 1, "bureau": 1}
    nanquan = Organization.objects.get(code="nanquan")
    teams = set(nanquan.care_teams.filter(kind="area").values_list("name", flat=True))
    assert teams == {f"第{n}片区团队" for n in "一二三四五"}
    assert set(PractitionerRole.objects.values_list("role", flat=True)) == set(Role.values)
    assert Alliance.objects.get().memberships.filter(role="lead").get().organization.tier == "tertiary"


def test_the_numbers_of_the_organizations_are_well_made_and_each_area_has_its_team(built):
    for organization in Organization.objects.all():
        organization.full_clean()
        assert organization.uscc
        assert organization.institution_code or organization.tier == "bureau"
        assert "9900" in organization.uscc
    nanquan = Organization.objects.get(code="nanquan")
    assert nanquan.areas.filter(kind="village", care_team__kind="area").count() == 6
    assert nanquan.areas.count() == 10


def test_the_sign_ins_are_listed_for_their_owner_alone_and_work(built):
    file = settings.DATA_DIR / FILE
    assert built.sign_ins == file
    assert file.stat().st_mode & 0o777 == 0o600
    line = next(line for line in file.read_text().splitlines() if "zhouwenbo" in line)
    assert User.objects.get(username="zhouwenbo").check_password(line.split()[-1])


def test_whoever_needs_a_second_factor_has_one_and_finds_its_secret_beside_the_password(built):
    lines = (settings.DATA_DIR / FILE).read_text().splitlines()
    signing_in = [user for user in User.objects.all() if user.has_usable_password()]
    due = [user for user in signing_in if second_factor.is_due(user)]
    assert len(due) >= 6
    for user in due:
        line = next(line for line in lines if f" {user.username} " in line)
        assert line.split()[-1] == second_factor.typed_secret(second_factor.device_of(user))
    assert not any(second_factor.is_enrolled(user) for user in signing_in if user not in due)


def test_nobody_has_to_change_a_demo_password(built):
    assert not any(policy.must_change(user, at=timezone.now()) for user in User.objects.all())


def test_the_resident_of_the_story_is_as_the_story_needs_her(built):
    li = Patient.objects.get(name="李佩兰")
    assert (li.organization.code, li.care_team.name, li.programmes) == (
        "nanquan", "第三片区团队", ["diabetes", "hypertension"],
    )  # fmt: skip
    assert "青霉素" in li.allergies
    contract = Contract.objects.filter(patient=li).live(on=TODAY).get()
    assert (contract.secondary.name, contract.tertiary.name) == ("巴南区人民医院", "重庆市第一人民医院")
    last = Encounter.objects.filter(patient=li).latest("on")
    assert last.on == TODAY - timedelta(days=14)
    assert set(Assessment.objects.filter(encounter=last).values_list("klass", flat=True)) == {"uncontrolled"}
    assert Appointment.objects.booked().get(patient=li).due_on == TODAY
    assert not ServiceRequest.objects.filter(patient=li).exists()
    assert not Task.objects.open().filter(patient=li).exists()


def said_of(visit: Encounter) -> set[tuple[str, ...]]:
    """What the stored assessments of a visit say; where a doctor decided otherwise, what the protocol had said."""
    words = {one.programme: one for one in AssessmentOverride.objects.filter(encounter=visit)}
    found = set()
    for row in Assessment.objects.filter(encounter=visit):
        word = words.get(row.programme)
        klass, action = (word.protocol_klass, word.protocol_action) if word else (row.klass, row.action)
        found.add((row.programme, klass, action, row.rule))
    return found


def judged_again(visit: Encounter) -> set[tuple[str, ...]]:
    """What the product says of a visit as it stands in the archive: with the programmes the person was managed in on its
    day, all that was measured at it and at the visits before, and the version in force."""
    decision = visits.decide(
        visit.patient, reading_of(visit), on=visit.on, method=visit.method, today=visit.on
    )
    assert list(decision.programmes) == visit.programmes
    return {
        (name, outcome.klass.value, outcome.action.value, outcome.rule)
        for name, outcome in decision.programmes.items()
    }


def test_every_assessment_is_what_the_product_says_of_the_visit(built):
    checked = set()
    for visit in Encounter.objects.select_related("patient").prefetch_related("further_observations"):
        assert said_of(visit) == judged_again(visit), visit.pk
        checked.update((visit.pk, programme) for programme in visit.programmes)
    assert len({key for key, _programme in checked}) > 200
    assert len([1 for _key, programme in checked if programme not in ("hypertension", "diabetes")]) > 60


def test_a_planted_assessment_is_found(built):
    """The judge above can fail: another class, a reading that was never taken, a programme too many."""
    ldl = Observation.objects.filter(
        code="ldl", source="visit", encounter__programmes__contains=["dyslipidaemia"]
    )
    reading = ldl.latest("value")
    for act in (
        lambda: Assessment.objects.filter(encounter=reading.encounter).update(klass="complication"),
        lambda: ldl.filter(pk=reading.pk).delete(),
        lambda: Enrolment.objects.filter(patient=reading.patient_id, programme="dyslipidaemia").delete(),
    ):
        with transaction.atomic():
            act()
            visit = Encounter.objects.select_related("patient").get(pk=reading.encounter_id)
            with pytest.raises((AssertionError, visits.VisitRefused)):
                assert said_of(visit) == judged_again(visit)
            transaction.set_rollback(True)


def test_a_version_is_in_force_a_draft_was_run_and_a_few_visits_were_decided_otherwise(built):
    begun, draft = ProtocolVersion.objects.order_by("valid_from")
    assert (begun.status, draft.status) == ("published", "draft")
    assert begun.valid_from < TODAY < draft.valid_from
    run = WhatIf.objects.get(version=draft)
    assert (run.status, run.settings) == ("done", draft.settings)
    assert WhatIfChange.objects.filter(run=run).exists()
    versions = set(
        Assessment.objects.filter(on__gte=begun.valid_from).values_list("protocol_version", flat=True)
    )
    assert {text.partition("/")[2] for text in versions} == {str(begun.pk)}
    assert AssessmentOverride.objects.filter(programme="hypertension").count() >= 2


def test_whoever_is_managed_has_one_open_follow_up_or_is_lost_and_nobody_else(built):
    managed = set(Patient.objects.living().managed().values_list("pk", flat=True))
    booked = set(Appointment.objects.booked().values_list("patient_id", flat=True))
    lost = set(FollowUpLoss.objects.filter(ended_on=None).values_list("patient_id", flat=True))
    assert booked | lost == managed
    assert not booked & lost
    assert not Enrolment.objects.filter(
        patient__deceased_on__isnull=False, period__endswith__isnull=True
    ).exists()


def test_residents_came_from_the_specialty_team_two_wait_for_the_third_area_and_a_team_lacks_somebody(built):
    specialty = CareTeam.objects.get(name="慢病专科团队")
    third = CareTeam.objects.get(organization__code="nanquan", name="第三片区团队")
    done = Handover.objects.filter(status="accepted", from_team=specialty)
    assert done.count() >= 3
    for row in done:
        spells = row.patient.responsibilities.order_by("period__startswith")
        assert [spell.care_team for spell in spells] == [specialty, row.to_team]
        assert spells[1].period.lower == row.answered_on
    waiting = Handover.objects.open().filter(to_team=third)
    assert waiting.count() == 2
    assert set(waiting.values_list("patient__care_team", flat=True)) == {specialty.pk}
    teams = list(CareTeam.objects.all())
    lacks = lacking(teams, members_of([team.pk for team in teams], on=TODAY))
    found = [(team.name, one.place.code) for team in teams for one in lacks[team.pk]]
    assert found == [("第五片区团队", "pharmacist")]


def test_patient_rows_repeat_what_stands_elsewhere(built):
    for patient in Patient.objects.all():
        running = Enrolment.objects.filter(patient=patient).live(on=TODAY).values_list("programme", flat=True)
        assert sorted(running) == patient.programmes
        place = patient.responsibilities.get(period__contains=TODAY)
        assert (place.organization_id, place.care_team_id) == (patient.organization_id, patient.care_team_id)
        last = Encounter.objects.filter(patient=patient).order_by("-on", "-id").first()
        assert patient.last_visit_on == (last.on if last else None)
        assert patient.last_systolic == (last.systolic if last else None)
    assert Condition.objects.filter(diagnosed_on__lt=F("patient__birth_date")).count() == 0


def test_referrals_took_only_known_steps_and_stand_where_the_last_one_led(built):
    known, seen = set(moves()), set()
    for request in ServiceRequest.objects.prefetch_related("steps"):
        steps = list(request.steps.all())
        assert steps[-1].to_state == request.state
        assert all((s.from_state, s.to_state) in known for s in steps if s.from_state)
        assert [s.at for s in steps] == sorted(s.at for s in steps)
        seen.add(request.state)
    assert {State.COMPLETED, State.SUBMITTED, State.RETURNED} <= seen
    replied = ServiceRequest.objects.filter(state=State.COMPLETED)
    assert CarePlanRevision.objects.filter(basis_id__in=replied.values("pk")).count() == replied.count()
    assert AccessGrant.objects.filter(basis="referral", period__endswith__isnull=False).exists()


def test_snapshots_are_what_the_product_takes(built):
    compared = 0
    for snapshot in CaseSnapshot.objects.select_related("request__patient"):
        request = snapshot.request
        if request.state != State.SUBMITTED or request.redirected_from_id:
            continue
        on = date.fromisoformat(snapshot.content["on"])
        now = content_of(request.patient, on=on, tried=request.tried)
        now["referrals"] = now["referrals"][1:]  # this one was not there yet
        assert json.loads(json.dumps(now)) == snapshot.content
        compared += 1
    assert compared >= 1


def test_the_figures_rise_over_the_year_and_have_their_base(built):
    cells = IndicatorValue.objects.filter(indicator="htn-standard-managed", month__year=2026)
    by_month = {m: sum(c.numerator for c in cells.filter(month=date(2026, m, 1))) for m in (2, 6, 11)}
    assert by_month[2] < by_month[6] < by_month[11]
    assert Population.objects.filter(residents__lt=F("elderly")).count() == 0
    contracted = IndicatorValue.objects.filter(indicator="contracted", month=date(2026, 11, 1))
    assert contracted.exists()
    assert not contracted.filter(numerator__gt=F("denominator")).exists()


def test_one_record_waits_for_review_after_an_emergency_and_one_is_reviewed(built):
    waiting, reviewed = EmergencyAccess.objects.order_by("-opened_at")
    assert (waiting.reviewed_at, waiting.is_overdue(at=at("2026-11-22T09:00:00"))) == (None, False)
    assert waiting.is_live(at=at("2026-11-22T09:00:00"))
    assert (reviewed.finding, reviewed.reviewed_by.username) == ("justified", "yuanfang")
    assert {waiting.patient.organization.code, reviewed.patient.organization.code} == {"nanquan"}


def test_notices_are_sent_and_the_audit_trail_names_the_batches(built):
    assert Communication.objects.filter(~Q(status="completed")).count() == 0
    assert AuditEvent.objects.filter(action="demo.build", agent_type="system").count() == 1
    assert AuditEvent.objects.filter(action="demo.write").count() >= 20


def test_the_sample_roster_goes_into_the_demo_centre_as_its_answer_key_says(built):
    key = json.loads(ANSWER_KEY.read_text())["sheets"]
    nanquan = Organization.objects.get(code="nanquan")
    reports = batches.import_now(
        SAMPLE.read_bytes(), SAMPLE.name, nanquan, by=None, on=TODAY, at=at("2026-11-22T09:00:00")
    )
    for report in reports:
        assert report.accepted == key[report.name]["accepted"]
        rejected = [(line["row"], line["fault"]) for line in key[report.name]["rejected"]]
        assert [(fault.row, fault.code.value) for fault in report.rejected] == rejected
