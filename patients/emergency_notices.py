"""Who is told of an emergency access, in the app: the resident's team of its opening, the opener of the finding."""

from collections.abc import Mapping
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from alliances.models import PractitionerRole, Role
from journal import outbox
from journal.models import Channel, Communication, Recipient
from patients.links import patient_path
from patients.models import EmergencyAccess, EmergencyFinding, EmergencyReason

#: Whole sentences, so that each language can say them its own way.
OPENED: dict[str, str] = {
    EmergencyReason.EMERGENCY: _("%(person)s (%(place)s) opened this record in an emergency: emergency treatment"),
    EmergencyReason.VISIT_ELSEWHERE: _("%(person)s (%(place)s) opened this record in an emergency: the resident came there for treatment"),
    EmergencyReason.OTHER: _("%(person)s (%(place)s) opened this record in an emergency: another reason, see the record"),
}  # fmt: skip
UNJUSTIFIED = _("The emergency access by %(person)s (%(place)s) was found not justified")
FINDINGS: dict[str, str] = {
    EmergencyFinding.JUSTIFIED: _("Your emergency access of %(day)s was found justified"),
    EmergencyFinding.UNJUSTIFIED: _("Your emergency access of %(day)s was found not justified: %(text)s"),
}


def opened(access: EmergencyAccess) -> str:
    """The sentence about the opening."""
    return OPENED[access.reason]


def tell_team(access: EmergencyAccess, sentence: str, *, at: datetime) -> None:
    """Tell the responsible team; where there is none, those who run the organization."""
    patient = access.patient
    if patient.care_team_id is not None:
        receivers = [(Recipient.TEAM, patient.care_team_id)]
    else:
        running = PractitionerRole.objects.live(on=timezone.localdate(at)).filter(
            organization_id=patient.organization_id, role=Role.ORGANIZATION_ADMIN
        )
        receivers = [(Recipient.USER, user_id) for user_id in running.values_list("user_id", flat=True)]
    params = {"person": access.opened_by.name, "place": str(access.organization)}
    content = {"text": sentence, "params": params, "path": patient_path(patient.pk)}
    kind = "emergency_unjustified" if sentence == UNJUSTIFIED else "emergency_opened"
    outbox.post(_message(access, kind, content, to=to, at=at) for to in receivers)


def tell_opener(access: EmergencyAccess, *, at: datetime) -> None:
    """Tell the one who opened the record what was found."""
    params = {"day": timezone.localdate(access.opened_at).isoformat(), "text": access.review_text}
    path = reverse("patients:emergency-look-up")
    content = {"text": FINDINGS[access.finding], "params": params, "path": path}
    to = (Recipient.USER, access.opened_by_id)
    outbox.post([_message(access, "emergency_reviewed", content, to=to, at=at)])


def _message(
    access: EmergencyAccess,
    kind: str,
    content: Mapping[str, object],
    *,
    to: tuple[Recipient, int],
    at: datetime,
) -> Communication:
    # The resident stays out of what goes to the opener: the record may be closed to them by now.
    told = access.patient if kind != "emergency_reviewed" else None
    return Communication(
        key=f"{kind}:{access.pk}:{to[0]}:{to[1]}", kind=kind, channel=Channel.IN_APP, recipient_kind=to[0],
        recipient_id=str(to[1]), patient_id=told.pk if told else None,
        organization_id=access.patient.organization_id, content=content, not_before=at,
    )  # fmt: skip
