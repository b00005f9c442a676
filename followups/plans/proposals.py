"""A plan on its way to a signature: the GP drafts and sends it, the department signs it or sends it back with a reason.

Every action locks the person and the plan first, then the proposal, so two people at once run one after the other; the
second is told (PlanChanged) when what the page was filled in over is no longer what stands.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from accounts.models import User
from alliances.models import Department, Role
from followups.models import CarePlan, PlanProposal, ProposalStatus
from followups.plans import care_tasks, department_access
from followups.plans.content import Content, PlanChanged, PlanRefused, check, goal_data
from followups.standing import lock
from journal import audit, outbox
from journal.models import Channel, Communication, Recipient
from patients.models import Patient
from patients.models.task import TaskKind, TaskStatus

_OVERTAKEN: Final = _("Somebody else has changed this proposal meanwhile.")
_SENTENCES: Final = {
    "plan_sent": _("A proposed care plan awaits your signature"),
    "plan_sent_back": _("A proposed care plan was sent back to you"),
    "plan_signed": _("A care plan was signed: please carry it out"),
}


def open_of(patient: Patient) -> PlanProposal | None:
    """The proposal that is on somebody's table."""
    rows = PlanProposal.objects.open().filter(patient=patient)
    return rows.select_related("department__organization", "written_by", "answered_by").first()


@transaction.atomic
def save_draft(
    patient: Patient, content: Content, why: str, *, seen: int | None, by: User, at: datetime
) -> PlanProposal:
    """Keep the proposal as a draft. `seen`: the version on the page, None where there was none.

    Raises PlanRefused (it waits for a signature; impossible target), PlanChanged.
    """
    proposal = _written(patient, content, why, seen=seen, by=by, at=at)
    audit.record("care-plan.draft", by=by, subject=proposal)
    return proposal


@transaction.atomic
def send(
    patient: Patient,
    content: Content,
    why: str,
    *,
    department: Department,
    consent: bool,
    seen: int | None,
    by: User,
    at: datetime,
) -> PlanProposal:
    """Send the proposal to a department for signature, which may read the record from now on.

    Raises PlanRefused (without the resident's consent; nothing to sign), PlanChanged.
    """
    if not consent:
        raise PlanRefused(_("The resident must agree that the department reads the record."), "consent")
    if not content.diagnosis.strip():
        raise PlanRefused(_("A plan needs a diagnosis."), "diagnosis")
    proposal = _written(patient, content, why, seen=seen, by=by, at=at)
    proposal.status, proposal.department, proposal.sent_at = ProposalStatus.SENT, department, at
    proposal.answer, proposal.answered_by, proposal.answered_at = "", None, None
    _save(proposal)
    department_access.agreed(patient, by=by, at=at)
    department_access.open_record(patient, department, basis_id=proposal.pk, on=timezone.localdate(at), by=by)
    care_tasks.settle(patient, [TaskKind.PLAN_SENT_BACK], at=at, by=by, basis=proposal, outcome="sent-again")
    care_tasks.ask(
        patient, TaskKind.PLAN_SIGN, Role.SPECIALIST, basis=proposal, department=department,
        due_at=care_tasks.working_days_after(at, 3), why=_("Proposed by %(who)s"), params={"who": by.name},
    )  # fmt: skip
    tell = _notice(patient, "plan_sent", f"{proposal.pk}:{proposal.version}", at)
    tell.recipient_kind, tell.recipient_id = Recipient.DEPARTMENT, str(department.pk)
    outbox.post([tell])
    audit.record("care-plan.propose", by=by, subject=proposal, detail={"department": department.pk})
    return proposal


@transaction.atomic
def take_back(patient: Patient, *, seen: int, by: User, at: datetime) -> PlanProposal:
    """Take a sent proposal back as a draft; the department no longer reads the record for its sake. Raises PlanChanged."""
    proposal = to_answer(patient, None, seen)
    proposal.status = ProposalStatus.DRAFT
    _save(proposal)
    _no_longer_asked(proposal, TaskStatus.CANCELLED, by=by, at=at, outcome="taken-back")
    audit.record("care-plan.take-back", by=by, subject=proposal)
    return proposal


@transaction.atomic
def discard(patient: Patient, *, seen: int, by: User, at: datetime) -> PlanProposal:
    """Throw a draft away, or one that was sent back. Raises PlanRefused, PlanChanged."""
    proposal = _locked(patient)
    if proposal is None or proposal.version != seen:
        raise PlanChanged(_OVERTAKEN)
    if proposal.status == ProposalStatus.SENT:
        raise PlanRefused(_("The proposal awaits a signature. Take it back first."))
    proposal.status, proposal.answered_by, proposal.answered_at = ProposalStatus.WITHDRAWN, by, at
    _save(proposal)
    care_tasks.settle(
        patient, [TaskKind.PLAN_SENT_BACK], at=at, by=by, basis=proposal, status=TaskStatus.CANCELLED
    )
    audit.record("care-plan.discard", by=by, subject=proposal)
    return proposal


