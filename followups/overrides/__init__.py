"""A doctor decides otherwise than the protocol: what may be, what counts then, and the rows that keep both.

What counts downstream (follow-up, advice, lists, figures of classes) is the doctor's word; what the protocol said stays
beside it with the reason. The judgement itself is never changed: later visits are judged by readings as ever.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.utils.translation import gettext_noop as _

from accounts.models import ApiClient, User
from alliances.permissions import Permission
from alliances.scope import scope_of
from followups.entry.override import Override, Wish
from followups.entry.visit import Fault
from followups.models import AssessmentOverride
from followups.protocols.assessment import Decision, Outcome, Reason, next_due_on, referral_of
from followups.protocols.catalogue import protocols
from followups.protocols.months import add_months
from followups.protocols.terms import STRICTNESS, Action, Klass
from followups.protocols.versions import Version
from journal.audit import Agent
from patients.models import Encounter, Patient

REASON_FROM: Final = 5
REASON_TO: Final = 500
LATEST_MONTHS: Final = 12
NOT_ALLOWED: Final = Fault(
    "override", "not_allowed", _("Only the resident's doctors decide otherwise than the protocol.")
)
NO_SYSTEM: Final = Fault("override", "emergency", _("Only a doctor here takes back an emergency."))
RULE: Final = "override"
# A visit that was made has a class: "not assessed" is the protocol's word for a reading that is missing.
CLASSES: Final = tuple(klass for klass in Klass if klass is not Klass.NOT_ASSESSED)


def may_override(by: Agent | None, patient: Patient, *, today: date) -> bool:
    """Whether somebody may decide otherwise for this resident: a doctor by the post that covers the resident.

    A system hands in what a doctor decided in it. Nobody (`None`) is the product itself.
    """
    if by is None or isinstance(by, ApiClient):
        return True
    if not isinstance(by, User) or not scope_of(by).may(Permission.VISIT_OVERRIDE):
        return False
    scope = scope_of(by).doing(Permission.VISIT_OVERRIDE, on=today)
    return patient.organization_id in scope.organization_ids or patient.care_team_id in scope.team_ids


def faults_of(
    override: Override, decision: Decision, *, by: Agent | None, patient: Patient, on: date, today: date
) -> Iterator[Fault]:
    """Everything about the decision that cannot be. `decision` is what the protocol says of the visit of day `on`."""
    if not may_override(by, patient, today=today):
        yield NOT_ALLOWED
        return
    if not REASON_FROM <= len(override.reason.strip()) <= REASON_TO:
        text = _("Say why, in %(low)s to %(high)s characters.")
        yield Fault("override.reason", "reason", text, {"low": REASON_FROM, "high": REASON_TO})
    wished = [wish for wish in override.programmes.values() if wish.klass or wish.action]
    if not wished and override.next_due_on is None:
        yield Fault("override", "empty", _("Choose what is decided otherwise: class, action or next date."))
    for name, wish in override.programmes.items():
        yield from _wish_faults(name, wish, decision.programmes.get(name), by)
    day, last = override.next_due_on, add_months(on, LATEST_MONTHS)
    if day is not None and not on < day <= last:
        text = _("The next date lies after the visit and at most %(months)s months away.")
        yield Fault("override.next_due_on", "out_of_range", text, {"months": LATEST_MONTHS})


def _wish_faults(name: str, wish: Wish, outcome: Outcome | None, by: Agent | None) -> Iterator[Fault]:
    path = f"override.programmes.{name}"
    if outcome is None:
        yield Fault(path, "unknown", _("The visit does not count for this programme."))
        return
    if wish.klass and wish.klass not in CLASSES:
        yield Fault(f"{path}.class", "unknown", _("“%(word)s” is not known here."), {"word": wish.klass})
        return
    if wish.action and wish.action not in tuple(Action):
        yield Fault(f"{path}.action", "unknown", _("“%(word)s” is not known here."), {"word": wish.action})
        return
    action = Action(wish.action) if wish.action else outcome.action
    klass = Klass(wish.klass) if wish.klass else outcome.klass
    if Action.EMERGENCY in (action, outcome.action) and klass is Klass.CONTROLLED:
        yield Fault(f"{path}.class", "emergency", _("An emergency is never called controlled."))
    if outcome.action is Action.EMERGENCY and action is not Action.EMERGENCY and isinstance(by, ApiClient):
        yield replace(NO_SYSTEM, field=f"{path}.action")


def may_take_back(known: Iterable[AssessmentOverride], decision: Decision, by: Agent | None) -> bool:
    """Whether what a doctor decided here may make way for this decision: a system takes back no emergency."""
    raised = [row.programme for row in known if row.action == Action.EMERGENCY]
    lowered = [
        name
        for name in raised
        if name in decision.programmes and decision.programmes[name].action is not Action.EMERGENCY
    ]
    return not (lowered and isinstance(by, ApiClient))


def effective(decision: Decision, override: Override, version: Version, *, on: date) -> Decision:
    """What counts after the doctor's decision; `protocol` holds what the rules said. Unchanged where nothing differs."""
    programmes = {
        name: _overruled(outcome, override.programmes.get(name, Wish()), override.reason)
        for name, outcome in decision.programmes.items()
    }
    actions = [outcome.action for outcome in programmes.values() if outcome.action]
    action = max(actions, key=STRICTNESS.__getitem__, default=Action.ROUTINE)
    asked = [_asked(name, outcome, decision, version, on) for name, outcome in programmes.items()]
    due_on = min((day for day in asked if day), default=decision.next_due_on)
    due_on = override.next_due_on or due_on
    if programmes == decision.programmes and due_on == decision.next_due_on:
        return decision
    return replace(
        decision,
        programmes=programmes,
        action=action,
        next_due_on=due_on,
        referral=referral_of(action, programmes.values()),
        protocol=decision,
    )


