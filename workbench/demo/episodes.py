"""Which advised visits lead to a referral, how those went, and what waits at the desks today."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.utils import timezone

from alliances.models import Department
from followups.judging import Judged
from followups.protocols.terms import Action
from patients.models.task import TaskStatus, Urgency
from patients.programmes import Programme
from referrals.handovers import CloseReason, DeclineReason
from referrals.handovers.steps import Told
from referrals.models import Event
from workbench.demo.chance import Chance
from workbench.demo.handover import Handover, Over
from workbench.demo.pieces import PIECES, RETURNED

if TYPE_CHECKING:
    from workbench.demo.visits import Life

_REFERRED: Final = 0.12  # of advised visits
_REFUSED: Final = 0.5  # of the others: the resident does not want to go
_THINKS: Final = timedelta(days=9)  # so long a resident is still thinking it over
_RECENTLY: Final = timedelta(days=180)  # whoever was there is seldom sent again
_DEPARTMENT: Final = {
    Programme.HYPERTENSION: "cardiology", Programme.DIABETES: "endocrinology", Programme.COPD: "respiratory",
    Programme.DYSLIPIDAEMIA: "endocrinology", Programme.STROKE: "cardiology", Programme.CHD: "cardiology",
    Programme.CKD: "nephrology", Programme.ELDERLY: "cardiology",
}  # fmt: skip
_SKIPPED: Final = "患者既往在该院建有专科病历，并有长期随诊医师。"
_LACKING: Final = "签约的区级医院未设该专科。"


def perhaps(life: Life, judged: Judged) -> None:
    """What becomes of an advice: a referral, a refusal, or nothing yet."""
    if life.advice is None or not judged.decision.referral.advised:
        return
    emergency = judged.decision.action is Action.EMERGENCY
    chance = life.chance
    been = life.referred_until is not None and life.referred_until > judged.encounter.on - _RECENTLY
    if chance.happens(0.8 if emergency else _REFERRED * (0.2 if been else 1.0)):
        refer(life, emergency=emergency)
    elif not emergency and judged.encounter.on < life.span.last - _THINKS and chance.happens(_REFUSED):
        task, life.advice = life.advice, None
        task.status, task.outcome = TaskStatus.CANCELLED, "resident_declined"
        task.completed_at = judged.encounter.recorded_at + timedelta(minutes=15)


def refer(life: Life, *, emergency: bool) -> None:
    """One referral from the letter to its end, or as far as the history reaches."""
    assert life.advice is not None  # noqa: S101
    programme = Programme(life.advice.programme)
    target, skip_reason = _target(life, programme, emergency=emergency)
    at = life.visits[-1].recorded_at + timedelta(minutes=life.chance.between(12, 70))
    urgency = (
        Urgency.EMERGENCY
        if emergency
        else life.chance.weighted(((Urgency.ROUTINE, 0.9), (Urgency.URGENT, 0.1)))
    )
    handover = Handover(life, target, programme, urgency, at)
    way = _completed if urgency == Urgency.EMERGENCY else life.chance.weighted(_WAYS)
    try:
        handover.send(skip_reason=skip_reason)
        way(handover)
    except Over:
        pass
    life.referred_until = timezone.localdate(handover.at)


def _target(life: Life, programme: Programme, *, emergency: bool) -> tuple[Department, str]:
    """The hospital of the contract or of the centre; the tertiary one now and then, or for its department, with a reason."""
    code = _DEPARTMENT[programme]
    if (life.one.centre.hospital, code) not in life.stage.departments:
        return life.stage.departments["first", code], "" if emergency else _LACKING
    if not emergency and life.chance.happens(0.06):
        return life.stage.departments["first", code], _SKIPPED
    return life.stage.departments[life.one.centre.hospital, code], ""


def _completed(handover: Handover) -> None:
    if handover.chance.happens(0.12) and handover.request.urgency == Urgency.ROUTINE:
        _asked(handover)
        handover.wait(0, 1)
        handover.step(Event.ANSWER, told=Told("已补充：近三次血压及用药记录见附带病情摘要，患者无胸痛。"))
    handover.accept()
    _from_arrival(handover)


def _from_arrival(handover: Handover) -> None:
    life, on = handover.life, timezone.localdate(handover.slot)
    handover.arrive()
    if life.course.hypertensive:
        life.course.treat(on, pressure=handover.chance.uniform(0.5, 0.9))
    if life.course.diabetic:
        life.course.treat(on, sugar=handover.chance.uniform(0.4, 0.8))
    if handover.chance.happens(0.3):
        handover.wait(0, 1)
        handover.step(Event.ADMIT)
        handover.wait(4, 8)
    handover.return_()
    handover.confirm()


def _asked(handover: Handover) -> None:
    handover.wait(0, 1)
    handover.step(Event.ASK, told=Told("请补充近期心电图和目前用药剂量，是否有胸闷胸痛？"))


def _declined(handover: Handover) -> None:
    handover.wait(0, 2)
    text = "建议先在社区规范调整用药并加强生活方式干预，4 周后仍不达标再转诊。"
    handover.step(Event.DECLINE, told=Told(text, DeclineReason.NOT_NEEDED))


def _cancelled(handover: Handover) -> None:
    handover.wait(0, 1)
    handover.step(Event.CANCEL, told=Told("患者临时决定暂缓前往。"))


def _withdrawn(handover: Handover) -> None:
    handover.accept()
    handover.wait(0, 1)
    handover.step(Event.ASK_TO_CANCEL, told=Told("患者已自行到外院就诊。"))
    handover.wait(0, 1)
    handover.step(Event.AGREE)


def _absent(handover: Handover) -> None:
    handover.accept()
    handover.miss()
    handover.wait(2, 4)
    handover.step(Event.CLOSE, told=Told("多次电话联系未能到院。", CloseReason.NOT_REACHED))


def _late(handover: Handover) -> None:
    handover.accept()
    handover.miss()
    handover.wait(1, 3)
    handover.schedule()
    _from_arrival(handover)


def _expired(handover: Handover) -> None:
    due_at = handover.request.due_at
    assert due_at is not None  # noqa: S101
    if handover.request.urgency != Urgency.ROUTINE:
        return _completed(handover)
    handover.at = due_at + (due_at - handover.at)
    return handover.step(Event.EXPIRE)


def _redirected(handover: Handover) -> None:
    target = handover.life.stage.departments["first", handover.request.target_department.code]
    if target == handover.request.target_department:
        return _completed(handover)
    return _completed(handover.redirect(target))


_WAYS: Final[tuple[tuple[Callable[[Handover], None], float], ...]] = (
    (_completed, 0.7), (_declined, 0.08), (_cancelled, 0.03), (_withdrawn, 0.02), (_absent, 0.03), (_late, 0.04),
    (_expired, 0.02), (_redirected, 0.08),
)  # fmt: skip

#: Until which step a case that is open today has come, how urgent, sent how many days ago, at which department.
_DESK: Final = (
    (Event.SUBMIT, Urgency.ROUTINE, 1, "cardiology"),
    (Event.SUBMIT, Urgency.URGENT, 1, "endocrinology"),
    (Event.SUBMIT, Urgency.ROUTINE, 2, "endocrinology"),
    (Event.SUBMIT, Urgency.URGENT, 1, "cardiology"),
    (Event.SUBMIT, Urgency.ROUTINE, 3, "cardiology"),
    (Event.ASK, Urgency.ROUTINE, 3, "cardiology"),
    (Event.ACCEPT, Urgency.ROUTINE, 4, "endocrinology"),
    (Event.SCHEDULE, Urgency.ROUTINE, 2, "cardiology"),
    (Event.ARRIVE, Urgency.ROUTINE, 8, "cardiology"),
    (Event.ADMIT, Urgency.ROUTINE, 12, "endocrinology"),
    (Event.RETURN, Urgency.ROUTINE, 14, "cardiology"),
    (Event.RETURN, Urgency.ROUTINE, 12, "endocrinology"),
    (Event.MISS, Urgency.ROUTINE, 9, "cardiology"),
    (Event.ASK_TO_CANCEL, Urgency.ROUTINE, 4, "endocrinology"),
)


def open_cases(lives: list[Life], chance: Chance) -> None:
    """What waits at the desks of both secondary hospitals today, and the return that the story's doctor confirms."""
    played = {piece.name for piece in PIECES}
    for life in lives:
        if life.one.script and life.one.patient.name == RETURNED and life.visits:
            _wait_at(life, Event.RETURN, Urgency.ROUTINE, 5, "cardiology")
    free = [life for life in lives if _could_wait(life) and life.one.patient.name not in played]
    free.sort(key=_need, reverse=True)
    for hospital in ("banan", "huaxi"):
        for until, urgency, days, department in _DESK:
            fitting = next((one for one in free if _fits(one, hospital, department, days)), None)
            if fitting is not None:
                free.remove(fitting)
                _wait_at(fitting, until, urgency, days, department)


