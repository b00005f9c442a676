"""What the addressed department does until the patient is there: ask, accept, decline, pass on, schedule, receive."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from alliances.models import Department
from journal import outbox
from patients.models import Task
from patients.models.task import TaskKind
from referrals import access, notices
from referrals.capacity import DayFull, take_place
from referrals.handovers.steps import Refused, Told, advance, locked, take
from referrals.models import CaseSnapshot, ReferralStatus, ServiceRequest
from referrals.states import Event, Need, Side, SlotKind, State
from referrals.terms import clock_between


class DeclineReason(TextChoices):
    """Why a hospital declines."""

    NOT_NEEDED = "not_needed", gettext_lazy("no specialist care needed, the community can manage")
    OTHER_SPECIALTY = "other_specialty", gettext_lazy("belongs to another specialty")
    TOO_LITTLE_KNOWN = "too_little_known", gettext_lazy("the information is not sufficient")
    NO_CAPACITY = "no_capacity", gettext_lazy("this hospital cannot provide it")


class CloseReason(TextChoices):
    """Why a case ends without a return."""

    NOT_REACHED = "not_reached", gettext_lazy("the patient could not be reached")
    LONG_STAY = "long_stay", gettext_lazy("long stay in hospital")
    MOVED = "moved", gettext_lazy("moved to another hospital")
    DIED = "died", gettext_lazy("died")
    OTHER = "other", gettext_lazy("another reason")


@transaction.atomic
def ask(request_id: UUID, text: str, *, by: User, at: datetime) -> ReferralStatus:
    """Ask the sender a question; the answer clock stands still meanwhile."""
    return take(locked(request_id), Event.ASK, by=by, at=at, told=Told(text))


@transaction.atomic
def accept(
    request_id: UUID,
    *,
    by: User,
    at: datetime,
    slot: datetime | None = None,
    place: str = "",
    kind: SlotKind = SlotKind.CLINIC,
) -> ReferralStatus:
    """Accept the patient: the department is granted the record. With a `slot` the appointment is made at once.

    Of two desks that press at the same moment one wins; the other gets Overtaken.
    """
    request = locked(request_id)
    step = take(request, Event.ACCEPT, by=by, at=at)
    access.open_record(request, on=timezone.localdate(at), by=by)
    if slot is not None:
        step = _schedule(request, slot, place, kind, by=by, at=at)
    return step


@transaction.atomic
def decline(request_id: UUID, code: DeclineReason, text: str, *, by: User, at: datetime) -> ReferralStatus:
    """Decline with a reason and advice; the sender may refer anew at once."""
    return take(locked(request_id), Event.DECLINE, by=by, at=at, told=Told(text, code))


@transaction.atomic
def redirect(request_id: UUID, target: Department, text: str, *, by: User, at: datetime) -> ServiceRequest:
    """Pass the request on to another department: this one ends, a linked one begins with a fresh answer clock."""
    request = locked(request_id)
    if target.pk == request.target_department_id:
        raise Refused(_("The request already stands at this department."), "target")
    snapshot = CaseSnapshot.objects.get(pk=request.pk)
    told = Told(text, detail={"to": target.pk, "to_name": f"{target.organization} {target}"})
    ended = take(request, Event.REDIRECT, by=by, at=at, told=told, given=(Need.TARGET,))
    onward = _onward(request, target, at)
    begun = advance(
        onward, Event.REDIRECT, side=Side.RECEIVER, role=ended.role, by=by, at=at,
        told=Told(text, detail={"from": request.target_department_id}), given=tuple(Need), first=True,
        answer_clock=clock_between(request.source_organization_id, target.organization_id, on=timezone.localdate(at)),
    )  # fmt: skip
    onward.save(force_insert=True)
    begun.save(force_insert=True)
    CaseSnapshot.objects.create(request=onward, taken_at=snapshot.taken_at, content=snapshot.content)
    outbox.post(notices.of_step(onward, begun))
    return onward


def _onward(request: ServiceRequest, target: Department, at: datetime) -> ServiceRequest:
    """The new request: what was sent, addressed anew."""
    return ServiceRequest(
        patient=request.patient,
        direction=request.direction,
        programme=request.programme,
        programmes=request.programmes,
        urgency=request.urgency,
        source_organization_id=request.source_organization_id,
        source_team=request.source_team,
        requester_id=request.requester_id,
        target_organization=target.organization,
        target_department=target,
        reason=request.reason,
        impression=request.impression,
        tried=request.tried,
        skip_reason=request.skip_reason,
        consent_id=request.consent_id,
        task_id=request.task_id,
        redirected_from=request,
        submitted_at=at,
    )


@transaction.atomic
def schedule(
    request_id: UUID, slot: datetime, place: str, *, by: User, at: datetime, kind: SlotKind = SlotKind.CLINIC
) -> ReferralStatus:
    """Make the appointment (again, when the patient did not come): when, where, a clinic visit or a bed.

    Refused when the agreement gives that day no place any more; an emergency always gets one.
    """
    return _schedule(locked(request_id), slot, place, kind, by=by, at=at)


def _schedule(
    request: ServiceRequest, slot: datetime, place: str, kind: SlotKind, *, by: User, at: datetime
) -> ReferralStatus:
    if slot < at:
        raise Refused(_("The appointment lies in the past."), "slot")
    try:
        take_place(request, slot, kind)
    except DayFull as full:
        raise Refused(_full_in_words(full), "slot") from full
    request.place = place.strip()
    told = Told(detail={"slot": slot.isoformat(), "place": request.place, "kind": kind})
    return take(
        request, Event.SCHEDULE, by=by, at=at, told=told, given=(Need.MOMENT,), slot=slot,
        also=("place", "slot_kind", "agreement_line"),
    )  # fmt: skip


def _full_in_words(full: DayFull) -> str:
    if full.free_on is None:
        return _("No place is left on %(day)s, nor on a day soon after.") % {"day": full.on}
    words = {"day": full.on, "free": full.free_on}
    return _("No place is left on %(day)s. The next working day with one is %(free)s.") % words


@transaction.atomic
def arrive(request_id: UUID, *, by: User, at: datetime, number: str = "") -> ReferralStatus:
    """The patient is there since `at`; an emergency may arrive before anybody has answered. `number`: encounter."""
    request = locked(request_id)
    unanswered = request.state == State.SUBMITTED
    told = Told(detail={"number": number.strip()} if number.strip() else {})
    step = take(request, Event.ARRIVE, by=by, at=at, told=told, given=(Need.MOMENT,))
    if unanswered:
        access.open_record(request, on=timezone.localdate(at), by=by)
    return step


@transaction.atomic
def admit(request_id: UUID, *, by: User, at: datetime) -> ReferralStatus:
    """Treatment has begun (admission); the reply clock counts anew."""
    return take(locked(request_id), Event.ADMIT, by=by, at=at)


@transaction.atomic
def miss(request_id: UUID, *, by: User, at: datetime) -> ReferralStatus:
    """The patient did not come: the sender's team is asked to call."""
    request = locked(request_id)
    step = take(request, Event.MISS, by=by, at=at)
    Task.objects.create(
        patient_id=request.patient_id, kind=TaskKind.CALL_NO_SHOW, organization_id=request.source_organization_id,
        care_team_id=request.source_team_id, urgency=request.urgency, due_at=request.due_at,
        programme=request.programme, basis_kind="servicerequest", basis_id=str(request.pk),
        reasons=[{"text": notices.SENTENCES[Event.MISS], "params": notices.words(request)}],
    )  # fmt: skip
    return step


@transaction.atomic
def close(request_id: UUID, code: CloseReason, text: str, *, by: User, at: datetime) -> ReferralStatus:
    """End a case without a return; the record stays open for 30 days more."""
    request = locked(request_id)
    step = take(request, Event.CLOSE, by=by, at=at, told=Told(text, code))
    access.end_care(request, on=timezone.localdate(at))
    return step


@transaction.atomic
def agree(request_id: UUID, *, by: User, at: datetime) -> ReferralStatus:
    """Agree to the sender's wish to cancel."""
    request = locked(request_id)
    step = take(request, Event.AGREE, by=by, at=at)
    access.end_care(request, on=timezone.localdate(at))
    return step


@transaction.atomic
def refuse(request_id: UUID, text: str, *, by: User, at: datetime) -> ReferralStatus:
    """Refuse to cancel: the request stands where it stood before, its clock goes on."""
    return take(locked(request_id), Event.REFUSE, by=by, at=at, told=Told(text))
