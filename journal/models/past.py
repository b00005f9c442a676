"""The past (AuditEvent and its seals) and the news (Change)."""

from typing import ClassVar
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from journal.enumerations import known
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


def as_text(value: UUID | int | str | None) -> str:
    """An id as the journal stores it."""
    return "" if value is None else str(value)