def _asked(name: str, outcome: Outcome, decision: Decision, version: Version, on: date) -> date | None:
    """The day that a programme asks for: the protocol's, or the one that follows from the doctor's action."""
    if outcome.action is None or outcome.action is decision.programmes[name].action:
        return outcome.due_on
    protocol = protocols(version.settings).get(name)
    return next_due_on(on, outcome.action, version.settings, protocol)


def _overruled(outcome: Outcome, wish: Wish, why: str) -> Outcome:
    klass = Klass(wish.klass) if wish.klass else outcome.klass
    action = Action(wish.action) if wish.action else outcome.action
    if klass is outcome.klass and action is outcome.action:
        return outcome
    moved = action is not outcome.action
    said = Reason(
        RULE, action if moved else None, _("The doctor decided otherwise: %(why)s"), {"why": why.strip()}
    )
    # The protocol's reasons stay to be read; they no longer speak for the action that was taken back.
    kept = tuple(replace(reason, action=None) if moved else reason for reason in outcome.reasons)
    return replace(outcome, klass=klass, action=action, reasons=(said, *kept))


def rows_of(
    encounter: Encounter, decision: Decision, override: Override, *, by: Agent | None, name: str, at: datetime
) -> list[AssessmentOverride]:
    """What keeps both words: unsaved, one for each programme that differs, and one for a date of the doctor's own."""
    said = decision.protocol
    if said is None:
        return []
    about = {
        "encounter_id": encounter.pk, "patient_id": encounter.patient_id, "on": encounter.on,
        "organization_id": encounter.organization_id, "care_team_id": encounter.care_team_id,
        "reason": override.reason.strip(), "by": by if isinstance(by, User) else None, "by_name": name, "at": at,
    }  # fmt: skip
    rows = [
        AssessmentOverride(
            programme=programme, protocol_klass=said.programmes[programme].klass, klass=outcome.klass,
            protocol_action=said.programmes[programme].action, action=outcome.action, **about,
        )
        for programme, outcome in decision.programmes.items()
        if (outcome.klass, outcome.action) != (said.programmes[programme].klass, said.programmes[programme].action)
    ]  # fmt: skip
    if override.next_due_on is not None and decision.next_due_on != said.next_due_on:
        dates = {"protocol_due_on": said.next_due_on, "due_on": decision.next_due_on}
        rows.append(AssessmentOverride(programme="", **dates, **about))
    return rows


def stored(visits: Iterable[UUID]) -> dict[UUID, list[AssessmentOverride]]:
    """The kept decisions by visit: one statement."""
    found: dict[UUID, list[AssessmentOverride]] = {}
    for row in AssessmentOverride.objects.filter(encounter__in=list(visits)).order_by("pk"):
        found.setdefault(row.encounter_id, []).append(row)
    return found


