"""Family-doctor contracts: one community centre, one secondary and one tertiary hospital (1+1+1)."""

from datetime import date
from typing import ClassVar

import pghistory
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alliances.models import CareTeam, Organization
from journal.enumerations import known
from journal.keys import new_key
from journal.triggers import VERSION, feed
from patients.models.patient import Patient
from patients.scope import PatientOwnedQuerySet


class PackageKind(models.TextChoices):
    BASIC = "basic", _("basic package")
    PERSONALISED = "personalised", _("personalised package")


class ServicePackage(models.Model):
    """What a contract promises and what it costs."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(max_length=12, choices=PackageKind)
    price_cents = models.PositiveIntegerField(default=0, help_text="Yearly price in fen (0.01 yuan).")

    class Meta:
        constraints: ClassVar = [known("kind", PackageKind, table="servicepackage")]

    def __str__(self) -> str:
        return self.name


class ContractQuerySet(PatientOwnedQuerySet["Contract"]):
    def live(self, *, on: date) -> "ContractQuerySet":
        """In force on the day."""
        return self.filter(period__contains=on)


class Contract(models.Model):
    """A resident's contract for a period; two at once are refused."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="contracts")
    package = models.ForeignKey(ServicePackage, models.PROTECT, related_name="+")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    care_team = models.ForeignKey(CareTeam, models.PROTECT, null=True, blank=True, related_name="+")
    secondary = models.ForeignKey(Organization, models.PROTECT, null=True, blank=True, related_name="+")
    tertiary = models.ForeignKey(Organization, models.PROTECT, null=True, blank=True, related_name="+")
    signed_on = models.DateField()
    period = DateRangeField()
    version = models.BigIntegerField(default=1)

    objects = ContractQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            ExclusionConstraint(
                name="contract_one_at_a_time",
                expressions=[("patient", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(condition=Q(period__isempty=False), name="contract_lasts"),
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "care_team"], name="contract_by_team")]
        triggers: ClassVar = [VERSION, *feed("contract")]


ContractHistory = pghistory.create_event_model(
    Contract,
    pghistory.UpdateEvent(row=pghistory.Old),
    pghistory.DeleteEvent(),
    model_name="ContractHistory",
    abstract=False,
)
