"""Trainings: planned, invited in bulk, attendance for all at once, hours, and the workbook."""

from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
from django.db import IntegrityError, transaction

from alliances import training as trainings
from alliances.models import Attendance, Organization, Role, Training, TrainingAttendance
from alliances.training import TrainingRefused
from alliances.training_workbook import attendance, workbook
from journal.models import AuditEvent, Communication
from tests.world import World, at

BEGINS = at("2026-11-18T14:00")
NOW = at("2026-11-20T10:00")


def make(world: World, **changes: object) -> Training:
    by = changes.pop("by", world.centre_admin)
    given = {"organization": world.centre, "title": "高血压规范管理", "begins_at": BEGINS, "minutes": 90}
    return trainings.plan(Training(**(given | changes)), by=by)


def everybody(world: World, training: Training) -> int:
    roles = [Role.GENERAL_PRACTITIONER, Role.NURSE, Role.TEAM_LEAD]
    return trainings.invite(training, [world.centre], roles, at=NOW, by=world.centre_admin)


def marks(training: Training, status: Attendance) -> dict[int, Attendance]:
    return dict.fromkeys(training.attendances.values_list("pk", flat=True), status)


def test_one_plans_for_the_organizations_in_reach_and_their_alliances(world: World) -> None:
    mine = make(world, alliance=world.alliance)
    assert mine in trainings.organized_by(world.centre_admin)
    assert mine in trainings.organized_by(world.alliance_admin)
    stranger = world.user("stranger", Role.ORGANIZATION_ADMIN, world.other_centre)
    assert mine not in trainings.organized_by(stranger)
    with pytest.raises(TrainingRefused, match="不能为该机构"):
        make(world, by=stranger)
    world.alliance.memberships.filter(organization=world.centre).delete()
    with pytest.raises(TrainingRefused, match="不属于此医联体"):
        make(world, alliance=world.alliance)


def test_people_are_invited_by_organization_and_role_once(world: World) -> None:
    training = make(world)
    assert everybody(world, training) == 4
    invited = set(training.attendances.values_list("user__name", flat=True))
    assert invited == {"doctor", "colleague", "nurse", "team_lead"}
    trainings.attend(training, marks(training, Attendance.ATTENDED), at=NOW, by=world.centre_admin)
    world.user("late", Role.NURSE, world.centre)
    assert everybody(world, training) == 1
    assert training.attendances.filter(status=Attendance.ATTENDED).count() == 4
    assert Communication.objects.filter(kind="training_invited", recipient_kind="user").count() == 5


def test_people_of_other_organizations_only_when_it_is_for_the_alliance(world: World) -> None:
    with pytest.raises(TrainingRefused, match="不能邀请"):
        trainings.invite(make(world), [world.secondary], [Role.SPECIALIST], at=NOW, by=world.centre_admin)
    whole = make(world, alliance=world.alliance)
    assert trainings.invite(whole, [world.secondary], [Role.SPECIALIST], at=NOW, by=world.centre_admin) == 3


def test_attendance_is_recorded_for_all_at_once_from_the_day_on(world: World) -> None:
    training = make(world, begins_at=NOW + timedelta(days=1))
    everybody(world, training)
    with pytest.raises(TrainingRefused, match="当天起"):
        trainings.attend(training, marks(training, Attendance.ATTENDED), at=NOW, by=world.centre_admin)
    later = NOW + timedelta(days=1)
    chosen = marks(training, Attendance.ATTENDED)
    chosen[next(iter(chosen))] = Attendance.ABSENT
    assert trainings.attend(training, chosen, at=later, by=world.centre_admin) == 4
    assert trainings.attend(training, chosen, at=later, by=world.centre_admin) == 0
    lines = AuditEvent.objects.filter(action="training.attend")
    assert [line.detail["marked"] for line in lines] == [{"attended": 3, "absent": 1}]


def test_marks_of_another_training_change_nothing(world: World) -> None:
    training, other = make(world), make(world, title="另一场")
    everybody(world, training)
    everybody(world, other)
    assert trainings.attend(training, marks(other, Attendance.ATTENDED), at=NOW, by=world.centre_admin) == 0


def test_a_cancelled_training_tells_everybody_and_gives_no_hours(world: World) -> None:
    training = make(world)
    everybody(world, training)
    trainings.attend(training, marks(training, Attendance.ATTENDED), at=NOW, by=world.centre_admin)
    assert trainings.minutes_of(world.doctor, year=2026) == 90
    trainings.cancel(training, "讲师临时有事", at=NOW, by=world.centre_admin)
    assert trainings.minutes_of(world.doctor, year=2026) == 0
    told = Communication.objects.filter(kind="training_cancelled")
    assert told.count() == 4
    assert told[0].content["params"]["reason"] == "讲师临时有事"
    for act in (
        lambda: trainings.cancel(training, "再", at=NOW, by=world.centre_admin),
        lambda: everybody(world, training),
        lambda: trainings.attend(training, {}, at=NOW, by=world.centre_admin),
        lambda: trainings.change(training, by=world.centre_admin),
    ):
        with pytest.raises(TrainingRefused, match="已取消"):
            act()
    with pytest.raises(IntegrityError, match="training_cancelled_with_reason"), transaction.atomic():
        Training.objects.filter(pk=training.pk).update(cancel_reason="")


def test_hours_are_minutes_of_attended_trainings_of_the_year_in_shanghai(
    world: World, django_assert_num_queries
) -> None:
    in_time = make(world, begins_at=at("2026-12-31T23:30"), minutes=60)
    after = make(world, begins_at=at("2027-01-01T00:30"), minutes=45)
    for training in (in_time, after):
        everybody(world, training)
        trainings.attend(
            training, marks(training, Attendance.ATTENDED), at=at("2027-01-02T08:00"), by=world.centre_admin
        )
    row = TrainingAttendance.objects.get(training=in_time, user=world.nurse)
    trainings.attend(in_time, {row.pk: Attendance.EXCUSED}, at=at("2027-01-02T08:00"), by=world.centre_admin)
    with django_assert_num_queries(1):
        found = {
            line["name"]: (line["came"], line["invited"], line["minutes"])
            for line in trainings.hours(Organization.objects.all(), year=2026)
        }
    assert found["doctor"] == (1, 1, 60)
    assert found["nurse"] == (0, 1, 0)
    assert trainings.minutes_of(world.nurse, year=2027) == 45


def test_the_workbook_says_who_took_it_when_and_holds_only_what_is_in_reach(world: World) -> None:
    training = make(world)
    everybody(world, training)
    trainings.attend(training, marks(training, Attendance.ATTENDED), at=NOW, by=world.centre_admin)
    make(world, title="已取消", begins_at=BEGINS)
    rows = attendance(Organization.objects.filter(pk=world.centre.pk), year=2026)
    with workbook(rows.iterator(), title="出勤", by=world.centre_admin, at=NOW) as file:
        sheet = openpyxl.load_workbook(BytesIO(file.read())).active
    assert sheet["A2"].value == "centre_admin (centre-admin) 于 2026-11-20 10:00 导出"
    people = [row[0].value for row in sheet.iter_rows(min_row=4)]
    assert people == ["colleague", "doctor", "nurse", "team_lead"]
    assert (sheet["F4"].value, sheet["G4"].value, sheet["I4"].value) == ("2026-11-18 14:00", 90, 90)
    assert not attendance(Organization.objects.filter(pk=world.other_centre.pk), year=2026).exists()
