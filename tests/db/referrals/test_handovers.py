"""The way there and back: what each step writes, whom it tells, which clock it winds."""

import json
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.utils import timezone

from followups.models import Appointment, AppointmentReason, CarePlan, CarePlanRevision
from journal.models import AuditEvent, Communication
from patients import enrolment
from patients.models import AccessGrant, Consent, Enrolment, Patient, Task
from patients.models.condition import EndReason
from patients.models.task import TaskKind, TaskStatus, Urgency
from patients.programmes import Programme
from referrals import handovers
from referrals.handovers import CloseReason, DeclineReason, Overtaken, Refused, Reply
from referrals.models import CaseSnapshot, ReferralReply, ReferralStatus, ServiceRequest, State
from tests.db.referrals.conftest import FRIDAY, REPLY, bring_to, later, letter
from tests.world import World, at

Staged = Callable[[str], ServiceRequest]


def messages(request: ServiceRequest) -> list[tuple[str, str, str]]:
    """(kind, recipient kind, recipient) of the notices of a request, in order."""
    posted = Communication.objects.filter(key__startswith=f"referral:{request.pk}:")
    return list(posted.order_by("created_at", "id").values_list("kind", "recipient_kind", "recipient_id"))


def advise(patient: Patient) -> Task:
    return Task.objects.create(
        patient=patient, kind=TaskKind.REFERRAL_ADVISED, organization=patient.organization,
        care_team=patient.care_team, programme=Programme.HYPERTENSION,
    )  # fmt: skip


def test_sending_writes_consent_steps_and_snapshot_and_tells_the_department(
    world: World, sent: ServiceRequest
) -> None:
    consent = Consent.objects.get(pk=sent.consent_id)
    assert (consent.given, consent.recorded_by) == (True, world.doctor)
    assert list(sent.steps.values_list("event", "to_state", "role")) == [
        ("draft", "draft", "general_practitioner"),
        ("submit", "submitted", "general_practitioner"),
    ]
    assert CaseSnapshot.objects.filter(pk=sent.pk).exists()
    assert messages(sent) == [("referral_submit", "department", str(world.cardiology.pk))]
    assert AuditEvent.objects.filter(action="referral.send", subject_id=str(sent.pk)).count() == 1


def test_the_answer_clock_of_a_routine_request_stands_still_over_the_weekend(sent: ServiceRequest) -> None:
    assert sent.due_at == at("2026-11-24T10:00")


def test_sending_answers_the_advice(world: World, patient: Patient) -> None:
    task = advise(patient)
    request = handovers.send(patient, letter(world), by=world.doctor, at=FRIDAY)
    task.refresh_from_db()
    assert (task.status, task.completed_by) == (TaskStatus.COMPLETED, world.doctor)
    assert request.task_id == task.pk


def test_an_open_request_for_the_same_disease_is_named(
    world: World, patient: Patient, sent: ServiceRequest
) -> None:
    with pytest.raises(Refused, match=sent.number):
        handovers.send(patient, letter(world), by=world.colleague, at=later(1))


def test_after_a_decline_a_new_request_is_allowed(
    world: World, patient: Patient, sent: ServiceRequest
) -> None:
    handovers.decline(sent.pk, DeclineReason.NOT_NEEDED, "社区可加用利尿剂", by=world.specialist, at=later(1))
    again = handovers.send(patient, letter(world), by=world.doctor, at=later(2))
    assert again.state == State.SUBMITTED
    assert AccessGrant.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"consent": False}, "consent"),
        ({"consent": None}, "consent"),
        ({"reason": " "}, "reason"),
    ],
)
def test_a_letter_without_consent_or_reason_is_refused(
    world: World, patient: Patient, changes: dict[str, object], code: str
) -> None:
    with pytest.raises(Refused) as refused:
        handovers.send(patient, letter(world, **changes), by=world.doctor, at=FRIDAY)
    assert refused.value.code == code
    assert not ServiceRequest.objects.exists()
    assert not Consent.objects.exists()


def test_why_consent_could_not_be_asked_is_kept(world: World, patient: Patient) -> None:
    words = letter(world, consent=None, not_asked_because="意识不清，家属未到", urgency=Urgency.EMERGENCY)
    request = handovers.send(patient, words, by=world.doctor, at=FRIDAY)
    assert Consent.objects.get(pk=request.consent_id).not_asked_because == "意识不清，家属未到"
    assert request.due_at == FRIDAY + timedelta(minutes=30)


