"""The buttons of a case as data: what each asks for, says beforehand and does. What is allowed says the table of states."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from referrals import forms as asked
from referrals import handovers
from referrals.cases import CasePage
from referrals.models import ServiceRequest
from referrals.states import Event
from referrals.targets import targets_for

Do = Callable[[ServiceRequest, dict[str, Any], User, datetime], Any]


@dataclass(frozen=True)
class Step:
    """A button with its question. `page`: it opens a page of its own instead of a dialog."""

    event: Event
    label: Promise
    icon: str
    consequence: Promise | str
    done: Promise | str
    form: type[forms.Form]
    do: Do
    key: str = ""
    danger: bool = False
    page: bool = False


def _accept(row: ServiceRequest, data: dict[str, Any], by: User, at: datetime) -> Any:
    return handovers.accept(row.pk, by=by, at=at, slot=data["slot"], place=data["place"], kind=data["kind"])


def _schedule(row: ServiceRequest, data: dict[str, Any], by: User, at: datetime) -> Any:
    return handovers.schedule(row.pk, data["slot"], data["place"], by=by, at=at, kind=data["kind"])


def _arrive(row: ServiceRequest, data: dict[str, Any], by: User, at: datetime) -> Any:
    return handovers.arrive(row.pk, by=by, at=data["at"], number=data["number"])


STEPS: dict[Event, Step] = {
    step.event: step
    for step in (
        Step(Event.ACCEPT, _("Accept"), "check-lg",
             _("Your department may open this resident's record until 30 days after the care. Name a time now to make the appointment at once."),
             _("Accepted. The sending team has been told."), asked.AcceptForm, _accept, key="a"),
        Step(Event.ARRIVE, _("Patient has arrived"), "door-open",
             _("The reply to the sending team is due within 14 days."),
             _("Arrival recorded."), asked.ArriveForm, _arrive, key="v"),
        Step(Event.RETURN, _("Write the return"), "pen", "", "", asked.StepForm, lambda *_a: None, key="w", page=True),
        Step(Event.CONFIRM, _("Confirm receipt"), "check2-all",
             _("The referral is complete; the next follow-up is brought forward to a week from today."),
             _("Receipt confirmed. The follow-up has been brought forward."), asked.StepForm,
             lambda r, d, by, at: handovers.confirm(r.pk, by=by, at=at), key="a"),
        Step(Event.ANSWER, _("Answer"), "reply", _("The hospital's answer clock goes on."),
             _("Answer sent."), asked.AnswerForm,
             lambda r, d, by, at: handovers.answer(r.pk, d["text"], by=by, at=at), key="a"),
        Step(Event.SCHEDULE, _("Make an appointment"), "calendar-plus", _("The sending team is told the time and place."),
             _("Appointment made. The sending team has been told."), asked.ScheduleForm,
             _schedule, key="s"),
        Step(Event.AGREE, _("Agree to cancel"), "check-lg", _("The referral is cancelled."),
             _("Cancelled."), asked.StepForm, lambda r, d, by, at: handovers.agree(r.pk, by=by, at=at), key="a"),
        Step(Event.REFUSE, _("Refuse to cancel"), "x-lg", _("The referral goes on where it stood."),
             _("The referral goes on."), asked.TextForm,
             lambda r, d, by, at: handovers.refuse(r.pk, d["text"], by=by, at=at), key="r"),
        Step(Event.ADMIT, _("Treatment begun"), "hospital", _("The reply clock counts anew from now."),
             _("Treatment recorded."), asked.StepForm, lambda r, d, by, at: handovers.admit(r.pk, by=by, at=at), key="t"),
        Step(Event.ASK, _("Ask"), "chat-left-text", _("Your answer clock stands still until the sender replies."),
             _("Question sent."), asked.QuestionForm,
             lambda r, d, by, at: handovers.ask(r.pk, d["text"], by=by, at=at), key="q"),
        Step(Event.REDIRECT, _("Pass on"), "signpost-split",
             _("This request ends here; the other department gets it with a fresh clock. Who manages the resident stays as it is."),
             _("Passed on. The sending team has been told."), asked.RedirectForm,
             lambda r, d, by, at: handovers.redirect(r.pk, d["target"], d["text"], by=by, at=at), key="r", page=True),
        Step(Event.MISS, _("Did not come"), "person-x", _("The sending team is asked to call the resident within 3 days."),
             _("Recorded. The sending team has been asked to call."), asked.StepForm,
             lambda r, d, by, at: handovers.miss(r.pk, by=by, at=at), key="m", danger=True),
        Step(Event.DECLINE, _("Decline with advice"), "x-circle",
             _("The sender is told at once and may send another referral. Who manages the resident stays as it is."),
             _("Declined. Your advice has been sent."), asked.DeclineForm,
             lambda r, d, by, at: handovers.decline(r.pk, d["code"], d["text"], by=by, at=at), key="d", danger=True),
        Step(Event.CLOSE, _("Close without a return"), "archive",
             _("The case ends here and cannot be opened again. The sending team is told."),
             _("Closed. The sending team has been told."), asked.CloseForm,
             lambda r, d, by, at: handovers.close(r.pk, d["code"], d["text"], by=by, at=at), key="x", danger=True),
        Step(Event.ASK_TO_CANCEL, _("Ask to cancel"), "x-circle",
             _("The hospital has accepted already; it answers within one working day."),
             _("The hospital has been asked."), asked.TextForm,
             lambda r, d, by, at: handovers.ask_to_cancel(r.pk, d["text"], by=by, at=at), key="x", danger=True),
        Step(Event.CANCEL, _("Cancel"), "x-circle", _("The referral ends; the hospital is told. This cannot be undone."),
             _("Cancelled. The hospital has been told."), asked.TextForm,
             lambda r, d, by, at: handovers.cancel(r.pk, d["text"], by=by, at=at), key="x", danger=True),
    )
}  # fmt: skip


def form_of(step: Step, row: ServiceRequest, data: QueryDict | None = None) -> forms.Form:
    """The form of a step, empty or filled; its fields' ids begin with the event, many stand on one page."""
    options: dict[str, Any] = {"data": data, "auto_id": f"{step.event}-%s"}
    if step.event is Event.ARRIVE:
        options["initial"] = {"at": timezone.localtime()}
    if step.event is Event.REDIRECT:
        found = targets_for(row.patient, programme=row.programme, on=timezone.localdate())
        others = [d for d in found.departments if d.pk != row.target_department_id]
        options["targets"] = replace(found, departments=others, default=None)
    return step.form(**options)


@dataclass(frozen=True)
class Button:
    """A step that may be done now, with its form unless it has a page of its own."""

    step: Step
    form: forms.Form | None
    primary: bool


def buttons_of(case: CasePage) -> list[Button]:
    """The buttons of a case in their order; the first one is the primary, unless it ends something."""
    steps = [step for event, step in STEPS.items() if event in case.events]
    return [
        Button(
            step, None if step.page else form_of(step, case.request), primary=index == 0 and not step.danger
        )
        for index, step in enumerate(steps)
    ]
