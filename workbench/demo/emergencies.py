"""Two records opened in an emergency: one was reviewed, one waits for the privacy officer. By the product's own actions."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from django.db.models import F
from django.utils import timezone

from alliances.models import PractitionerRole
from journal import audit
from journal.models import Communication, CommunicationStatus
from patients import emergency
from patients.models import EmergencyAccess, EmergencyFinding, EmergencyReason, Patient
from workbench.demo.alliance import Stage


@dataclass(frozen=True, slots=True)
class Opening:
    """Whose record, who opened it, how many days before today and at what time, why, and in which words."""

    name: str
    by: str
    days: int
    clock: time
    reason: EmergencyReason
    text: str


_REVIEWED: Final = Opening(
    "邓桂珍", "linruoqing", 19, time(22, 35), EmergencyReason.VISIT_ELSEWHERE,
    "夜间低血糖由家属送至我院急诊，需核对平时用药和过敏史",
)  # fmt: skip
_WAITING: Final = Opening(
    "秦德华", "malin", 1, time(21, 40), EmergencyReason.EMERGENCY,
    "走亲戚时突发头晕、血压 196/112，就近来本中心，需了解既往病史",
)  # fmt: skip


def build(stage: Stage, *, today: date) -> None:
    """Write both, with what the team and the opener were told. The resident's records must stand."""
    seen = _open(stage, _REVIEWED, today)
    emergency.review(
        seen, by=stage.users["yuanfang"], finding=EmergencyFinding.JUSTIFIED,
        text="急诊病历与调阅时间相符，过敏史已用于当次处置", at=seen.opened_at + timedelta(days=2, hours=13),
    )  # fmt: skip
    waiting = _open(stage, _WAITING, today)
    audit.record("patient.open", by=waiting.opened_by, subject=waiting.patient)
    told = Communication.objects.filter(kind__startswith="emergency_")
    told.update(status=CommunicationStatus.COMPLETED, sent_at=F("not_before"), created_at=F("not_before"))
    told.filter(not_before__lt=waiting.opened_at).update(read_at=F("not_before") + timedelta(hours=10))


def _open(stage: Stage, one: Opening, today: date) -> EmergencyAccess:
    at = datetime.combine(today - timedelta(days=one.days), one.clock, timezone.get_default_timezone())
    user = stage.users[one.by]
    residents = Patient.objects.filter(name=one.name, organization=stage.places["nanquan"])
    post = PractitionerRole.objects.filter(user=user).earliest("pk")
    return emergency.open_record(
        residents.earliest("created_at", "pk"), by=user, organization=post.organization,
        reason=one.reason, text=one.text, at=at,
    )  # fmt: skip
