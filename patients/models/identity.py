"""The only place of document numbers, telephones and addresses: sealed, found through keyed blind indexes."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from journal.enumerations import known
from patients.models.patient import Patient


class DocumentType(models.TextChoices):
    """WS/T 364 CV02.01.101."""

    RESIDENT_ID = "01", _("resident ID card")
    HOUSEHOLD = "02", _("household register")
    PASSPORT = "03", _("passport")
    OTHER = "99", _("other document")


class Identity(models.Model):
    """Sealed columns (patients.sealing) and their blind indexes (patients.identity writes and reads all of them)."""

    patient = models.OneToOneField(Patient, models.CASCADE, primary_key=True, related_name="identity")
    document_type = models.CharField(max_length=2, choices=DocumentType, default=DocumentType.RESIDENT_ID)
    number_sealed = models.BinaryField(null=True)
    number_index = models.BinaryField(max_length=32, null=True, unique=True)
    number_tail_index = models.BinaryField(max_length=32, null=True)
    phone_sealed = models.BinaryField(null=True)
    phone_tail_index = models.BinaryField(max_length=32, null=True)
    address_sealed = models.BinaryField(null=True)
    email_sealed = models.BinaryField(null=True)
    key_version = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar = [known("document_type", DocumentType, table="identity")]
        indexes: ClassVar = [
            models.Index(fields=["number_tail_index"], name="identity_by_number_tail"),
            models.Index(fields=["phone_tail_index"], name="identity_by_phone_tail"),
        ]
