"""Who manages whom (dated), who else may look (granted for a period), and what the resident agreed to."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from alliances.models import CareTeam, Department, Organization
from journal.enumerations import known
from journal.keys import new_key
from patients.models.patient import Patient
from patients.scope import PatientOwnedQuerySet


class Responsibility(models.Model):
    """An organization (and its team) manages a resident for a period; two at once are refused."""

    patient = models.ForeignKey(Patient, models.CASCADE, related_name="responsibilities")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    care_team = models.ForeignKey(CareTeam, models.PROTECT, null=True, related_name="+")
    period = DateRangeField()

    objects = PatientOwnedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            ExclusionConstraint(
                name="responsibility_one_at_a_time",
                expressions=[("patient", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(condition=Q(period__isempty=False), name="responsibility_lasts"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "care_team"], name="responsibility_by_team")
        ]


class GrantBasis(models.TextChoices):
    """Why a department may open a record it is not responsible for."""

    REFERRAL = "referral", _("accepted referral")
    PLAN = "plan", _("signed plan")
    TELECONSULTATION = "teleconsultation", _("teleconsultation")
    BREAK_GLASS = "break_glass", _("emergency access")


class AccessGrant(models.Model):
    """A department, or in an emergency one person, sees a patient's record for a period (architecture §4).

    It ends by itself.
    """

    patient = models.ForeignKey(Patient, models.CASCADE, related_name="grants")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="+")
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    basis = models.CharField(max_length=16, choices=GrantBasis)
    basis_id = models.UUIDField(null=True, help_text="The referral, plan or consultation behind it.")
    granted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    period = DateRangeField()

    objects = PatientOwnedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            known("basis", GrantBasis, table="accessgrant"),
            # Emergency access is one person's, everything else a department's.
            models.CheckConstraint(
                condition=Q(basis=GrantBasis.BREAK_GLASS, user__isnull=False, department__isnull=True)
                | (~Q(basis=GrantBasis.BREAK_GLASS) & Q(user__isnull=True, department__isnull=False)),
                name="accessgrant_to_department_or_person",
            ),
            models.UniqueConstraint(
                fields=["basis", "basis_id", "department"],
                condition=Q(basis_id__isnull=False),
                name="accessgrant_once_per_basis",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["department", "patient"], name="accessgrant_by_department"),
            models.Index(
                fields=["user", "patient"], name="accessgrant_by_user", condition=Q(user__isnull=False)
            ),
        ]


class ConsentKind(models.TextChoices):
    REFERRAL = "referral", _("referral and sharing of the case")
    REMINDER = "reminder", _("reminders by message")


class Consent(models.Model):
    """What a resident agreed to or refused, when and how it was asked; or why it could not be asked."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="consents")
    kind = models.CharField(max_length=12, choices=ConsentKind)
    given = models.BooleanField(null=True, help_text="Unknown when it could not be asked.")
    not_asked_because = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    objects = PatientOwnedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            known("kind", ConsentKind, table="consent"),
            models.CheckConstraint(
                condition=Q(given__isnull=False) | ~Q(not_asked_because=""),
                name="consent_answered_or_reasoned",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["patient", "kind", "-at"], name="consent_latest")]
