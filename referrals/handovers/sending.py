"""What the sender does: send, answer a question, cancel or ask to cancel."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from alliances.models import Department
from alliances.scope import scope_of
from journal import audit, outbox
from patients.models import Consent, Patient, Task
from patients.models.responsibility import ConsentKind
from patients.models.task import TaskKind, TaskStatus, Urgency
from patients.programmes import Programme
from referrals import notices
from referrals.handovers.steps import Refused, Told, advance, locked, sender_roles, take
from referrals.models import CaseSnapshot, Direction, ReferralStatus, ServiceRequest
from referrals.snapshots import content_of
from referrals.states import SENDERS, Event, Need, Side
from referrals.targets import asks_reason
from referrals.terms import clock_between


@dataclass(frozen=True)
class Letter:
    """What the sender writes. `consent` None: it could not be asked, `not_asked_because` says why."""

    programme: Programme
    urgency: Urgency
    target: Department
    reason: str
    impression: str = ""
    tried: str = ""
    skip_reason: str = ""
    consent: bool | None = None
    not_asked_because: str = ""
    telephoned: bool = False


@transaction.atomic
def send(patient: Patient, letter: Letter, *, by: User, at: datetime) -> ServiceRequest:
    """Draft and submit a referral in one go: consent, snapshot, steps, the advice answered, the department told.

    Refused when the letter lacks something, the sender has no such post, or a request for the same disease is open.
    The responsible organization of the resident stays what it is.
    """
    locked_patient = (
        Patient.objects.select_for_update(of=("self",))
        .select_related("organization", "care_team")
        .get(pk=patient.pk)
    )
    role = _role_of(locked_patient, by)
    _check(letter)
    _check_patient(locked_patient, letter)
    task = (
        Task.objects.open()
        .select_for_update()
        .filter(patient=locked_patient, kind=TaskKind.REFERRAL_ADVISED)
        .first()
    )
    request = _request(locked_patient, letter, by=by, at=at, task=task)
    request.consent = Consent.objects.create(
        patient=locked_patient, kind=ConsentKind.REFERRAL, given=letter.consent,
        not_asked_because=letter.not_asked_because.strip(), at=at, recorded_by=by,
    )  # fmt: skip
    drafted = advance(
        request, Event.DRAFT, side=Side.SENDER, role=role, by=by, at=at, given=tuple(Need), first=True
    )
    told, today = Told(detail={"telephoned": letter.telephoned}), timezone.localdate(at)
    clock = clock_between(request.source_organization_id, request.target_organization_id, on=today)
    sent = advance(
        request, Event.SUBMIT, side=Side.SENDER, role=role, by=by, at=at, told=told, given=tuple(Need),
        answer_clock=clock,
    )  # fmt: skip
    content = content_of(locked_patient, on=today, tried=letter.tried)
    request.save(force_insert=True)
    for step in (drafted, sent):
        step.save(force_insert=True)
    CaseSnapshot.objects.create(request=request, taken_at=at, content=content)
    if task is not None:
        _answer_advice(task, request, by=by, at=at)
    outbox.post(notices.of_step(request, sent))
    audit.record(
        "referral.send", by=by, subject=request, organization_id=request.source_organization_id,
        detail={"to": request.target_department_id, "urgency": request.urgency},
    )  # fmt: skip
    return request


def _role_of(patient: Patient, by: User) -> str:
    mine = sender_roles(scope_of(by), patient.organization_id, patient.care_team_id)
    role = next((role for role in SENDERS if role in mine), None)
    if role is None:
        raise Refused(_("Only a general practitioner or the team lead of this resident may refer."), "role")
    return role


def _check(letter: Letter) -> None:
    """What a letter must hold."""
    if not letter.reason.strip():
        raise Refused(_("Please write why the resident is referred."), "reason")
    if letter.consent is False:
        raise Refused(_("Without the resident's consent the case is not sent."), "consent")
    if letter.consent is None and not letter.not_asked_because.strip():
        raise Refused(_("Please record the resident's consent, or why it could not be asked for."), "consent")
    if asks_reason(letter.target, letter.urgency) and not letter.skip_reason.strip():
        raise Refused(_("A tertiary hospital asks for a reason, unless it is an emergency."), "skip_reason")


def _check_patient(patient: Patient, letter: Letter) -> None:
    if patient.deceased_on is not None:
        raise Refused(_("This resident has died."), "died")
    running = (
        ServiceRequest.objects.open()
        .filter(patient=patient, programme=letter.programme, direction=Direction.UP)
        .select_related("target_department__organization")
        .first()
    )
    if running is not None:
        words = {
            "number": running.number,
            "programme": Programme(letter.programme).label,
            "to": f"{running.target_department.organization} {running.target_department}",
            "state": running.get_state_display(),
        }
        raise Refused(
            _("A referral for %(programme)s is already open: %(number)s to %(to)s, “%(state)s”.") % words,
            "open",
        )


def _request(
    patient: Patient, letter: Letter, *, by: User, at: datetime, task: Task | None
) -> ServiceRequest:
    return ServiceRequest(
        patient=patient,
        direction=Direction.UP,
        programme=letter.programme,
        programmes=sorted({letter.programme, *patient.programmes}),
        urgency=letter.urgency,
        source_organization=patient.organization,
        source_team=patient.care_team,
        requester=by,
        target_organization=letter.target.organization,
        target_department=letter.target,
        reason=letter.reason.strip(),
        impression=letter.impression.strip(),
        tried=letter.tried.strip(),
        skip_reason=letter.skip_reason.strip(),
        task_id=task.pk if task else None,
        submitted_at=at,
    )


def _answer_advice(task: Task, request: ServiceRequest, *, by: User, at: datetime) -> None:
    task.status, task.outcome = TaskStatus.COMPLETED, f"referral:{request.pk}"
    task.completed_at, task.completed_by = at, by
    task.save(update_fields=["status", "outcome", "completed_at", "completed_by"])


@transaction.atomic
def answer(request_id: UUID, text: str, *, by: User, at: datetime) -> ReferralStatus:
    """Answer the hospital's question; its answer clock goes on where it stopped."""
    return take(locked(request_id), Event.ANSWER, by=by, at=at, told=Told(text))


@transaction.atomic
def cancel(request_id: UUID, text: str, *, by: User, at: datetime) -> ReferralStatus:
    """Take a request back that nobody has answered yet."""
    return take(locked(request_id), Event.CANCEL, by=by, at=at, told=Told(text))


@transaction.atomic
def ask_to_cancel(request_id: UUID, text: str, *, by: User, at: datetime) -> ReferralStatus:
    """Ask the hospital, which has accepted already, to cancel."""
    return take(locked(request_id), Event.ASK_TO_CANCEL, by=by, at=at, told=Told(text))