def protocol_beside() -> Subquery:
    """Beside an assessment: what the protocol said, who decided otherwise and why, as JSON; NULL where nobody did."""
    mine = AssessmentOverride.objects.filter(encounter=OuterRef("encounter"), programme=OuterRef("programme"))
    kept = JSONObject(
        protocol_class="protocol_klass",
        protocol_action="protocol_action",
        reason="reason",
        by="by_name",
        at="at",
    )
    return Subquery(mine.values(kept=kept)[:1])


def decided_beside() -> ArraySubquery:
    """Beside a visit: the kept decisions as JSON, one for each programme and one (programme empty) for the date."""
    mine = AssessmentOverride.objects.filter(encounter=OuterRef("pk")).order_by("pk")
    kept = {
        "programme": "programme", "class": "klass", "action": "action", "due_on": "due_on",
        "protocol_due_on": "protocol_due_on", "reason": "reason", "by": "by_name", "at": "at",
    }  # fmt: skip
    return ArraySubquery(mine.values(kept=JSONObject(**kept)))


def still_standing(rows: Iterable[AssessmentOverride], decision: Decision) -> Override | None:
    """The decision that a corrected visit keeps: for what the protocol says as it said when the doctor decided.

    Where the corrected readings lead to another judgement, the doctor's word on the earlier one falls.
    """
    kept = [row for row in rows if _same_ground(row, decision)]
    if not kept:
        return None
    wishes = {row.programme: Wish(row.klass or "", row.action or "") for row in kept if row.programme}
    day = next((row.due_on for row in kept if not row.programme), None)
    return Override(kept[0].reason, wishes, day)


def _same_ground(row: AssessmentOverride, decision: Decision) -> bool:
    if not row.programme:
        return row.protocol_due_on == decision.next_due_on
    outcome = decision.programmes.get(row.programme)
    return outcome is not None and (outcome.klass, outcome.action) == (
        row.protocol_klass,
        row.protocol_action,
    )


def rewrite(known: Iterable[AssessmentOverride], wanted: Iterable[AssessmentOverride]) -> bool:
    """Bring the kept decisions of one visit to what is wanted; what was before stays in the history.

    Returns whether anything was written.
    """
    before = {row.programme: row for row in known}
    after = {row.programme: row for row in wanted}
    gone = [row.pk for programme, row in before.items() if programme not in after]
    AssessmentOverride.objects.filter(pk__in=gone).delete()
    written = bool(gone)
    for programme, row in after.items():
        old = before.get(programme)
        if old is None:
            row.save(force_insert=True)
        elif said_in(old) != said_in(row):
            row.pk = old.pk
            row.save(force_update=True)
        else:
            continue
        written = True
    return written


def said_in(row: AssessmentOverride) -> tuple[object, ...]:
    """The content of a decision, without who and when."""
    return (
        row.protocol_klass,
        row.klass,
        row.protocol_action,
        row.action,
        row.protocol_due_on,
        row.due_on,
        row.reason,
    )


def decided(rows: Iterable[AssessmentOverride]) -> Override | None:
    """The kept decision as it was handed in: what does not differ from the protocol is left to it."""
    rows = list(rows)
    if not rows:
        return None
    wishes = {row.programme: _wish(row) for row in rows if row.programme}
    return Override(rows[0].reason, wishes, next((row.due_on for row in rows if not row.programme), None))


def _wish(row: AssessmentOverride) -> Wish:
    klass = (row.klass or "") if row.klass != row.protocol_klass else ""
    return Wish(klass, (row.action or "") if row.action != row.protocol_action else "")


def same(override: Override | None, rows: Iterable[AssessmentOverride]) -> bool:
    """Whether a visit sent again carries the decision that is stored, and nothing beyond it."""
    kept = {row.programme: row for row in rows}
    if override is None or not kept:
        return not kept
    if {row.reason for row in kept.values()} != {override.reason.strip()}:
        return False
    for name in {*kept, *override.programmes} - {""}:
        wish, row = override.programmes.get(name, Wish()), kept.get(name)
        if row is None and (wish.klass or wish.action):
            return False
        if row is not None and (wish.klass or row.protocol_klass, wish.action or row.protocol_action) != (
            row.klass,
            row.action,
        ):
            return False
    return override.next_due_on == (kept[""].due_on if "" in kept else None)
