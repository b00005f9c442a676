"""The post: one message to one recipient, and how it travels."""

from typing import ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from journal.enumerations import all_known, known
from journal.keys import new_key


class Channel(models.TextChoices):
    """How a message travels."""

    IN_APP = "in_app", _("in the app")
    SMS = "sms", _("by text message")
    WECHAT = "wechat", _("by WeChat")
    EMAIL = "email", _("by e-mail")


#: The channels that reach a person outside the app, as an installation without a setting orders them.
OUTSIDE = (Channel.WECHAT, Channel.SMS, Channel.EMAIL)


class CommunicationStatus(models.TextChoices):
    """FHIR Communication.status, with the states of an honest sender."""

    PREPARATION = "preparation", _("waiting")
    IN_PROGRESS = "in_progress", _("being sent")
    COMPLETED = "completed", _("sent")
    UNCERTAIN = "uncertain", _("uncertain")
    STOPPED = "stopped", _("called off")
    FAILED = "failed", _("failed")


class Recipient(models.TextChoices):
    """Whom a message addresses; its address and consent are asked for at sending time."""

    PATIENT = "patient", _("resident")
    USER = "user", _("staff member")
    TEAM = "team", _("team")
    DEPARTMENT = "department", _("department")


class CommunicationQuerySet(models.QuerySet["Communication"]):
    """The outbox in the words of its readers."""

    def waiting(self) -> "CommunicationQuerySet":
        return self.filter(status=CommunicationStatus.PREPARATION)

    def in_app_for(self, user_id: int, teams: list[int], departments: list[int]) -> "CommunicationQuerySet":
        """Messages shown in the app to a user: personal ones and those of the user's teams and departments."""
        return self.filter(channel=Channel.IN_APP).filter(
            Q(recipient_kind=Recipient.USER, recipient_id=str(user_id))
            | Q(recipient_kind=Recipient.TEAM, recipient_id__in=[str(t) for t in teams])
            | Q(recipient_kind=Recipient.DEPARTMENT, recipient_id__in=[str(d) for d in departments])
        )


class Communication(models.Model):
    """One message to one recipient over one channel, written in the transaction of the fact that causes it."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    channel = models.CharField(max_length=8, choices=Channel)
    recipient_kind = models.CharField(max_length=12, choices=Recipient)
    recipient_id = models.CharField(max_length=40)
    patient_id = models.UUIDField(null=True)
    organization_id = models.BigIntegerField(null=True)
    content = models.JSONField(
        default=dict, help_text="What the template needs; never a document number or a phone."
    )
    not_before = models.DateTimeField()
    fallbacks = ArrayField(
        models.CharField(max_length=8, choices=Channel), null=True,
        help_text="The channels that come next, in order; unknown until the person's own order was asked for.",
    )  # fmt: skip
    status = models.CharField(
        max_length=12, choices=CommunicationStatus, default=CommunicationStatus.PREPARATION
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    leaving_at = models.DateTimeField(
        null=True,
        help_text="Committed before it leaves by a channel that cannot tell a second one from the first.",
    )
    sent_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=80, blank=True, help_text="What the gateway calls it.")
    delivered_at = models.DateTimeField(null=True, help_text="By the gateway's receipt.")
    read_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    version = models.BigIntegerField(default=1)

    objects = CommunicationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            known("channel", Channel, table="communication"),
            known("recipient_kind", Recipient, table="communication"),
            known("status", CommunicationStatus, table="communication"),
            all_known("fallbacks", Channel, table="communication"),
            models.UniqueConstraint(fields=["key", "recipient_kind"], name="communication_sent_once"),
            models.CheckConstraint(
                condition=~Q(status=CommunicationStatus.IN_PROGRESS) | Q(lease_until__isnull=False),
                name="communication_in_progress_is_leased",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["not_before", "id"], name="communication_due", condition=Q(status="preparation")),
            models.Index(fields=["lease_until"], name="communication_leased", condition=Q(status="in_progress")),
            models.Index(
                F("recipient_kind"), F("recipient_id"), F("not_before").desc(),
                name="communication_unread", condition=Q(channel="in_app", read_at__isnull=True),
            ),
            models.Index(fields=["patient_id", "-not_before"], name="communication_by_patient"),
            models.Index(fields=["-not_before", "id"], name="communication_to_settle", condition=Q(status="uncertain")),
        ]  # fmt: skip
        triggers: ClassVar[list[pgtrigger.Trigger]] = []
