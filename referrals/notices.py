"""Whom a step concerns and what they are told, in the app: the other side, never the one who acted.

A notice says the step and who took it. Whom it concerns is added where it is shown, for those who may see the resident.
"""

from django.utils.translation import gettext_noop as _

from journal.models import Channel, Communication, Recipient
from referrals.models import ReferralStatus, ServiceRequest
from referrals.states import Event, Side

#: What is told of a step; the two sides' names are filled in where it is shown.
SENTENCES: dict[str, str] = {
    Event.SUBMIT: _("A new referral from %(from)s awaits your answer"),
    Event.ANSWER: _("%(from)s answered your question"),
    Event.ASK_TO_CANCEL: _("%(from)s asks to cancel the referral"),
    Event.CANCEL: _("%(from)s cancelled the referral"),
    Event.CONFIRM: _("%(from)s confirmed receipt of the return"),
    Event.ASK: _("%(to)s has a question about the referral"),
    Event.ACCEPT: _("%(to)s accepted the referral"),
    Event.DECLINE: _("%(to)s declined the referral and gave advice"),
    Event.REDIRECT: _("The referral was passed on to %(to)s"),
    Event.SCHEDULE: _("%(to)s made an appointment"),
    Event.ARRIVE: _("Arrived at %(to)s"),
    Event.ADMIT: _("Treatment begun at %(to)s"),
    Event.MISS: _("Did not come to %(to)s"),
    Event.CLOSE: _("%(to)s closed the referral"),
    Event.RETURN: _("Back from %(to)s, please confirm receipt"),
    Event.AGREE: _("%(to)s agreed to the cancellation"),
    Event.REFUSE: _("%(to)s refused the cancellation"),
    Event.SETTLE: _("The referral ended because the resident died"),
    Event.EXPIRE: _("The referral expired without an answer"),
}


def of_step(request: ServiceRequest, step: ReferralStatus) -> list[Communication]:
    """The messages that a saved step causes; none for a draft."""
    if step.event not in SENTENCES:
        return []
    receivers = [(Recipient.DEPARTMENT, request.target_department_id)]
    senders = (
        [(Recipient.TEAM, request.source_team_id)]
        if request.source_team_id
        else [(Recipient.USER, request.requester_id)]
    )
    told = {Side.SENDER: receivers, Side.RECEIVER: senders}.get(Side(step.side), [*receivers, *senders])
    if step.event == Event.REDIRECT and not step.from_state:
        told = [*receivers]
    return [_message(request, step, kind, recipient_id) for kind, recipient_id in told]


def words(request: ServiceRequest) -> dict[str, str]:
    """What is filled into a sentence."""
    return {
        "from": str(request.source_team or request.source_organization),
        "to": f"{request.target_department.organization} {request.target_department}",
    }


def _message(
    request: ServiceRequest, step: ReferralStatus, kind: Recipient, recipient_id: int | None
) -> Communication:
    return Communication(
        key=f"referral:{request.pk}:{step.pk}:{kind}:{recipient_id}",
        kind=f"referral_{step.event}",
        channel=Channel.IN_APP,
        recipient_kind=kind,
        recipient_id=str(recipient_id),
        patient_id=request.patient_id,
        organization_id=request.source_organization_id,
        content={"text": SENTENCES[step.event], "params": words(request), "path": request.get_absolute_url()},
        not_before=step.at,
    )