def _could_wait(life: Life) -> bool:
    done = life.referred_until is None or life.referred_until < life.span.today - timedelta(days=60)
    return bool(life.visits) and life.one.ended_on is None and life.lost_from is None and done


def _need(life: Life) -> tuple[bool, int]:
    """Those with an open advice first, then those furthest from control, by their latest pressure."""
    return life.advice is not None, life.visits[-1].systolic or 0


def _fits(life: Life, hospital: str, department: str, days: int) -> bool:
    sent_on = life.span.today - timedelta(days=days)
    recent = sent_on - timedelta(days=35) <= life.visits[-1].on <= sent_on
    codes = [_DEPARTMENT[p] for p in life.one.programmes_on(sent_on)]
    return recent and life.one.centre.hospital == hospital and department in codes


def _wait_at(life: Life, until: Event, urgency: Urgency, days: int, department: str) -> None:
    """A case that has come as far as `until` and waits there."""
    # What is urgent was sent yesterday afternoon: its day to answer ends this afternoon.
    first = 14 if urgency == Urgency.URGENT else 9
    at = life.chance.hour(life.span.today - timedelta(days=days), first=first, last=17)
    at = max(at, life.visits[-1].recorded_at + timedelta(minutes=20))
    managed = life.one.programmes_on(timezone.localdate(at))
    programme = next(p for p, code in _DEPARTMENT.items() if code == department and p in managed)
    target = life.stage.departments[life.one.centre.hospital, department]
    handover = Handover(life, target, programme, urgency, at, quick=True)
    handover.send()
    life.referred_until = life.span.today
    if until == Event.SUBMIT:
        return None
    if until == Event.ASK:
        return _asked(handover)
    if until == Event.ACCEPT:
        handover.wait(0, 1)
        return handover.step(Event.ACCEPT)
    handover.accept()
    if until == Event.ASK_TO_CANCEL:
        handover.wait(0, 1)
        return handover.step(Event.ASK_TO_CANCEL, told=Told("患者血压已平稳，希望取消本次转诊。"))
    if until == Event.MISS:
        return handover.miss()
    if until == Event.SCHEDULE:
        return None
    handover.arrive()
    if until == Event.ADMIT:
        handover.wait(0, 1)
        handover.step(Event.ADMIT)
    if until == Event.RETURN:
        handover.return_()
    return None
