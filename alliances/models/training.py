"""Training with attendance, and certificates that end."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from alliances.models.alliance import Alliance
from alliances.models.organization import Organization
from journal.enumerations import known


class TrainingMethod(models.TextChoices):
    ONSITE = "onsite", _("on site")
    REMOTE = "remote", _("remote")


class Training(models.Model):
    """One training of an organization, open to its own people or to a whole alliance."""

    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("organized by")
    )
    alliance = models.ForeignKey(
        Alliance, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("for the alliance")
    )
    title = models.CharField(_("title"), max_length=100)
    topic = models.CharField(_("topic"), max_length=100, blank=True)
    lecturer = models.CharField(_("lecturer"), max_length=60, blank=True)
    method = models.CharField(
        _("method"), max_length=10, choices=TrainingMethod, default=TrainingMethod.ONSITE
    )
    place = models.CharField(_("place or address"), max_length=200, blank=True)
    begins_at = models.DateTimeField(_("begins"))
    minutes = models.PositiveSmallIntegerField(_("minutes"))
    cancelled_at = models.DateTimeField(null=True)
    cancel_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["-begins_at", "-id"]
        constraints: ClassVar = [
            known("method", TrainingMethod, table="training"),
            models.CheckConstraint(condition=Q(minutes__gt=0), name="training_lasts"),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True, cancel_reason="")
                | (Q(cancelled_at__isnull=False) & ~Q(cancel_reason="")),
                name="training_cancelled_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Attendance(models.TextChoices):
    INVITED = "invited", _("invited")
    ATTENDED = "attended", _("attended")
    ABSENT = "absent", _("absent")
    EXCUSED = "excused", _("excused")


class TrainingAttendance(models.Model):
    """Whether somebody who was invited came."""

    training = models.ForeignKey(Training, models.CASCADE, related_name="attendances")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", help_text="Where the person worked then."
    )
    status = models.CharField(_("attendance"), max_length=10, choices=Attendance, default=Attendance.INVITED)
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            known("status", Attendance, table="trainingattendance"),
            models.UniqueConstraint(fields=["training", "user"], name="trainingattendance_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["user"], name="trainingattendance_by_user")]


class CertificateKind(models.TextChoices):
    """Which paper it is."""

    PHYSICIAN = "physician", _("physician's practice licence")
    GENERAL_PRACTICE = "general_practice", _("general-practice certificate")
    NURSE = "nurse", _("nurse's practice licence")
    PHARMACIST = "pharmacist", _("pharmacist's certificate")
    HEALTH_MANAGER = "health_manager", _("health manager's certificate")
    VILLAGE_DOCTOR = "village_doctor", _("village doctor's certificate")
    OTHER = "other", _("other")


class Certificate(models.Model):
    """A licence or certificate of a person; one that ends is warned of before."""

    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("person"))
    kind = models.CharField(_("kind"), max_length=20, choices=CertificateKind)
    name = models.CharField(_("name"), max_length=60, blank=True)
    number = models.CharField(_("number"), max_length=40)
    issued_by = models.CharField(_("issued by"), max_length=100, blank=True)
    issued_on = models.DateField(_("issued on"))
    expires_on = models.DateField(_("valid until"), null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            known("kind", CertificateKind, table="certificate"),
            models.UniqueConstraint(fields=["kind", "number"], name="certificate_number_once"),
            models.CheckConstraint(
                condition=Q(expires_on__isnull=True) | Q(expires_on__gte=F("issued_on")),
                name="certificate_ends_after_it_begins",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["user"], name="certificate_by_user"),
            models.Index(
                fields=["expires_on"], name="certificate_ending", condition=Q(expires_on__isnull=False)
            ),
        ]