def test_skipping_to_a_tertiary_hospital_asks_for_a_reason_unless_emergency(
    world: World, patient: Patient
) -> None:
    far = letter(world, target=world.tertiary_cardiology)
    with pytest.raises(Refused) as refused:
        handovers.send(patient, far, by=world.doctor, at=FRIDAY)
    assert refused.value.code == "skip_reason"
    urgent = letter(world, target=world.tertiary_cardiology, urgency=Urgency.EMERGENCY)
    assert handovers.send(patient, urgent, by=world.doctor, at=FRIDAY).state == State.SUBMITTED


def test_only_the_doctors_of_the_resident_may_send(world: World, patient: Patient) -> None:
    for user in (world.nurse, world.outsider, world.specialist, world.centre_admin):
        with pytest.raises(Refused):
            handovers.send(patient, letter(world), by=user, at=FRIDAY)
    assert handovers.send(patient, letter(world), by=world.team_lead, at=FRIDAY).state == State.SUBMITTED


def test_asking_stops_the_clock_and_the_answer_lets_it_go_on(world: World, sent: ServiceRequest) -> None:
    handovers.ask(sent.pk, "近期肝功能？", by=world.specialist, at=later(6))
    asked = ServiceRequest.objects.get(pk=sent.pk)
    assert asked.clock_left == timedelta(hours=42)
    assert asked.due_at == at("2026-11-23T16:00")  # one working day for the sender, over the weekend
    handovers.answer(sent.pk, "正常", by=world.doctor, at=at("2026-11-23T09:00"))
    answered = ServiceRequest.objects.get(pk=sent.pk)
    assert answered.state == State.SUBMITTED
    assert answered.due_at == at("2026-11-25T03:00")
    assert messages(sent)[1:] == [
        ("referral_ask", "team", str(world.team.pk)),
        ("referral_answer", "department", str(world.cardiology.pk)),
    ]


def test_accepting_opens_the_record_to_the_department_and_to_nobody_else(
    world: World, sent: ServiceRequest, patient: Patient
) -> None:
    on = FRIDAY.date()
    assert not Patient.objects.visible_to(world.specialist, on=on).exists()
    handovers.accept(sent.pk, by=world.specialist, at=later(1))
    for user in (world.specialist, world.second_specialist):
        assert Patient.objects.visible_to(user, on=on).get() == patient
    assert not Patient.objects.visible_to(world.other_specialist, on=on).exists()
    assert not Patient.objects.visible_to(world.outsider, on=on).exists()


def test_the_record_closes_thirty_days_after_the_return(
    world: World, staged: Staged, patient: Patient
) -> None:
    staged("returned")
    returned_on = later(96).date()
    seen = [
        Patient.objects.visible_to(
            type(world.specialist).objects.get(pk=world.specialist.pk), on=day
        ).exists()
        for day in (returned_on, returned_on + timedelta(days=30), returned_on + timedelta(days=31))
    ]
    assert seen == [True, True, False]


def test_accepting_and_scheduling_may_be_one_action(world: World, sent: ServiceRequest) -> None:
    handovers.accept(sent.pk, by=world.specialist, at=later(1), slot=later(48), place="3 诊室")
    request = ServiceRequest.objects.get(pk=sent.pk)
    assert (request.state, request.scheduled_for, request.place) == (
        State.SCHEDULED,
        later(48),
        "3 诊室",
    )
    assert request.due_at == later(72)


def test_the_second_desk_is_told_who_was_first(world: World, sent: ServiceRequest) -> None:
    handovers.accept(sent.pk, by=world.specialist, at=later(1))
    with pytest.raises(Overtaken, match="specialist"):
        handovers.decline(
            sent.pk, DeclineReason.NOT_NEEDED, "社区可管", by=world.second_specialist, at=later(2)
        )


def test_the_receiver_cannot_complete_and_the_sender_cannot_accept(world: World, staged: Staged) -> None:
    request = staged("submitted")
    with pytest.raises(Refused):
        handovers.accept(request.pk, by=world.doctor, at=later(1))
    staged("returned")
    with pytest.raises(Refused):
        handovers.confirm(request.pk, by=world.specialist, at=later(97))
    assert ServiceRequest.objects.get(pk=request.pk).state == State.RETURNED


def test_returning_signs_the_plan_and_asks_the_team_to_confirm(
    world: World, staged: Staged, patient: Patient
) -> None:
    request = staged("returned")
    plan = CarePlan.objects.get(patient=patient)
    assert (plan.revision, plan.signed_by, plan.signed_for) == (1, world.specialist, world.secondary)
    assert "缬沙坦 80 mg" in plan.treatment
    assert CarePlanRevision.objects.get(plan=plan).basis_id == request.pk
    assert ReferralReply.objects.get(pk=request.pk).next_check_on == date(2027, 2, 12)
    task = Task.objects.open().get(patient=patient, kind=TaskKind.CONFIRM_RETURN)
    assert (task.care_team, task.due_at) == (world.team, request.due_at)


