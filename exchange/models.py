"""The same use-cases for machines: what was asked before, how far a system has read, what an import did."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiClient, User
from alliances.models import Organization
from journal.enumerations import known
from journal.keys import new_key


class IdempotencyKey(models.Model):
    """A request's key with its answer (exchange.idempotency): the same key again gets the same answer and does nothing."""

    holder = models.CharField(max_length=60, help_text="Agent type and key of the caller.")
    key = models.CharField(max_length=100)
    fingerprint = models.CharField(
        max_length=64, help_text="SHA-256 of the request, so that a reused key is noticed."
    )
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["holder", "key"], name="idempotencykey_once_per_holder")
        ]


class SyncClient(models.Model):
    """How far another system has read the feed, for the operator to see; the cursor itself is the client's."""

    client = models.OneToOneField(ApiClient, models.CASCADE, primary_key=True, related_name="+")
    cursor = models.CharField(max_length=60, blank=True)
    pulled_at = models.DateTimeField(null=True)
    pushed_at = models.DateTimeField(null=True)


class ImportStatus(models.TextChoices):
    PREVIEWED = "previewed", _("checked, not yet imported")
    QUEUED = "queued", _("queued")
    RUNNING = "running", _("importing")
    DONE = "done", _("imported")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("discarded")


class ImportBatch(models.Model):
    """One uploaded workbook: what was found and what became of it. The file is kept sealed until imported (≤ 30 days)."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    uploaded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    file_name = models.CharField(max_length=200)
    file_digest = models.CharField(max_length=64)
    file_sealed = models.BinaryField(null=True)
    status = models.CharField(max_length=10, choices=ImportStatus, default=ImportStatus.PREVIEWED)
    report = models.JSONField(default=dict)
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [known("status", ImportStatus, table="importbatch")]
        indexes: ClassVar = [models.Index(fields=["organization", "-created_at"], name="importbatch_recent")]


class ImportRow(models.Model):
    """A faulty or warned row: sheet, row, column, fault and a hash; never its cells."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rows")
    sheet = models.CharField(max_length=31)
    row = models.PositiveIntegerField()
    column = models.CharField(max_length=40, blank=True)
    fault = models.CharField(max_length=30)
    message = models.CharField(max_length=300)
    rejected = models.BooleanField()
    digest = models.CharField(max_length=64)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["batch", "sheet", "row"], name="importrow_in_order")]
