"""How the objects of the walk are made at a place."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from psycopg2.extras import DateRange

from alliances.models import (
    Agreement,
    AllianceMembership,
    CareTeamMember,
    Certificate,
    ClientPost,
    Delegation,
    Department,
    MentoringPair,
    MentoringSession,
    PractitionerRole,
    Role,
    ServiceArea,
    Training,
)
from config import schedule
from exchange.models import ImportBatch
from followups import versions, visits
from followups.entry.visit import VisitInput
from followups.models import Intervention, LifestyleGoal, Pathway, ProtocolVersion
from followups.plans import care_plans, lifestyle
from followups.plans.pathways import catalogue, running
from followups.versions import what_ifs
from followups.visits import after as after_visits
from journal.models import Channel, Communication, Recipient
from patients import emergency
from patients.models import (
    AccessGrant,
    EmergencyAccess,
    EmergencyReason,
    Encounter,
    MedicationStatement,
    Patient,
    Task,
)
from patients.programmes import Programme
from performance.models import IndicatorValue
from referrals import handovers
from referrals.handovers import Letter
from tests.api_client import system
from tests.guards.places import Place, Things
from tests.world import SINCE


def resident(things: Things, place: Place) -> Patient:
    """A resident with two visits, a plan, a medicine and a note, whose record is open to the department."""
    world, spot = things.world, things.spots[place]
    number = {Place.OWN: "11010519491231002X", Place.BELOW: "440524188001010014"}.get(
        place, "500113195803020027"
    )
    patient = world.patient(
        "李佩兰", Programme.HYPERTENSION, Programme.DIABETES, number=number, organization=spot.centre, team=spot.team
    )  # fmt: skip
    readings = {"systolic": 162, "diastolic": 95, "fasting_glucose": 6.4, "ldl": 2.9}
    for days_ago in (40, 20):
        visits.record(
            patient, VisitInput(observations=readings), on=timezone.localdate() - timedelta(days=days_ago),
            method="clinic", by=spot.doctor, source="form", recorded_at=timezone.now(),
        )  # fmt: skip
    MedicationStatement.objects.create(
        patient=patient, organization=spot.centre, name="氨氯地平片", dosage="5mg"
    )
    care_plans.sign(
        patient, diagnosis="高血压2级", treatment="氨氯地平", advice="低盐",
        goals=[care_plans.Target("systolic", None, Decimal(140))],
        review_on=timezone.localdate() + timedelta(days=90), by=world.specialist,
        for_organization=spot.department.organization, basis_id=None, at=timezone.now(),
    )  # fmt: skip
    AccessGrant.objects.create(
        patient=patient, organization=spot.department.organization, department=spot.department, basis="referral",
        period=DateRange(SINCE, None),
    )  # fmt: skip
    return patient


def referral(things: Things, place: Place) -> Any:
    spot = things.spots[place]
    letter = Letter(
        programme=Programme.HYPERTENSION, urgency="routine", target=spot.department, reason="两次血压不达标",
        consent=True, skip_reason="上级专科",
    )  # fmt: skip
    return handovers.send(things.at("patient_id", place), letter, by=spot.doctor, at=timezone.now())


def lifestyle_goal(things: Things, place: Place) -> LifestyleGoal:
    today = timezone.localdate()
    agreement = lifestyle.Agreement("salt", Decimal(10), Decimal(5), today + timedelta(days=90))
    return lifestyle.agree(things.at("patient_id", place), agreement, by=things.spots[place].doctor, on=today)


def intervention(things: Things, place: Place) -> Intervention:
    spot = things.spots[place]
    return lifestyle.log(
        things.at("patient_id", place), lifestyle.Session("salt", "phone", "x", 10), by=spot.doctor,
        organization=spot.centre, on=timezone.localdate(), at=timezone.now(),
    )  # fmt: skip


def pathway(things: Things, place: Place) -> Pathway:
    spot = things.spots[place]
    template = catalogue.built_in()["community-haemodialysis"]
    return running.start(
        things.at("patient_id", place), template, department=spot.department, consent=True, by=spot.doctor, at=timezone.now()
    )  # fmt: skip


def version(things: Things, _place: Place) -> ProtocolVersion:
    """A draft of the settings that was run over last year's visits."""
    by, now = things.world.alliance_admin, timezone.now()
    draft = versions.draft(
        {"age_relaxed": 60}, valid_from=timezone.localdate(), reason="专家组意见", by=by, at=now
    )
    what_ifs.ask(draft, by=by, on=timezone.localdate(), at=now)
    return draft


def of_resident(model: Any) -> Callable[[Things, Place], Any]:
    """The first row of a model that belongs to the place's resident."""
    return lambda things, place: model.objects.filter(patient=things.at("patient_id", place)).order_by("pk")[
        0
    ]


