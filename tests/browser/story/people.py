"""Who the story is about: the alliance of the other tests, with Chinese names, the five teams of the roster, residents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from alliances.models import CareTeam, Role
from followups.models import Appointment
from journal.models import Communication
from patients.identity import IdentityText, new_identity
from patients.models import Consent, Identity, MedicationStatement, Patient
from patients.programmes import Programme
from tests.db.followups.recording import save
from tests.world import World

HYPERTENSION, DIABETES = Programme.HYPERTENSION, Programme.DIABETES
NAMES = {
    "doctor": "周文博",
    "colleague": "秦晓岚",
    "nurse": "冯丽",
    "team_lead": "罗晓燕",
    "centre_admin": "邓建国",
    "specialist": "许敏",
    "second_specialist": "陈立",
    "alliance_admin": "何志远",
    "outsider": "唐宇",
}
TEAMS = ("第三片区团队", "第四片区团队", "第五片区团队")
#: A resident's own numbers; the checksum of the document number is right.
LI_NUMBER, LI_PHONE = "500113195803022840", "13896541207"


@dataclass
class Story:
    """The world before the first page is opened.

    `li` has hypertension and diabetes, a first uncontrolled pressure two weeks ago, and a live contract; `wang` is
    overdue, `zhao` is due tomorrow and has agreed to be reminded by mail, so has `qian`, who is not due; `stranger`
    belongs to another centre.
    """

    world: World
    li: Patient
    wang: Patient
    zhao: Patient
    qian: Patient
    stranger: Patient

    def __getattr__(self, name: str) -> Any:
        """Everything of the world is at hand: `story.centre`, `story.doctor`."""
        return getattr(self.__dict__["world"], name)


def days_ago(days: int) -> date:
    """A day before today."""
    return timezone.localdate() - timedelta(days=days)


def tell(world: World) -> Story:
    """Set the stage."""
    for part, name in NAMES.items():
        world.users[part].name = name
        world.users[part].save(update_fields=["name"])
    for number, name in enumerate(TEAMS, start=3):
        CareTeam.objects.create(organization=world.centre, code=f"t{number}", name=name)
    world.user("other_admin", Role.ORGANIZATION_ADMIN, world.other_centre)
    li = world.patient("李佩兰", HYPERTENSION, DIABETES, number=LI_NUMBER, phone=LI_PHONE)
    _visited_before(world, li)
    wang = world.patient("王国强", HYPERTENSION, born=date(1961, 8, 9), sex="male", phone="13900000001")
    save(world, wang, days_ago(100).isoformat(), systolic=132, diastolic=80)
    zhao = world.patient("赵玉兰", HYPERTENSION, born=date(1955, 5, 5), phone="13900000002")
    save(world, zhao, days_ago(60).isoformat(), systolic=128, diastolic=78)
    _writes_to(zhao, "zhao@example.test")
    _due_tomorrow(zhao)
    qian = world.patient("钱晚来", HYPERTENSION, DIABETES, born=date(1970, 1, 7))
    save(world, qian, days_ago(1).isoformat(), systolic=126, diastolic=76, fasting_glucose=5.8)
    _writes_to(qian, "qian@example.test")
    stranger = world.patient("孙外院", HYPERTENSION, organization=world.other_centre, phone="13900000003")
    return Story(world, _again(li), _again(wang), _again(zhao), _again(qian), stranger)


def _visited_before(world: World, patient: Patient) -> None:
    """Eleven months under control, then a pressure that is not: the next one above the line is the second."""
    for days, systolic, glucose in ((300, 142, 6.8), (210, 138, 6.5), (120, 146, 6.9), (14, 152, 6.4)):
        save(
            world,
            patient,
            days_ago(days).isoformat(),
            systolic=systolic,
            diastolic=86,
            fasting_glucose=glucose,
        )
    for name, dosage in (("苯磺酸氨氯地平片", "5 mg 每日1次"), ("盐酸二甲双胍片", "0.5 g 每日2次")):
        MedicationStatement.objects.create(
            patient=patient,
            organization=patient.organization,
            name=name,
            dosage=dosage,
            started_on=days_ago(200),
        )


def _due_tomorrow(patient: Patient) -> None:
    """Book tomorrow as an import does: without a reminder."""
    Communication.objects.filter(patient_id=patient.pk).delete()
    Appointment.objects.filter(patient=patient).delete()
    Appointment.objects.create(
        patient=patient, organization=patient.organization, care_team=patient.care_team,
        due_on=days_ago(-1), booked_on=days_ago(60),
    )  # fmt: skip


def _writes_to(patient: Patient, email: str) -> None:
    """The resident has an address and agreed to be reminded."""
    Identity.objects.filter(pk=patient.pk).delete()
    new_identity(patient.pk, patient.organization_id, IdentityText(email=email)).save()
    Consent.objects.create(patient=patient, kind="reminder", given=True, at=timezone.now())


def booked(patient: Patient) -> Appointment:
    """The one open follow-up."""
    return Appointment.objects.booked().get(patient=patient)


def _again(patient: Patient) -> Patient:
    return Patient.objects.get(pk=patient.pk)


def path_of(name: str, key: UUID | int) -> str:
    """The address of a page about one row."""
    from django.urls import reverse

    return reverse(name, args=[key])
