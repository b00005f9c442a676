"""Emergency access: asked for by the full number alone, opened once, for reading, for a while, told and judged."""

import threading
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from psycopg2.extras import DateRange

from alliances.models import AllianceMembership, Organization, PractitionerRole, Role
from alliances.officers import watched, watched_by_anybody
from alliances.permissions import Permission
from alliances.scope import scope_of
from journal.models import AuditEvent, Communication
from patients import emergency
from patients.emergency import Standing
from patients.identifiers import ResidentNumberError
from patients.models import (
    AccessGrant,
    EmergencyAccess,
    EmergencyFinding,
    EmergencyReason,
    Encounter,
    Patient,
)
from patients.programmes import Programme
from tests.numbers import resident_number
from tests.world import SINCE, World

NUMBER = resident_number(7)
TEXT = "居民昏迷送来急诊，需了解既往病史"


@pytest.fixture
def resident(world: World) -> Patient:
    return world.patient("李佩兰", Programme.HYPERTENSION, number=NUMBER)


def ask(world: World, part: str = "specialist", number: str = NUMBER) -> emergency.Answer:
    return emergency.look_up(number, by=world.users[part], at=timezone.now())


def opened(
    world: World, patient: Patient, part: str = "specialist", at: datetime | None = None, **more: Any
) -> EmergencyAccess:
    said = {"organization": world.secondary, "reason": EmergencyReason.EMERGENCY, "text": TEXT} | more
    return emergency.open_record(patient, by=world.users[part], at=at or timezone.now(), **said)


def seen_by(world: World, part: str, **more: Any) -> list[Patient]:
    world.users[part].__dict__.pop("_scopes", None)
    return list(Patient.objects.visible_to(world.users[part], **more))


def test_the_full_number_says_where_and_every_question_leaves_a_line_without_it(
    world: World, resident: Patient
) -> None:
    assert ask(world).standing == Standing.ELSEWHERE
    assert ask(world, "doctor").standing == Standing.YOURS
    assert ask(world, number=resident_number(8)).standing == Standing.NOBODY
    world.patient("乙", team=world.second_team, number=resident_number(9))
    assert ask(world, "team_lead", resident_number(9)).standing == Standing.ANOTHER_TEAM
    lines = AuditEvent.objects.filter(action=emergency.ASKED).order_by("pk")
    assert [line.detail["answer"] for line in lines] == ["elsewhere", "yours", "nobody", "another_team"]
    assert [line.patient_id for line in lines][:3] == [resident.pk, resident.pk, None]
    assert not any(NUMBER in str(vars(line)) for line in lines)


@pytest.mark.parametrize("text", ["", "李佩兰", NUMBER[-6:], NUMBER[:17], "13812345678", NUMBER[:17] + "?"])
def test_nothing_but_a_full_number_is_asked_for(world: World, resident: Patient, text: str) -> None:
    with pytest.raises(ResidentNumberError):
        ask(world, number=text)
    assert not AuditEvent.objects.filter(action=emergency.ASKED).exists()


def test_a_number_is_read_as_people_type_it(world: World, resident: Patient) -> None:
    wide = NUMBER.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert ask(world, number=f" {wide[:6]} {wide[6:]}").standing == Standing.ELSEWHERE


def test_a_person_asks_so_often_and_no_more(world: World, resident: Patient, settings: Any) -> None:
    settings.BREAK_GLASS_LOOKUPS_A_DAY = 3
    for n in range(3):
        ask(world, number=resident_number(20 + n))
    with pytest.raises(emergency.TooManyLookUps):
        ask(world)
    assert ask(world, "second_specialist").standing == Standing.ELSEWHERE
    later = timezone.now() + timedelta(days=1, minutes=1)
    assert emergency.look_up(NUMBER, by=world.specialist, at=later).standing == Standing.ELSEWHERE


def test_an_address_asks_so_often_whoever_sits_there(world: World, resident: Patient, settings: Any) -> None:
    from journal import audit

    settings.BREAK_GLASS_LOOKUPS_AN_HOUR_AT_AN_ADDRESS = 2
    audit.at_address("10.1.2.3")
    try:
        ask(world)
        ask(world, "second_specialist")
        with pytest.raises(emergency.TooManyLookUps):
            ask(world, "other_specialist")
    finally:
        audit.at_address(None)
    assert ask(world, "other_specialist").standing == Standing.ELSEWHERE


def test_questions_at_the_same_moment_are_counted_one_after_the_other(
    committed_world: World, settings: Any
) -> None:
    settings.BREAK_GLASS_LOOKUPS_A_DAY = 1
    outcome = []

    def question() -> None:
        try:
            ask(committed_world)
            outcome.append("answered")
        except emergency.TooManyLookUps:
            outcome.append("refused")
        finally:
            connection.close()

    together(question, question, question)
    assert sorted(outcome) == ["answered", "refused", "refused"]


