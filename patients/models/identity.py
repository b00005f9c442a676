"""The only place of document numbers, telephones and addresses: sealed, found through keyed blind indexes."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Func, Q
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from journal.enumerations import known
from patients.models.patient import Patient


class DocumentType(models.TextChoices):
    """WS/T 364 CV02.01.101."""

    RESIDENT_ID = "01", _("resident ID card")
    HOUSEHOLD = "02", _("household register")
    PASSPORT = "03", _("passport")
    OTHER = "99", _("other document")


SEALED = ("number_sealed", "phone_sealed", "address_sealed", "email_sealed")


def sealed_under_its_key() -> Q:
    """The second byte of every sealed value (patients.sealing) is the row's key version."""
    condition = Q()
    for column in SEALED:
        byte = Func(F(column), 1, function="get_byte", output_field=models.IntegerField())
        condition &= Q(**{f"{column}__isnull": True}) | Q(Exact(byte, F("key_version")))
    return condition


class Identity(models.Model):
    """Sealed columns (patients.sealing) and their blind indexes (patients.identity writes and reads all of them).

    A full number is indexed under every index key there is, one of an odd and one of an even version at most, each in
    a unique column: while keys are changed, an old row and a new one of the same number still meet in one of them.
    `index_version` names the newest key under which the row can be found; 0 where that was not yet kept.
    """

    patient = models.OneToOneField(Patient, models.CASCADE, primary_key=True, related_name="identity")
    document_type = models.CharField(max_length=2, choices=DocumentType, default=DocumentType.RESIDENT_ID)
    number_sealed = models.BinaryField(null=True)
    number_index_odd = models.BinaryField(max_length=32, null=True, unique=True)
    number_index_even = models.BinaryField(max_length=32, null=True, unique=True)
    number_tail_index = models.BinaryField(max_length=32, null=True)
    phone_sealed = models.BinaryField(null=True)
    phone_tail_index = models.BinaryField(max_length=32, null=True)
    address_sealed = models.BinaryField(null=True)
    email_sealed = models.BinaryField(null=True)
    key_version = models.PositiveSmallIntegerField()
    index_version = models.PositiveSmallIntegerField(db_default=0)

    class Meta:
        constraints: ClassVar = [
            known("document_type", DocumentType, table="identity"),
            models.CheckConstraint(
                condition=sealed_under_its_key(), name="identity_sealed_under_its_key_version"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["number_tail_index"], name="identity_by_number_tail"),
            models.Index(fields=["phone_tail_index"], name="identity_by_phone_tail"),
        ]
