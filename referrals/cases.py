"""One case on one page: what the templates show, worked out from the request, its snapshot and its steps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from alliances.scope import Actor
from followups.models import Action, Klass
from followups.protocols.assessment import Reason
from followups.protocols.wording import sentence
from followups.versions import in_force
from patients.identity import IdentityText, masked
from patients.links import patient_path
from patients.models import Identity
from patients.models.encounter import Adherence, Method
from patients.models.task import Urgency
from patients.programmes import Programme
from patients.readings import READINGS
from referrals.handovers import CloseReason, DeclineReason, standing
from referrals.models import CaseSnapshot, ReferralReply, ReferralStatus, ServiceRequest
from referrals.return_form import MedicineChange
from referrals.states import ENDED, Event, Side, SlotKind, State, allowed
from referrals.trends import Spark, Trend, sparks_of, trend_of
from referrals.worklists import ClockFace, clock_face

#: The stations of an ordinary referral: the states that mean it was reached, and its name.
STATIONS: tuple[tuple[tuple[Event, ...], Promise], ...] = (
    ((Event.SUBMIT,), _("Sent")),
    ((Event.ACCEPT,), _("Accepted")),
    ((Event.SCHEDULE,), _("Appointment")),
    ((Event.ARRIVE,), _("Arrived")),
    ((Event.RETURN,), _("Returned")),
    ((Event.CONFIRM,), _("Confirmed")),
)
REASONS: dict[str, Promise] = {**dict(DeclineReason.choices), **dict(CloseReason.choices)}
#: What ends a referral before its last station.
_CUT = (Event.DECLINE, Event.REDIRECT, Event.CLOSE, Event.CANCEL, Event.AGREE, Event.EXPIRE, Event.SETTLE)


@dataclass(frozen=True)
class StepLine:
    """A step as the history shows it; `late` when it was written down on another day or hour than it happened."""

    title: str
    who: str
    at: datetime
    recorded_at: datetime
    late: bool
    text: str
    reason: str
    note: str


@dataclass(frozen=True)
class VisitLine:
    """An earlier visit of the snapshot: day, values in words, what the protocol said of it."""

    on: date
    method: str
    values: str
    judged: list[tuple[str, str]]
    adherence: str


@dataclass(frozen=True)
class CasePage:
    """All that the page of a case shows."""

    request: ServiceRequest
    side: Side | None
    events: set[Event]
    clock: ClockFace | None
    flow: list[dict[str, Any]]
    steps: list[StepLine]
    trend: Trend | None
    sparks: list[Spark]
    conditions: list[str]
    visits: list[VisitLine]
    content: Mapping[str, Any]
    reply: "ReplyView | None"
    telephoned: bool
    sees_record: bool
    age: int
    spoken: StepLine | None
    earlier: list[tuple[str, str, str, str]]

    @property
    def record(self) -> str:
        """Where the resident's record is."""
        return patient_path(self.request.patient_id)

    @property
    def tone(self) -> str:
        """The colour of the state: green when done, muted when ended otherwise, blue under way."""
        if self.request.state == State.COMPLETED:
            return "green"
        return "mute" if self.request.state in ENDED else "info"

    @property
    def icon(self) -> str:
        return {"green": "check-circle", "mute": "archive", "info": "arrow-left-right"}[self.tone]

    @property
    def spoken_tone(self) -> str:
        return "amber" if self.request.state in (State.DECLINED, State.CANCELLATION_REQUESTED) else "info"

    @property
    def waits_for(self) -> str:
        """Who has to act, for a reader who has nothing to press."""
        if self.request.state in ENDED or self.side is None:
            return ""
        sender = self.request.state in (State.INFO_REQUESTED, State.RETURNED)
        if sender == (self.side is Side.SENDER):
            return gettext("A colleague with the right role takes the next step.")
        return gettext("Waiting for the sender.") if sender else gettext("Waiting for the hospital.")


@dataclass(frozen=True)
class ReplyView:
    """The reply with its codes in words."""

    row: ReferralReply
    medicines: list[tuple[str, str, str]]
    goals: list[tuple[str, str, str]]


def case_page(request: ServiceRequest, actor: Actor, *, now: datetime, sees_record: bool) -> CasePage:
    """The page for somebody who may open the request. Two queries: the steps, the settings in force."""
    sides = standing(request, actor)
    state, urgency = State(request.state), Urgency(request.urgency)
    events = {
        event
        for side, roles in sides.items()
        for event in allowed(state=state, side=side, roles=roles, urgency=urgency)
    }
    steps = list(request.steps.select_related("by").order_by("id"))
    snapshot: CaseSnapshot | None = getattr(request, "snapshot", None)
    content = snapshot.content if snapshot else {}
    settings = in_force(on=timezone.localdate(now)).settings
    return CasePage(
        request=request,
        side=next(iter(sides), None),
        events=events,
        clock=clock_face(request, now=now),
        flow=flow_of(request, steps),
        steps=[_line(step) for step in reversed(steps)],
        trend=trend_of(content, request.programme, settings) if content else None,
        sparks=sparks_of(content, settings) if content else [],
        conditions=[_condition(c) for c in content.get("conditions", ())],
        visits=[_visit(v) for v in content.get("visits", ())],
        content=content,
        reply=_reply(getattr(request, "reply", None)),
        telephoned=any(step.detail.get("telephoned") for step in steps),
        sees_record=sees_record,
        age=request.patient.age(on=timezone.localdate(now)),
        spoken=_spoken(request, steps),
        earlier=[_earlier(e) for e in content.get("referrals", ())],
    )


