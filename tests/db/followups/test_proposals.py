"""A plan is proposed, signed, changed or sent back; of two at once the second is told."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from followups.models import CarePlan, CarePlanRevision, PlanProposal, PlanProposalHistory
from followups.plans import care_plans, proposals
from followups.plans.care_plans import Seen
from followups.plans.content import Content, PlanChanged, PlanRefused, Target
from followups.plans.department_access import open_record
from journal.keys import new_key
from journal.models import AuditEvent, Communication
from patients import enrolment
from patients.models import AccessGrant, Consent, Patient, Task
from patients.models.task import TaskKind
from patients.programmes import Programme
from patients.responsibilities import assign
from tests.at_once import at_once
from tests.guards.audit import audited_commits
from tests.world import World

CONTENT = Content(
    "高血压2级", "氨氯地平 5 mg 每日1次", "低盐", (Target("systolic", high=Decimal(140)),), date(2027, 3, 1)
)


@pytest.fixture
def patient(world: World) -> Patient:
    return world.patient("李佩兰", Programme.HYPERTENSION)


def sent(world: World, patient: Patient, content: Content = CONTENT, **given: Any) -> PlanProposal:
    start: dict[str, Any] = {
        "department": world.cardiology,
        "consent": True,
        "seen": None,
        "by": world.doctor,
    }
    return proposals.send(patient, content, "两次血压不达标", at=timezone.now(), **(start | given))


def signed(
    world: World, patient: Patient, proposal: PlanProposal | None, revision: int = 0, **given: Any
) -> CarePlanRevision:
    seen = Seen(revision, proposal.pk, proposal.version) if proposal else Seen(revision)
    start: dict[str, Any] = {"why": "首次制定", "seen": seen, "department": world.cardiology, "by": world.specialist,
                             "at": timezone.now(), "content": CONTENT}  # fmt: skip
    values = start | given
    return care_plans.sign_here(patient, values.pop("content"), **values)


def open_tasks(patient: Patient) -> list[tuple[str, str]]:
    return sorted(Task.objects.open().filter(patient=patient).values_list("kind", "role"))


def test_a_sent_proposal_opens_the_record_to_the_department_and_asks_it_to_sign(
    world: World, patient: Patient
) -> None:
    assert not Patient.objects.visible_to(world.specialist).exists()
    with audited_commits():
        proposal = sent(world, patient)
    assert Patient.objects.visible_to(world.specialist).get() == patient
    assert not Patient.objects.visible_to(world.other_specialist).exists()
    assert open_tasks(patient) == [("plan_sign", "specialist")]
    assert Task.objects.open().get(kind=TaskKind.PLAN_SIGN).department == world.cardiology
    assert Consent.objects.filter(patient=patient, given=True).exists()
    assert Communication.objects.filter(kind="plan_sent", recipient_kind="department").count() == 1
    assert AuditEvent.objects.filter(action="care-plan.propose", subject_id=str(proposal.pk)).count() == 1
    assert CarePlan.objects.get(patient=patient).revision == 0


@pytest.mark.parametrize(
    ("change", "field"), [({"consent": False}, "consent"), ({"content": Content(advice="低盐")}, "diagnosis")]
)
def test_without_consent_or_diagnosis_nothing_leaves(
    world: World, patient: Patient, change: dict[str, Any], field: str
) -> None:
    with pytest.raises(PlanRefused) as refused:
        sent(world, patient, **change)
    assert refused.value.field == field
    assert not PlanProposal.objects.exists()


def test_a_signature_makes_the_revision_and_asks_the_gp_to_carry_it_out(
    world: World, patient: Patient
) -> None:
    proposal = sent(world, patient)
    with audited_commits():
        revision = signed(world, patient, proposal)
    proposal.refresh_from_db()
    assert (proposal.status, proposal.signed_revision, revision.why) == ("signed", 1, "首次制定")
    plan = CarePlan.objects.get(patient=patient)
    assert (plan.revision, plan.signed_by, plan.signed_for) == (1, world.specialist, world.secondary)
    assert open_tasks(patient) == [("plan_carry_out", "general_practitioner")]
    until = AccessGrant.objects.get(basis_id=plan.pk).period.upper
    assert until == date(2027, 3, 1) + timedelta(days=31)
    assert care_plans.take_over(patient, by=world.doctor, at=timezone.now())
    assert open_tasks(patient) == []
    assert not care_plans.take_over(patient, by=world.doctor, at=timezone.now())


def test_a_proposal_is_sent_back_with_a_reason_and_sent_again(world: World, patient: Patient) -> None:
    proposal = sent(world, patient)
    with pytest.raises(PlanRefused, match="changed"):
        proposals.send_back(patient, " ", seen=proposal.version, by=world.specialist, at=timezone.now())
    back = proposals.send_back(
        patient, "请补充尿蛋白", seen=proposal.version, by=world.specialist, at=timezone.now()
    )
    assert open_tasks(patient) == [("plan_sent_back", "general_practitioner")]
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert not Patient.objects.visible_to(world.specialist, on=tomorrow).exists()
    again = sent(world, patient, seen=back.version)
    assert (again.pk, again.status, again.answer) == (proposal.pk, "sent", "")
    assert open_tasks(patient) == [("plan_sign", "specialist")]
    assert Patient.objects.visible_to(world.specialist, on=tomorrow).exists()


def test_a_sent_proposal_is_not_changed_before_it_is_taken_back(world: World, patient: Patient) -> None:
    proposal = sent(world, patient)
    with pytest.raises(PlanRefused, match="Take it back"):
        proposals.save_draft(
            patient, CONTENT, "", seen=proposal.version, by=world.colleague, at=timezone.now()
        )
    draft = proposals.take_back(patient, seen=proposal.version, by=world.doctor, at=timezone.now())
    assert draft.status == "draft"
    assert open_tasks(patient) == []
    gone = proposals.discard(patient, seen=draft.version, by=world.doctor, at=timezone.now())
    assert gone.status == "withdrawn"
    assert proposals.open_of(patient) is None


def test_a_second_draft_over_a_stale_page_is_refused(world: World, patient: Patient) -> None:
    first = proposals.save_draft(patient, CONTENT, "", seen=None, by=world.doctor, at=timezone.now())
    for seen in (None, first.version + 1):
        with pytest.raises(PlanChanged):
            proposals.save_draft(patient, CONTENT, "", seen=seen, by=world.colleague, at=timezone.now())
    assert PlanProposal.objects.get().written_by == world.doctor


def test_a_plan_is_not_signed_over_another_signature_or_without_a_reason(
    world: World, patient: Patient
) -> None:
    signed(world, patient, None)
    with pytest.raises(PlanChanged):
        signed(world, patient, None, revision=0)
    with pytest.raises(PlanRefused) as refused:
        signed(world, patient, None, revision=1, why="")
    assert refused.value.field == "why"
    assert signed(world, patient, None, revision=1, why="血压仍高").number == 2


def test_two_specialists_sign_at_once_and_the_second_is_told(committed_world: World) -> None:
    world = committed_world
    patient = world.patient("李佩兰", Programme.HYPERTENSION)
    proposal = sent(world, patient)
    other = Content("高血压3级", "缬沙坦 80 mg", "低盐", (), None)
    mine, theirs = (Patient.objects.get(pk=patient.pk) for _ in range(2))
    answers = at_once(
        lambda: signed(world, mine, proposal),
        lambda: signed(world, theirs, proposal, content=other, by=world.second_specialist),
    )
    assert sum(isinstance(answer, CarePlanRevision) for answer in answers) == 1, answers
    assert sum(isinstance(answer, PlanChanged) for answer in answers) == 1, answers
    assert CarePlanRevision.objects.count() == 1


def test_one_signs_while_the_other_takes_it_back(committed_world: World) -> None:
    world = committed_world
    patient = world.patient("李佩兰", Programme.HYPERTENSION)
    proposal = sent(world, patient)
    mine, theirs = (Patient.objects.get(pk=patient.pk) for _ in range(2))
    answers = at_once(
        lambda: signed(world, mine, proposal),
        lambda: proposals.take_back(theirs, seen=proposal.version, by=world.doctor, at=timezone.now()),
    )
    assert sum(isinstance(answer, PlanChanged) for answer in answers) == 1, answers
    taken = PlanProposal.objects.get().status == "draft"
    assert CarePlanRevision.objects.count() == (0 if taken else 1)


def test_a_department_answers_no_proposal_that_asks_another_one(world: World, patient: Patient) -> None:
    proposal = sent(world, patient)
    open_record(patient, world.endocrinology, basis_id=new_key(), on=timezone.localdate(), by=world.doctor)
    with pytest.raises(PlanChanged):
        signed(world, patient, proposal, department=world.endocrinology, by=world.users["other_specialist"])
    proposal.refresh_from_db()
    assert proposal.status == "sent"
    assert not CarePlanRevision.objects.exists()


def test_a_proposal_keeps_its_earlier_states(world: World, patient: Patient) -> None:
    first = proposals.save_draft(patient, CONTENT, "", seen=None, by=world.doctor, at=timezone.now())
    changed = Content("高血压3级")
    proposals.save_draft(patient, changed, "", seen=first.version, by=world.doctor, at=timezone.now())
    assert PlanProposalHistory.objects.get(pgh_obj_id=first.pk).diagnosis == "高血压2级"


def test_a_death_ends_what_waits_and_a_move_takes_it_along(world: World, patient: Patient) -> None:
    sent(world, patient)
    assign(
        patient, organization=world.other_centre, care_team=world.other_team, on=timezone.localdate(), by=world.doctor
    )  # fmt: skip
    task = Task.objects.open().get(kind=TaskKind.PLAN_SIGN)
    assert (task.organization, task.care_team) == (world.other_centre, world.other_team)
    enrolment.died(Patient.objects.get(pk=patient.pk), on=timezone.localdate(), by=world.outsider)
    assert open_tasks(patient) == []
    proposal = PlanProposal.objects.get()
    assert (proposal.status, proposal.answer) == ("withdrawn", "died")
    assert AccessGrant.objects.get(basis_id=proposal.pk).period.upper is not None
    with pytest.raises(PlanRefused, match="died"):
        signed(world, Patient.objects.get(pk=patient.pk), None)