def test_a_return_without_a_plan_is_refused(world: World, staged: Staged) -> None:
    request = staged("attended")
    with pytest.raises(Refused) as refused:
        handovers.return_(request.pk, Reply("高血压", "观察", " "), by=world.specialist, at=later(96))
    assert refused.value.code == "reply"
    assert not CarePlan.objects.filter(revision__gt=0).exists()


def test_confirming_completes_and_brings_the_follow_up_forward(
    world: World, staged: Staged, patient: Patient
) -> None:
    Appointment.objects.booked().filter(patient=patient).update(due_on=date(2027, 2, 1))
    request = staged("completed")
    due = Appointment.objects.booked().get(patient=patient)
    assert due.due_on == later(97).date() + timedelta(days=7)
    assert due.reason == AppointmentReason.RETURNED
    assert request.state == State.COMPLETED
    assert request.due_at is None
    task = Task.objects.get(patient=patient, kind=TaskKind.CONFIRM_RETURN)
    assert (task.status, task.completed_by) == (TaskStatus.COMPLETED, world.doctor)


def test_confirming_books_nothing_for_somebody_in_no_programme(
    world: World, staged: Staged, patient: Patient
) -> None:
    staged("returned")
    for running in Enrolment.objects.filter(patient=patient):
        enrolment.end(running, on=later(90).date(), reason=EndReason.RECOVERED, by=world.doctor)
    request = ServiceRequest.objects.get(patient=patient)
    handovers.confirm(request.pk, by=world.doctor, at=later(97))
    assert not Appointment.objects.booked().filter(patient=patient).exists()


def test_a_referral_never_changes_who_is_responsible(world: World, staged: Staged, patient: Patient) -> None:
    staged("completed")
    patient.refresh_from_db()
    assert (patient.organization, patient.care_team) == (world.centre, world.team)
    assert patient.responsibilities.count() == 1


def test_passing_on_makes_a_linked_request_with_a_fresh_clock(
    world: World, sent: ServiceRequest, patient: Patient
) -> None:
    onward = handovers.redirect(
        sent.pk, world.endocrinology, "以血糖问题为主", by=world.specialist, at=later(24)
    )
    assert ServiceRequest.objects.get(pk=sent.pk).state == State.REDIRECTED
    assert (onward.state, onward.redirected_from_id, onward.due_at) == (
        State.SUBMITTED,
        sent.pk,
        at("2026-11-25T00:00"),
    )
    assert CaseSnapshot.objects.get(pk=onward.pk).content == CaseSnapshot.objects.get(pk=sent.pk).content
    assert ("referral_redirect", "department", str(world.endocrinology.pk)) in messages(onward)
    assert handovers.accept(onward.pk, by=world.other_specialist, at=later(25)).to_state == State.ACCEPTED


def test_passing_on_to_oneself_is_refused(world: World, sent: ServiceRequest) -> None:
    with pytest.raises(Refused):
        handovers.redirect(sent.pk, world.cardiology, "…", by=world.specialist, at=later(1))


def test_who_does_not_come_is_called_by_the_team(world: World, staged: Staged, patient: Patient) -> None:
    request = staged("scheduled")
    handovers.miss(request.pk, by=world.specialist, at=later(96))
    task = Task.objects.open().get(patient=patient, kind=TaskKind.CALL_NO_SHOW)
    assert task.due_at == later(96) + timedelta(days=3)
    handovers.schedule(request.pk, later(200), "", by=world.specialist, at=later(97))
    assert ServiceRequest.objects.get(pk=request.pk).state == State.SCHEDULED


def test_a_refused_cancellation_goes_back_to_where_it_stood(world: World, staged: Staged) -> None:
    request = staged("scheduled")
    due = request.due_at
    handovers.ask_to_cancel(request.pk, "居民改变主意", by=world.doctor, at=later(10))
    handovers.refuse(request.pk, "已预留床位，请劝说", by=world.specialist, at=later(12))
    back = ServiceRequest.objects.get(pk=request.pk)
    assert (back.state, back.due_at) == (State.SCHEDULED, due + timedelta(hours=2))


def test_an_agreed_cancellation_ends_the_access(world: World, staged: Staged) -> None:
    request = staged("accepted")
    handovers.ask_to_cancel(request.pk, "居民已自行就诊", by=world.doctor, at=later(10))
    handovers.agree(request.pk, by=world.specialist, at=later(12))
    assert ServiceRequest.objects.get(pk=request.pk).state == State.CANCELLED
    assert AccessGrant.objects.get().period.upper == later(12).date() + timedelta(days=31)