def together(*acts: Any) -> None:
    threads = [threading.Thread(target=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_an_open_record_is_read_and_nothing_else_by_one_person_alone(world: World, resident: Patient) -> None:
    assert seen_by(world, "specialist") == []
    access = opened(world, resident)
    assert seen_by(world, "specialist") == [resident]
    assert seen_by(world, "second_specialist") == []
    for permission in Permission:
        assert seen_by(world, "specialist", doing=permission) == [], permission
    assert access.ends_at - access.opened_at == timedelta(hours=24)
    line = AuditEvent.objects.get(action="patient.break_glass")
    assert (line.patient_id, line.detail["reason"]) == (resident.pk, "emergency")


def test_it_ends_to_the_minute_within_the_days_of_the_grant(
    world: World, resident: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = opened(world, resident)
    grant = AccessGrant.objects.get()
    today = timezone.localdate()
    assert (grant.user, grant.period) == (
        world.specialist,
        DateRange(today, timezone.localdate(access.ends_at) + timedelta(days=1)),
    )
    for minutes, seen in ((-1, [resident]), (1, [])):
        moment = access.ends_at + timedelta(minutes=minutes)
        monkeypatch.setattr("patients.scope.timezone.now", lambda moment=moment: moment)
        assert seen_by(world, "specialist", on=timezone.localdate(access.ends_at)) == seen


def test_it_ends_with_the_post_from_which_it_was_opened(world: World, resident: Patient) -> None:
    opened(world, resident)
    post = PractitionerRole.objects.get(user=world.specialist)
    post.period = DateRange(SINCE, timezone.localdate())
    post.save()
    assert seen_by(world, "specialist") == []
    PractitionerRole.objects.create(
        user=world.specialist, role=Role.SPECIALIST, organization=world.tertiary,
        department=world.tertiary_cardiology, period=DateRange(SINCE, None),
    )  # fmt: skip
    assert seen_by(world, "specialist") == []


def test_another_program_with_the_persons_token_sees_nothing_of_it(world: World, resident: Patient) -> None:
    opened(world, resident)
    world.specialist.by_token = True
    assert seen_by(world, "specialist") == []
    assert scope_of(world.specialist).emergency_user_id is None


def test_opened_twice_it_is_the_one_that_runs(world: World, resident: Patient) -> None:
    assert opened(world, resident) == opened(world, resident, text="又一次打开同一份档案的说明")
    assert (EmergencyAccess.objects.count(), AccessGrant.objects.count()) == (1, 1)
    assert Communication.objects.filter(kind="emergency_opened").count() == 1


def test_two_tabs_opening_at_once_make_one_grant(committed_world: World) -> None:
    patient = committed_world.patient("甲", number=NUMBER)
    both = threading.Barrier(2)

    def act() -> None:
        both.wait()
        try:
            opened(committed_world, patient)
        finally:
            connection.close()

    together(act, act)
    assert (EmergencyAccess.objects.count(), AccessGrant.objects.count()) == (1, 1)


def test_the_database_refuses_a_second_access_in_the_same_time(world: World, resident: Patient) -> None:
    access = opened(world, resident)
    access.pk, access.grant_id = None, None
    grant = AccessGrant.objects.get()
    grant.pk = None
    grant.save()
    access.grant = grant
    with pytest.raises(IntegrityError, match="one_at_a_time"), transaction.atomic():
        access.save(force_insert=True)


@pytest.mark.parametrize("text", ["", "急诊", " " * 20, "　急诊抢救病人　 "])
def test_an_emergency_is_told_in_a_sentence(world: World, resident: Patient, text: str) -> None:
    with pytest.raises(emergency.ReasonTooShort):
        opened(world, resident, text=text)
    assert not AccessGrant.objects.exists()


def test_who_sees_the_record_anyhow_opens_no_emergency(world: World, resident: Patient) -> None:
    with pytest.raises(emergency.AlreadyOpen):
        opened(world, resident, "doctor", organization=world.centre)


def test_the_team_is_told_and_without_a_team_those_who_run_the_centre(
    world: World, resident: Patient
) -> None:
    opened(world, resident)
    told = Communication.objects.get(kind="emergency_opened")
    assert (told.recipient_kind, told.recipient_id) == ("team", str(world.team.pk))
    assert told.content["params"] == {"person": "specialist", "place": "巴南区人民医院"}
    assert TEXT not in str(told.content)
    alone = world.patient("乙")
    Patient.objects.filter(pk=alone.pk).update(care_team=None)
    opened(world, alone)
    told = Communication.objects.get(kind="emergency_opened", patient_id=alone.pk)
    assert (told.recipient_kind, told.recipient_id) == ("user", str(world.centre_admin.pk))


def test_it_can_be_ended_before_its_time_and_opened_again(world: World, resident: Patient) -> None:
    access = opened(world, resident)
    ended = emergency.end(access, by=world.specialist, at=timezone.now())
    assert seen_by(world, "specialist") == []
    assert ended.ended_by == world.specialist
    emergency.end(access, by=world.privacy_officer, at=timezone.now() + timedelta(hours=1))
    assert EmergencyAccess.objects.get().ended_by == world.specialist
    assert AuditEvent.objects.filter(action="patient.break_glass_end").count() == 1
    assert opened(world, resident, at=timezone.now() + timedelta(seconds=1)).pk != access.pk


def judge(
    world: World, access: EmergencyAccess, finding: EmergencyFinding, text: str = "", **more: Any
) -> EmergencyAccess:
    said = {"by": world.privacy_officer, "at": timezone.now()} | more
    return emergency.review(access, finding=finding, text=text, **said)


def test_a_justified_access_goes_on_and_its_opener_is_told(world: World, resident: Patient) -> None:
    access = judge(world, opened(world, resident), EmergencyFinding.JUSTIFIED)
    assert access.is_live(at=timezone.now())
    told = Communication.objects.get(kind="emergency_reviewed")
    assert (told.recipient_id, told.patient_id) == (str(world.specialist.pk), None)
    assert AuditEvent.objects.get(action="patient.break_glass_review").detail == {"finding": "justified"}


def test_an_unjustified_access_ends_at_once_and_the_team_is_told_too(world: World, resident: Patient) -> None:
    access = opened(world, resident)
    with pytest.raises(emergency.ReasonTooShort):
        judge(world, access, EmergencyFinding.UNJUSTIFIED, "不合理")
    judge(world, access, EmergencyFinding.UNJUSTIFIED, "该居民当日并未到院就诊，属于私自查看")
    assert seen_by(world, "specialist") == []
    assert Communication.objects.filter(kind="emergency_unjustified", recipient_kind="team").exists()


def test_a_finding_stands_and_nobody_judges_an_opening_of_their_own(world: World, resident: Patient) -> None:
    access = opened(world, resident)
    with pytest.raises(emergency.OwnOpening):
        judge(world, access, EmergencyFinding.JUSTIFIED, by=world.specialist)
    judge(world, access, EmergencyFinding.JUSTIFIED)
    with pytest.raises(emergency.AlreadyReviewed):
        judge(world, access, EmergencyFinding.UNJUSTIFIED, "后来又觉得不合理，想改结论")


def test_a_week_without_review_is_overdue(world: World, resident: Patient) -> None:
    access = opened(world, resident)
    for days, overdue in ((6, False), (7, True)):
        moment = access.opened_at + timedelta(days=days)
        assert access.is_overdue(at=moment) is overdue
        assert EmergencyAccess.objects.overdue(at=moment).exists() is overdue
    judge(world, access, EmergencyFinding.JUSTIFIED)
    assert not EmergencyAccess.objects.overdue(at=timezone.now() + timedelta(days=9)).exists()


def reviewed_by(world: World, part: str) -> list[EmergencyAccess]:
    on = timezone.localdate()
    posts = PractitionerRole.objects.live(on=on).filter(user=world.users[part])
    return list(
        EmergencyAccess.objects.for_review(
            watched=watched(posts, on=on), watched_by_others=watched_by_anybody(on=on)
        )
    )


def test_the_officer_of_the_residents_side_reviews_and_the_openers_only_where_there_is_none(
    world: World, resident: Patient
) -> None:
    access = opened(world, resident)
    far = Organization.objects.create(code="far", name="外区医院", tier="secondary")
    world.user("far_officer", Role.PRIVACY_OFFICER, far)
    assert reviewed_by(world, "privacy_officer") == [access]
    assert reviewed_by(world, "far_officer") == []
    assert reviewed_by(world, "operator") == []
    # Opened from far away: it is the resident's side that judges.
    EmergencyAccess.objects.update(organization=far)
    assert (reviewed_by(world, "privacy_officer"), reviewed_by(world, "far_officer")) == ([access], [])
    # The centre has left the alliance and nobody watches over it: the opener's officer does.
    AllianceMembership.objects.filter(organization=world.centre).update(
        period=DateRange(SINCE, date(2021, 1, 1))
    )
    assert (reviewed_by(world, "privacy_officer"), reviewed_by(world, "far_officer")) == ([], [access])


def test_what_belongs_to_the_record_is_read_with_it(world: World, resident: Patient) -> None:
    visit = Encounter.objects.create(
        patient=resident, organization=world.centre, care_team=world.team, practitioner=world.doctor,
        on=timezone.localdate(), method="clinic", recorded_at=timezone.now(),
    )  # fmt: skip
    assert not Encounter.objects.visible_to(world.specialist).exists()
    opened(world, resident)
    world.specialist.__dict__.pop("_scopes")
    assert list(Encounter.objects.visible_to(world.specialist)) == [visit]