@transaction.atomic
def send_back(patient: Patient, reason: str, *, seen: int, by: User, at: datetime) -> PlanProposal:
    """The department does not sign it as it is: back to the GP with a reason. Raises PlanRefused, PlanChanged."""
    if not reason.strip():
        raise PlanRefused(_("Say what should be changed."), "reason")
    proposal = to_answer(patient, None, seen)
    proposal.status, proposal.answer = ProposalStatus.SENT_BACK, reason.strip()
    proposal.answered_by, proposal.answered_at = by, at
    _save(proposal)
    _no_longer_asked(proposal, TaskStatus.COMPLETED, by=by, at=at, outcome="sent-back")
    care_tasks.ask(
        patient, TaskKind.PLAN_SENT_BACK, Role.GENERAL_PRACTITIONER, basis=proposal,
        due_at=care_tasks.working_days_after(at, 3), why=_("Sent back by %(who)s"), params={"who": by.name},
    )  # fmt: skip
    tell_team(patient, "plan_sent_back", basis=f"{proposal.pk}:{proposal.version}", by=by, at=at)
    audit.record("care-plan.send-back", by=by, subject=proposal)
    return proposal


def to_answer(
    patient: Patient, key: UUID | None, seen: int, *, department: Department | None = None
) -> PlanProposal:
    """The proposal that awaits a signature, locked after the plan, at the version that was seen. Raises PlanChanged.

    `department` answers only what it was asked: which proposal a page was filled in over is the sender's word.
    """
    proposal = _locked(patient)
    fits = proposal is not None and proposal.status == ProposalStatus.SENT and proposal.version == seen
    if proposal is None or not fits or (key is not None and proposal.pk != key):
        raise PlanChanged(_OVERTAKEN)
    if department is not None and proposal.department_id != department.pk:
        raise PlanChanged(_OVERTAKEN)
    return proposal


def alive(patient: Patient) -> None:
    """Read again, after the lock, whether the resident lives and who is responsible. Raises PlanRefused."""
    patient.refresh_from_db(fields=["deceased_on", "organization", "care_team"])
    if patient.deceased_on is not None:
        raise PlanRefused(_("The resident has died."))


def answered_by_signature(proposal: PlanProposal, *, revision: int, by: User, at: datetime) -> None:
    """The proposal has become a revision. Inside the transaction of the signature."""
    proposal.status, proposal.signed_revision = ProposalStatus.SIGNED, revision
    proposal.answered_by, proposal.answered_at = by, at
    _save(proposal)
    _no_longer_asked(proposal, TaskStatus.COMPLETED, by=by, at=at, outcome="signed")


def tell_team(patient: Patient, kind: str, *, basis: str, by: User, at: datetime) -> None:
    """Tell the resident's team in the app; who acted stands on the page it leads to."""
    if patient.care_team_id is None:
        return
    tell = _notice(patient, kind, basis, at)
    tell.recipient_kind, tell.recipient_id = Recipient.TEAM, str(patient.care_team_id)
    outbox.post([tell])


def _notice(patient: Patient, kind: str, basis: str, at: datetime) -> Communication:
    return Communication(
        key=f"{kind}:{basis}", kind=kind, channel=Channel.IN_APP, patient_id=patient.pk,
        organization_id=patient.organization_id, content={"text": _SENTENCES[kind], "params": {}}, not_before=at,
    )  # fmt: skip


def _locked(patient: Patient) -> PlanProposal | None:
    lock([patient.pk])
    return PlanProposal.objects.open().filter(patient=patient).select_for_update(of=("self",)).first()


def _written(
    patient: Patient, content: Content, why: str, *, seen: int | None, by: User, at: datetime
) -> PlanProposal:
    """The open proposal with this content, made when there was none."""
    check(content.goals)
    proposal = _locked(patient)
    alive(patient)
    if (proposal.version if proposal else None) != seen:
        raise PlanChanged(_OVERTAKEN)
    if proposal is not None and proposal.status == ProposalStatus.SENT:
        raise PlanRefused(_("The proposal awaits a signature. Take it back first."))
    proposal = proposal or PlanProposal(patient=patient)
    values: dict[str, Any] = {
        "diagnosis": content.diagnosis, "treatment": content.treatment, "advice": content.advice,
        "goals": [goal_data(goal) for goal in content.goals], "review_on": content.review_on, "why": why.strip(),
        "written_by": by, "written_at": at,
        "base_revision": CarePlan.objects.values_list("revision", flat=True).get(patient=patient),
    }  # fmt: skip
    for name, value in values.items():
        setattr(proposal, name, value)
    _save(proposal)
    return proposal


def _save(proposal: PlanProposal) -> None:
    """Save, and know the version that the database gave it."""
    fresh = proposal._state.adding
    proposal.save()
    if not fresh:
        proposal.refresh_from_db(fields=["version"])


def _no_longer_asked(
    proposal: PlanProposal, status: TaskStatus, *, by: User | None, at: datetime, outcome: str
) -> None:
    care_tasks.settle(
        proposal.patient, [TaskKind.PLAN_SIGN], at=at, by=by, basis=proposal, status=status, outcome=outcome
    )
    department_access.end_record(proposal.pk, on=timezone.localdate(at))
