"""The past (AuditEvent), the news (Change) and the post (Communication). Ids, no foreign keys: these outlive the rest."""

from typing import ClassVar
from uuid import UUID

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from journal.enumerations import known
from journal.keys import new_key
from journal.triggers import APPEND_ONLY, NO_TRUNCATE


class AgentType(models.TextChoices):
    """Who acted: a person, another system, or the product itself."""

    USER = "user", _("person")
    CLIENT = "client", _("system")
    SYSTEM = "system", _("Yilian")


class CurrentTransaction(models.Func):
    """The running transaction's id (xid8) as a bigint, comparable with a snapshot's horizon."""

    template = "pg_current_xact_id()::text::bigint"
    output_field = models.BigIntegerField()


class AuditEvent(models.Model):
    """Who did or opened what, when, from where, for which patient. Append-only; partitioned by month."""

    at = models.DateTimeField(db_default=Now())
    xact_id = models.BigIntegerField(db_default=CurrentTransaction())
    action = models.CharField(max_length=64)
    agent_type = models.CharField(max_length=8, choices=AgentType)
    agent_id = models.CharField(max_length=40, blank=True)
    agent_name = models.CharField(max_length=150, blank=True)
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.CharField(max_length=40, blank=True)
    patient_id = models.UUIDField(null=True)
    organization_id = models.BigIntegerField(null=True)
    address = models.GenericIPAddressField(null=True)
    detail = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [known("agent_type", AgentType, table="auditevent")]
        indexes: ClassVar = [
            models.Index(
                fields=["patient_id", "-at"], name="audit_by_patient", condition=Q(patient_id__isnull=False)
            ),
            models.Index(fields=["agent_type", "agent_id", "-at"], name="audit_by_agent"),
            models.Index(
                fields=["subject_id", "-at"],
                name="audit_of_organization",
                condition=Q(subject_kind="organization"),
            ),
            models.Index(fields=["-at", "-id"], name="audit_newest_first"),
            models.Index(fields=["organization_id", "-at", "-id"], name="audit_by_organization"),
            models.Index(fields=["action", "-at"], name="audit_by_action"),
            models.Index(fields=["xact_id", "id"], name="audit_in_sealing_order"),
        ]
        triggers: ClassVar = [APPEND_ONLY, NO_TRUNCATE]


class AuditSeal(models.Model):
    """A seal over the audit lines of one interval of transactions, chained to the seal before (journal/seals.py).

    `months` holds, for each month with lines in the interval, their number and the digest over them: a month that was
    exported and dropped leaves the chain whole. Append-only like the trail itself.
    """

    number = models.BigIntegerField(primary_key=True)
    epoch = models.PositiveIntegerField()
    from_xact = models.BigIntegerField()
    to_xact = models.BigIntegerField()
    rows = models.PositiveIntegerField()
    months = models.JSONField()
    form = models.PositiveSmallIntegerField()
    key_version = models.PositiveSmallIntegerField()
    previous_mac = models.CharField(max_length=64, blank=True)
    mac = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(from_xact__lt=F("to_xact")), name="auditseal_covers_something"
            ),
            models.UniqueConstraint(fields=["epoch", "from_xact"], name="auditseal_begins_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["sealed_at"], name="auditseal_by_time")]
        triggers: ClassVar = [APPEND_ONLY, NO_TRUNCATE]


class RetiredMonth(models.Model):
    """A month of the audit trail that was exported, verified and dropped; its own seal tells it from a stolen one."""

    month = models.DateField(primary_key=True)
    rows = models.PositiveIntegerField()
    export_digest = models.CharField(max_length=64, help_text="SHA-256 of the exported file.")
    seal_number = models.BigIntegerField()
    key_version = models.PositiveSmallIntegerField()
    mac = models.CharField(max_length=64)
    retired_at = models.DateTimeField()

    class Meta:
        triggers: ClassVar = [APPEND_ONLY, NO_TRUNCATE]


class Epoch(models.Model):
    """Raised when a backup is restored, so that a reader's cursor from the lost future is recognised."""

    number = models.PositiveIntegerField(unique=True)
    began_at = models.DateTimeField(db_default=Now())
    audit_floor = models.BigIntegerField(
        db_default=0,
        help_text="The last audit line that came with the backup: later ones belong to this epoch.",
    )


class ChangeOp(models.TextChoices):
    """What happened to a row, from a reader's view."""

    UPSERT = "upsert", _("written")
    DELETE = "delete", _("deleted")
    EVICT = "evict", _("left this organization")


class Change(models.Model):
    """One line of the change feed, written by triggers (journal.triggers.feed); read through journal.feed."""

    seq = models.BigAutoField(primary_key=True)
    epoch = models.PositiveIntegerField()
    xact_id = models.BigIntegerField()
    kind = models.CharField(max_length=40)
    object_id = models.CharField(max_length=40)
    version = models.BigIntegerField()
    op = models.CharField(max_length=8, choices=ChangeOp)
    organization_id = models.BigIntegerField(null=True)
    patient_id = models.UUIDField(null=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [known("op", ChangeOp, table="change")]
        indexes: ClassVar = [
            models.Index(fields=["epoch", "xact_id", "seq"], name="change_in_order"),
            models.Index(
                fields=["organization_id", "epoch", "xact_id", "seq"], name="change_by_organization"
            ),
        ]


class Channel(models.TextChoices):
    """How a message travels."""

    IN_APP = "in_app", _("in the app")
    EMAIL = "email", _("by e-mail")


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
    status = models.CharField(
        max_length=12, choices=CommunicationStatus, default=CommunicationStatus.PREPARATION
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
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
            models.UniqueConstraint(fields=["key", "channel"], name="communication_sent_once"),
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
        ]  # fmt: skip
        triggers: ClassVar[list[pgtrigger.Trigger]] = []


def as_text(value: UUID | int | str | None) -> str:
    """An id as the journal stores it."""
    return "" if value is None else str(value)
