"""Hand-over of residents between teams of a centre: proposed by one, accepted by the other, kept as history."""

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import Case, F, Q, When
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from alliances.models import CareTeam, Organization
from journal.enumerations import known
from journal.keys import new_key
from patients.models.patient import Patient
from patients.reach import Reach
from patients.scope import PatientOwnedQuerySet


class HandoverReason(models.TextChoices):
    """Why a resident changes the team."""

    CASE_MANAGEMENT = "case_management", _("stable: case management in the area team")
    CRITICAL = "critical", _("critical: back to the specialty team")
    MOVED_HOUSE = "moved_house", _("moved to another area")
    WORKLOAD = "workload", _("balance of work")
    OTHER = "other", _("other")


class HandoverStatus(models.TextChoices):
    PROPOSED = "proposed", _("waiting for the other team")
    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", _("declined")
    WITHDRAWN = "withdrawn", _("withdrawn")


class HandoverQuerySet(PatientOwnedQuerySet["Handover"]):
    def open(self) -> "HandoverQuerySet":
        """Proposed and not answered."""
        return self.filter(status=HandoverStatus.PROPOSED)

    def received_by(self, reach: Reach) -> "HandoverQuerySet":
        """Those that wait for an answer of the reach, or had one."""
        return self.filter(reach.over(organization="organization_id", team="to_team_id"))

    def sent_by(self, reach: Reach) -> "HandoverQuerySet":
        """Those that the reach gave away, or wants to."""
        return self.filter(reach.over(organization="organization_id", team="from_team_id"))

    def critical_first(self) -> "HandoverQuerySet":
        """What cannot wait, then what has waited longest."""
        return self.order_by(
            Case(When(reason=HandoverReason.CRITICAL, then=0), default=1), "proposed_at", "pk"
        )


class Handover(models.Model):
    """One resident from one team to another of the same centre. Responsibility changes when it is accepted."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="+")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    from_team = models.ForeignKey(CareTeam, models.PROTECT, null=True, related_name="+")
    to_team = models.ForeignKey(CareTeam, models.PROTECT, related_name="+", verbose_name=_("to team"))
    reason = models.CharField(_("reason"), max_length=20, choices=HandoverReason)
    text = models.CharField(_("note"), max_length=300, blank=True)
    status = models.CharField(max_length=10, choices=HandoverStatus, default=HandoverStatus.PROPOSED)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=Now())
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=300, blank=True)

    objects = HandoverQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            known("reason", HandoverReason, table="handover"),
            known("status", HandoverStatus, table="handover"),
            models.UniqueConstraint(
                fields=["patient"], condition=Q(status=HandoverStatus.PROPOSED), name="handover_one_open"
            ),
            models.CheckConstraint(condition=~Q(from_team=F("to_team")), name="handover_between_two"),
            models.CheckConstraint(
                condition=Q(status=HandoverStatus.PROPOSED, answered_at__isnull=True)
                | (~Q(status=HandoverStatus.PROPOSED) & Q(answered_at__isnull=False)),
                name="handover_answered_or_open",
            ),
            models.CheckConstraint(
                condition=~Q(status=HandoverStatus.DECLINED) | ~Q(answer=""), name="handover_decline_says_why"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["to_team"], name="handover_waiting", condition=Q(status=HandoverStatus.PROPOSED)
            ),
            models.Index(fields=["organization", "-proposed_at"], name="handover_by_organization"),
        ]

    @property
    def answered_on(self) -> date | None:
        """The day of the answer; an accepted resident is the other team's from it."""
        return timezone.localdate(self.answered_at) if self.answered_at else None

    @property
    def is_critical(self) -> bool:
        """Whether the answer cannot wait."""
        return self.reason == HandoverReason.CRITICAL

    @property
    def answer_words(self) -> str:
        """What was answered; what the product wrote is said in the reader's language."""
        return gettext(self.answer) if self.answer and self.answered_by_id is None else self.answer