def _earlier(referral: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """Day, hospital, disease and end of an earlier referral."""
    disease, state = Programme(referral["programme"]).label, State(referral["state"]).label
    return referral["on"], referral["to"], str(disease), str(state)


def _spoken(request: ServiceRequest, steps: Sequence[ReferralStatus]) -> StepLine | None:
    """The last words that were said, as long as they decide what comes next."""
    last = steps[-1] if steps else None
    speaks = (
        Event.ASK,
        Event.ANSWER,
        Event.DECLINE,
        Event.REDIRECT,
        Event.ASK_TO_CANCEL,
        Event.REFUSE,
        Event.CLOSE,
    )
    return _line(last) if last is not None and last.text and last.event in speaks else None


def masked_identity(case: CasePage) -> IdentityText:
    """Telephone and address as a printed slip shows them: masked, and empty for who may not open the record."""
    if not case.sees_record:
        return IdentityText()
    return masked(Identity.objects.filter(pk=case.request.patient_id).first())


def flow_of(request: ServiceRequest, steps: Sequence[ReferralStatus]) -> list[dict[str, Any]]:
    """The stations with who reached them and when; the one that is waited for is "now"."""
    reached: dict[str, ReferralStatus] = {}
    for step in steps:
        event = Event.SUBMIT if step.event == Event.REDIRECT and not step.from_state else step.event
        if event == Event.ARRIVE:
            reached.setdefault(Event.ACCEPT, step)
        reached[event] = step
    cut = next((step for step in steps if step.event in _CUT and step.from_state), None)
    flow: list[dict[str, Any]] = []
    waited_for = cut is None
    for index, (events, name) in enumerate(STATIONS):
        found = next((reached[event] for event in events if event in reached), None)
        later = any(event in reached for names, _name in STATIONS[index + 1 :] for event in names)
        if found is not None:
            flow.append({"label": name, "note": _when(found), "on": "done"})
        elif later:
            flow.append({"label": name, "note": gettext("skipped"), "on": "done"})
        elif cut is None:
            flow.append({"label": name, "note": "", "on": "now" if waited_for else ""})
            waited_for = False
    if cut is not None:
        flow.append({"label": request.get_state_display(), "note": _when(cut), "on": "now"})
    return flow


def _when(step: ReferralStatus) -> str:
    at = date_format(timezone.localtime(step.at), "m-d H:i")
    return f"{at} {step.by}" if step.by else at


def _line(step: ReferralStatus) -> StepLine:
    detail = step.detail
    notes = [detail.get("place"), detail.get("to_name"), detail.get("number")]
    if detail.get("slot"):
        slot = timezone.localtime(datetime.fromisoformat(detail["slot"]))
        notes.insert(0, date_format(slot, "Y-m-d H:i"))
    if detail.get("kind") == SlotKind.BED:
        notes.insert(1, str(SlotKind.BED.label))
    return StepLine(
        title=str(Event(step.event).label),
        who=str(step.by) if step.by else gettext("the system"),
        at=step.at,
        recorded_at=step.recorded_at,
        late=abs((step.recorded_at - step.at).total_seconds()) > 600,
        text=step.text,
        reason=str(REASONS.get(detail.get("code", ""), "")),
        note=" · ".join(str(note) for note in notes if note),
    )


def _condition(condition: Mapping[str, Any]) -> str:
    name = Programme(condition["code"]).label
    if condition["since"]:
        return gettext("%(disease)s, since %(year)s") % {"disease": name, "year": condition["since"][:4]}
    return str(name)


def values_in_words(observations: Mapping[str, Any]) -> str:
    """The readings of a visit in one line; the two pressures as one value."""
    values = dict(observations)
    words = []
    if "systolic" in values and "diastolic" in values:
        words.append(f"{values.pop('systolic')}/{values.pop('diastolic')} mmHg")
    for name in ("systolic", "diastolic", "fasting_glucose", "postprandial_glucose", "random_glucose"):
        if name in values:
            reading = READINGS[name]
            words.append(f"{gettext(reading.label)} {values[name]} {reading.unit}")
    return " · ".join(words)


def _visit(visit: Mapping[str, Any]) -> VisitLine:
    return VisitLine(
        on=date.fromisoformat(visit["on"]),
        method=str(Method(visit["method"]).label),
        values=values_in_words(visit["observations"]),
        judged=[_judged(judged) for judged in visit["judged"]],
        adherence=str(Adherence(visit["adherence"]).label) if visit["adherence"] else "",
    )


def _judged(judged: Mapping[str, Any]) -> tuple[str, str]:
    """Tone and words of what the protocol said for one disease."""
    klass, action = Klass(judged["class"]), judged["action"]
    tone = {Klass.CONTROLLED: "green", Klass.NOT_ASSESSED: "mute"}.get(klass, "amber")
    words = f"{Programme(judged['programme']).label} {klass.label}"
    if action in (Action.REFER, Action.EMERGENCY):
        words += f" · {Action(action).label}"
    return tone, words


def _reply(row: ReferralReply | None) -> ReplyView | None:
    if row is None:
        return None
    changes = dict(MedicineChange.choices)
    medicines = [(m["name"], m["dosage"], str(changes.get(m.get("change", ""), ""))) for m in row.medicines]
    goals = []
    for goal in row.goals:
        reading, low, high = READINGS[goal["measure"]], goal["low"], goal["high"]
        bounds = f"{low}–{high}" if low and high else f"<{high}" if high else f"≥{low}"
        goals.append((gettext(reading.label), bounds, reading.unit))
    return ReplyView(row, medicines, goals)


def reason_in_words(reason: Mapping[str, Any]) -> str:
    """A stored reason (a msgid and its values) in the reader's language."""
    return sentence(Reason("", None, reason["text"], reason.get("params", {})), gettext)
