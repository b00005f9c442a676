"""One referral of the demo, step by step through the table of `referrals.states`, with all that a step leaves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone
from psycopg2.extras import DateRange

from accounts.models import User
from alliances.models import Department, Role
from followups.models import CarePlanRevision, Goal
from followups.plans.care_plans import Target
from patients.models import AccessGrant, Consent, Task
from patients.models.responsibility import ConsentKind, GrantBasis
from patients.models.task import TaskKind, TaskStatus, Urgency
from patients.programmes import Programme
from referrals import notices
from referrals.access import AFTER_CARE
from referrals.handovers.steps import Told, advance
from referrals.models import CaseSnapshot, Direction, Event, ReferralReply, ServiceRequest, Side
from referrals.snapshots import Content
from referrals.states import Need
from workbench.demo import letters
from workbench.demo.snapshots import content_of

if TYPE_CHECKING:
    from workbench.demo.visits import Life

_BY_SPECIALIST: Final = (Event.RETURN, Event.DECLINE, Event.REDIRECT, Event.ADMIT, Event.ASK)
_BY_CLOCK: Final = (Event.EXPIRE,)
_BY_SENDER: Final = (
    Event.DRAFT,
    Event.SUBMIT,
    Event.ANSWER,
    Event.CONFIRM,
    Event.CANCEL,
    Event.ASK_TO_CANCEL,
)
_ENDS_CARE: Final = (Event.RETURN, Event.CLOSE, Event.AGREE)


class Over(Exception):
    """The history ends before the next step."""


class Handover:
    """A request on its way. `quick`: every step within a day, for cases that wait at a desk today."""

    def __init__(
        self,
        life: Life,
        target: Department,
        programme: Programme,
        urgency: Urgency,
        at: datetime,
        *,
        quick: bool = False,
    ) -> None:
        self.life, self.chance, self.quick = life, life.chance, quick
        self.at, self.slot = at, at
        self.team = life.one.team_on(timezone.localdate(at))
        self.role, self.doctor = life.stage.doctor(self.team)
        self.end = datetime.combine(life.span.last, time(18), timezone.get_default_timezone())
        self.grant: AccessGrant | None = None
        self.waiting: Task | None = None
        self.request = self._request(target, programme, urgency)
        self.reply: ReferralReply | None = None
        self.content: Content = {}

    def _request(self, target: Department, programme: Programme, urgency: Urgency) -> ServiceRequest:
        life, at = self.life, self.at
        return ServiceRequest(
            id=self.chance.key(at), patient=life.one.patient, direction=Direction.UP, programme=programme,
            programmes=sorted({programme, *life.one.programmes_on(timezone.localdate(at))}), urgency=urgency,
            source_organization=self.team.organization, source_team=self.team, requester=self.doctor,
            target_organization=target.organization, target_department=target, created_at=at, submitted_at=at,
            reason=letters.reason(life), impression=letters.impression(life), tried=letters.tried(life, at),
        )  # fmt: skip

    def send(self, *, skip_reason: str = "") -> None:
        """Consent, letter, snapshot; the advice is answered."""
        life, request, at = self.life, self.request, self.at
        if at > self.end:
            raise Over
        request.skip_reason = skip_reason
        request.consent = Consent(
            id=self.chance.key(at), patient=life.one.patient, kind=ConsentKind.REFERRAL, given=True, at=at,
            recorded_by=self.doctor, recorded_at=at,
        )  # fmt: skip
        self.content = content_of(life, on=timezone.localdate(at), tried=request.tried)
        life.rows.add(request.consent, request)
        life.requests.append(request)
        self.step(Event.DRAFT, first=True)
        self.step(Event.SUBMIT, told=Told(detail={"telephoned": request.urgency == Urgency.EMERGENCY}))
        life.rows.add(CaseSnapshot(request=request, taken_at=at, content=self.content))
        if life.advice is not None:
            task, life.advice = life.advice, None
            request.task_id = task.pk
            task.status, task.outcome = TaskStatus.COMPLETED, f"referral:{request.pk}"
            task.completed_at, task.completed_by = at, self.doctor

    def step(
        self, event: Event, *, told: Told | None = None, slot: datetime | None = None, first: bool = False
    ) -> None:
        """One step at the present moment, with what it leaves. Raises Over when the history has ended."""
        if self.at > self.end:
            raise Over
        side, role, by = self._acting(event)
        row = advance(
            self.request, event, side=side, role=role, by=by, at=self.at, told=told, given=tuple(Need), slot=slot,
            first=first,
        )  # fmt: skip
        row.recorded_at = self.at
        self.life.rows.add(row)
        self._follow(event)

    def wait(self, low: int, high: int) -> None:
        """Go on by `low` to `high` days, within working hours."""
        low, high = (min(low, 1), min(high, 1)) if self.quick else (low, high)
        moment = self.chance.hour(
            timezone.localdate(self.at) + timedelta(days=self.chance.between(low, high))
        )
        soon = self.at + timedelta(minutes=self.chance.between(25, 150))
        self.at = max(moment, soon)

    def accept(self) -> None:
        """Accepted and, unless it is an emergency, given an appointment."""
        self.wait(0, 2)
        self.step(Event.ACCEPT)
        if self.request.urgency == Urgency.EMERGENCY:
            return
        self.at += timedelta(minutes=self.chance.between(4, 90))
        self.schedule()

    def schedule(self) -> None:
        days = self.chance.between(1, 2) if self.quick else self.chance.between(2, 9)
        day = timezone.localdate(self.at) + timedelta(days=days)
        clock = time(self.chance.choice((8, 9, 10, 14, 15)), self.chance.choice((0, 30)))
        self.slot = datetime.combine(day, clock, timezone.get_default_timezone())
        self.request.place = f"门诊 {self.chance.between(2, 6)} 诊室"
        detail = {"slot": self.slot.isoformat(), "place": self.request.place}
        self.step(Event.SCHEDULE, told=Told(detail=detail), slot=self.slot)

    def arrive(self) -> None:
        """There; what the hospital does begins to work."""
        late = timedelta(minutes=self.chance.between(-20, 45))
        self.at = max(self.slot + late, self.at + timedelta(minutes=30))
        number = f"MZ{self.at:%Y%m%d}{self.chance.between(1, 9999):04d}"
        self.step(Event.ARRIVE, told=Told(detail={"number": number}))

    def miss(self) -> None:
        self.at = self.slot + timedelta(hours=self.chance.between(8, 20))
        self.step(Event.MISS)

    def return_(self) -> None:
        """Back with a reply, which is the signed plan."""
        self.wait(0, 3)
        self.step(Event.RETURN)
        (signer,) = self.life.stage.specialists[self.request.target_department_id][:1]
        reply = letters.reply(self.life, self.request, self.at)
        goals: Sequence[Target] = reply.pop("targets")
        data = [{"measure": g.measure, "low": _text(g.low), "high": _text(g.high)} for g in goals]
        self.reply = ReferralReply(
            request=self.request, goals=data, signed_by=signer, signed_at=self.at, **reply
        )
        self.life.rows.add(self.reply)
        self._sign(self.reply, goals, data, signer)

    def confirm(self) -> None:
        """Receipt confirmed: the follow-up comes within a week."""
        self.wait(0, 2)
        self.step(Event.CONFIRM)
        self.life.returns_on = timezone.localdate(self.at)

    def redirect(self, target: Department) -> Handover:
        """Passed on: this request ends, a linked one begins."""
        self.wait(0, 1)
        text = "该患者病情需上级医院进一步评估，转至市一医院相应专科。"
        name = f"{target.organization} {target}"
        self.step(Event.REDIRECT, told=Told(text, detail={"to": target.pk, "to_name": name}))
        onward = Handover(
            self.life, target, Programme(self.request.programme), Urgency(self.request.urgency), self.at
        )
        request, old = onward.request, self.request
        for name in ("reason", "impression", "tried", "requester", "consent", "task_id", "source_team"):
            setattr(request, name, getattr(old, name))
        request.redirected_from = old
        self.life.rows.add(request)
        self.life.requests.append(request)
        detail = {"from": old.target_department_id}
        _side, role, by = self._acting(Event.REDIRECT)
        row = advance(request, Event.REDIRECT, side=Side.RECEIVER, role=role, by=by, at=self.at,
                      told=Told(text, detail=detail), given=tuple(Need), first=True)  # fmt: skip
        row.recorded_at = self.at
        self.life.rows.add(row, CaseSnapshot(request=request, taken_at=old.created_at, content=self.content))
        return onward

    def _acting(self, event: Event) -> tuple[Side, str, User | None]:
        if event in _BY_CLOCK:
            return Side.CLOCK, "", None
        if event in _BY_SENDER:
            return Side.SENDER, self.role, self.doctor
        department = self.request.target_department_id
        if event in _BY_SPECIALIST:
            return Side.RECEIVER, Role.SPECIALIST, self.life.stage.specialists[department][0]
        return Side.RECEIVER, Role.REFERRAL_DESK, self.life.stage.desks[department]

    def _follow(self, event: Event) -> None:
        """What the use-cases of `referrals.handovers` do beside the step."""
        day = timezone.localdate(self.at)
        if event == Event.ACCEPT:
            self.grant = AccessGrant(
                patient=self.life.one.patient, organization=self.request.target_organization,
                department=self.request.target_department, basis=GrantBasis.REFERRAL, basis_id=self.request.pk,
                granted_by=self.life.stage.desks[self.request.target_department_id], period=DateRange(day, None),
            )  # fmt: skip
            self.life.rows.add(self.grant)
        if event in _ENDS_CARE and self.grant is not None:
            self.grant.period = DateRange(self.grant.period.lower, day + AFTER_CARE + timedelta(days=1))
        if event in (Event.RETURN, Event.MISS):
            self._ask_team(TaskKind.CONFIRM_RETURN if event == Event.RETURN else TaskKind.CALL_NO_SHOW, event)
        elif event in (Event.CONFIRM, Event.SCHEDULE, Event.CLOSE) and self.waiting is not None:
            self.waiting.status, self.waiting.completed_at = TaskStatus.COMPLETED, self.at
            self.waiting.completed_by, self.waiting = self.doctor, None

    def _ask_team(self, kind: TaskKind, event: Event) -> None:
        request = self.request
        self.waiting = Task(
            id=self.chance.key(self.at), patient=request.patient, kind=kind, organization=request.source_organization,
            care_team=request.source_team, urgency=request.urgency, due_at=request.due_at, created_at=self.at,
            programme=request.programme, basis_kind="servicerequest", basis_id=str(request.pk),
            reasons=[{"text": notices.SENTENCES[event], "params": notices.words(request)}],
        )  # fmt: skip
        self.life.rows.add(self.waiting)

    def _sign(
        self, reply: ReferralReply, goals: Sequence[Target], data: list[dict[str, Any]], by: User
    ) -> None:
        """The plan and its goals are replaced; the signed state is kept."""
        plan = self.life.plan
        medicines = (f"{m['name']} {m['dosage']}".strip() for m in reply.medicines)
        plan.diagnosis, plan.treatment = reply.diagnosis, "\n".join([reply.treatment, *medicines])
        plan.advice, plan.review_on, plan.revision = reply.plan, reply.next_check_on, plan.revision + 1
        plan.signed_by, plan.signed_for, plan.signed_at = by, self.request.target_organization, self.at
        self.life.goals = [Goal(plan=plan, measure=g.measure, low=g.low, high=g.high) for g in goals]
        self.life.rows.add(
            CarePlanRevision(
                plan=plan, number=plan.revision, diagnosis=plan.diagnosis, treatment=plan.treatment,
                advice=plan.advice, goals=data, signed_by=by, signed_for=plan.signed_for, signed_at=self.at,
                basis_id=self.request.pk,
            )
        )  # fmt: skip


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)