def after_visit_task(things: Things, place: Place) -> Task:
    """What is still to be done after a visit."""
    visit = of_resident(Encounter)(things, place)
    return after_visits.ask(visit, "revisit", due_on=timezone.localdate(), by=things.spots[place].doctor)


def batch(things: Things, place: Place) -> ImportBatch:
    world = things.world
    sheet = {"name": "居民档案", "accepted": 1, "unchanged": 0, "rejected": 0, "warned": 0, "codes": {}}
    return ImportBatch.objects.create(
        organization=things.spots[place].centre, uploaded_by=world.centre_admin, file_name="x.xlsx",
        file_digest="0" * 64, report={"sheets": [sheet]},
    )  # fmt: skip


def delegation(things: Things, place: Place) -> Delegation:
    """Between two who are not walking."""
    today = timezone.localdate()
    holder = things.person("away", Role.PHARMACIST, place)
    stand_in = things.person("stand_in", Role.PHARMACIST, place)
    post = PractitionerRole.objects.get(user=holder)
    return Delegation.objects.create(
        post=post, delegator=holder, delegate=stand_in, reason="x", created_by=holder,
        period=DateRange(today, today + timedelta(days=9)),
    )  # fmt: skip


def message(things: Things, place: Place) -> Communication:
    return Communication.objects.create(
        key=f"walk-{place}", kind="reminder", channel=Channel.IN_APP, recipient_kind=Recipient.PATIENT,
        recipient_id=str(things.at("patient_id", place).pk), patient_id=things.at("patient_id", place).pk,
        organization_id=things.spots[place].centre.pk, not_before=timezone.now(),
    )  # fmt: skip


def figure(things: Things, place: Place) -> IndicatorValue:
    spot = things.spots[place]
    return IndicatorValue.objects.create(
        indicator="htn-controlled", month=date(2026, 1, 1), organization=spot.centre, team=spot.team.pk,
        numerator=1, denominator=2,
    )  # fmt: skip


def department(things: Things, place: Place) -> Department:
    return Department.objects.create(organization=things.spots[place].centre, code="walked", name="慢病门诊")


def area(things: Things, place: Place) -> ServiceArea:
    return ServiceArea.objects.create(organization=things.spots[place].centre, name="红旗村")


def membership(things: Things, place: Place) -> AllianceMembership:
    return AllianceMembership.objects.get(
        alliance=things.world.alliance, organization=things.spots[place].centre
    )


def client_post(things: Things, place: Place) -> ClientPost:
    client = system(things.spots[place].centre, name=f"walked-{place}")
    return ClientPost.objects.get(client=client)


def visitor(things: Things, place: Place) -> CareTeamMember:
    return CareTeamMember.objects.create(
        care_team=things.spots[place].team, user=things.world.users["other_specialist"], role=Role.SPECIALIST,
        period=DateRange(SINCE, None),
    )  # fmt: skip


def agreement(things: Things, place: Place) -> Agreement:
    spot = things.spots[place]
    return Agreement.objects.create(
        source=spot.centre, target=spot.department.organization, period=DateRange(SINCE, None), phone="023-00661000"
    )  # fmt: skip


def pair(things: Things, place: Place) -> MentoringPair:
    spot = things.spots[place]
    return MentoringPair.objects.create(
        kind="mentoring", mentor=things.world.users["other_specialist"], mentee=spot.doctor,
        mentor_organization=spot.department.organization, organization=spot.centre, period=DateRange(SINCE, None),
    )  # fmt: skip


def session(things: Things, place: Place) -> MentoringSession:
    return MentoringSession.objects.create(
        pair=things.at("pair_id", place), on=timezone.localdate(), topic="x", minutes=30,
        recorded_by=things.spots[place].doctor,
    )  # fmt: skip


def training(things: Things, place: Place) -> Training:
    return Training.objects.create(
        organization=things.spots[place].centre, title="x", begins_at=timezone.now(), minutes=60
    )


def certificate(things: Things, place: Place) -> Certificate:
    return Certificate.objects.create(
        user=things.spots[place].doctor, kind="physician", number=f"1-{place}", issued_on=timezone.localdate()
    )


def emergency_access(things: Things, place: Place) -> EmergencyAccess:
    """To the place's resident, opened at a hospital over which no privacy officer watches."""
    return emergency.open_record(
        things.at("patient_id", place), by=things.world.users["other_specialist"],
        organization=things.world.secondary, reason=EmergencyReason.EMERGENCY,
        text="居民昏迷送来急诊，需了解病史", at=timezone.now(),
    )  # fmt: skip


def job(things: Things, place: Place) -> PeriodicTask:
    schedule.seed()
    return PeriodicTask.objects.get(name="deliver")