def test_a_case_may_end_without_a_return(world: World, staged: Staged) -> None:
    request = staged("attended")
    handovers.close(request.pk, CloseReason.MOVED, "转往上级医院", by=world.specialist, at=later(80))
    step = ReferralStatus.objects.filter(request=request).last()
    assert step is not None
    assert (step.to_state, step.detail["code"]) == (State.CLOSED, "moved")


def test_an_emergency_may_arrive_before_it_was_answered(world: World, patient: Patient) -> None:
    urgent = letter(world, urgency=Urgency.EMERGENCY, telephoned=True)
    request = handovers.send(patient, urgent, by=world.doctor, at=FRIDAY)
    handovers.arrive(request.pk, by=world.specialist, at=FRIDAY + timedelta(minutes=20), number="E-3186")
    assert AccessGrant.objects.get().department == world.cardiology


def test_a_step_cannot_lie_before_the_one_it_follows(world: World, sent: ServiceRequest) -> None:
    with pytest.raises(Refused) as refused:
        handovers.accept(sent.pk, by=world.specialist, at=FRIDAY - timedelta(minutes=1))
    assert refused.value.code == "order"


def test_both_times_of_a_late_entry_are_kept(world: World, sent: ServiceRequest) -> None:
    handovers.accept(sent.pk, by=world.specialist, at=later(1))
    step = ReferralStatus.objects.filter(request=sent).last()
    assert step is not None
    assert step.at == later(1)
    assert abs(step.recorded_at - timezone.now()) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("state", "end"),
    [("submitted", State.CANCELLED), ("accepted", State.CLOSED), ("returned", State.CLOSED)],
)
def test_a_death_ends_what_is_open_and_tells_both_sides(
    world: World, patient: Patient, sent: ServiceRequest, state: str, end: State
) -> None:
    request = bring_to(world, sent, state)
    enrolment.died(patient, on=timezone.localdate(), by=world.doctor)
    request.refresh_from_db()
    assert (request.state, request.due_at) == (end, None)
    told = {recipient for kind, recipient, _id in messages(request) if kind == "referral_settle"}
    assert told == {"department", "team"}
    assert not Task.objects.open().filter(patient=patient, kind=TaskKind.CONFIRM_RETURN).exists()


def test_the_snapshot_holds_the_case_and_no_identity(sent: ServiceRequest) -> None:
    content = CaseSnapshot.objects.get(pk=sent.pk).content
    assert [value for _on, value in content["readings"]["systolic"]] == [148, 152, 156]
    assert content["medicines"][0]["name"] == "氨氯地平"
    assert content["allergies"] == ["青霉素"]
    assert content["tried"] == "氨氯地平加量"
    text = json.dumps(content, ensure_ascii=False)
    for secret in ("500113196007124213", "13812345678", "红旗村", "何国清"):
        assert secret not in text


def test_every_step_of_the_story_has_one_audit_event(world: World, staged: Staged) -> None:
    request = staged("completed")
    actions = AuditEvent.objects.filter(subject_id=str(request.pk)).order_by("id")
    assert list(actions.values_list("action", flat=True)) == [
        "referral.send",
        "referral.accept",
        "referral.schedule",
        "referral.arrive",
        "referral.return",
        "referral.confirm",
    ]
    assert REPLY.goals


@pytest.mark.parametrize(
    ("then", "status"), [("schedule", "completed"), ("close", "cancelled"), ("agree", "cancelled")]
)
def test_the_call_after_a_missed_appointment_is_not_asked_for_any_longer_than_needed(
    world: World, staged: Staged, then: str, status: str
) -> None:
    request = staged("scheduled")
    handovers.miss(request.pk, by=world.specialist, at=later(80))
    task = Task.objects.open().get(kind=TaskKind.CALL_NO_SHOW)
    if then == "schedule":
        handovers.schedule(request.pk, later(200), "", by=world.specialist, at=later(81))
    elif then == "close":
        handovers.close(
            request.pk, CloseReason.NOT_REACHED, "三次未联系上", by=world.specialist, at=later(81)
        )
    else:
        handovers.ask_to_cancel(request.pk, "居民不愿再去", by=world.doctor, at=later(81))
        assert Task.objects.open().filter(pk=task.pk).exists()
        handovers.agree(request.pk, by=world.specialist, at=later(82))
    task.refresh_from_db()
    assert task.status == status
