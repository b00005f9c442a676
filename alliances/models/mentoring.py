"""Hospital and community people paired: responsible directors (社区责任主任) and mentoring (带教) with yearly targets."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from alliances.models.organization import Organization
from journal.enumerations import known


class PairKind(models.TextChoices):
    """A director answers for a centre; a mentor teaches one person."""

    DIRECTOR = "director", _("community director")
    MENTORING = "mentoring", _("mentoring")


class MentoringPair(models.Model):
    """A hospital's practitioner paired with a centre (director) or with one of its practitioners (mentoring)."""

    kind = models.CharField(_("kind"), max_length=10, choices=PairKind)
    mentor = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("mentor"))
    mentor_organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("mentor's organization")
    )
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+", verbose_name=_("centre"))
    mentee = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("mentee")
    )
    topic = models.CharField(_("topic"), max_length=100, blank=True)
    period = DateRangeField(_("period"))
    end_reason = models.CharField(_("why it was ended early"), max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            known("kind", PairKind, table="mentoringpair"),
            models.CheckConstraint(
                condition=Q(kind=PairKind.DIRECTOR, mentee__isnull=True)
                | (Q(kind=PairKind.MENTORING, mentee__isnull=False) & ~Q(mentor=F("mentee"))),
                name="mentoringpair_mentee_by_kind",
            ),
            models.CheckConstraint(
                condition=~Q(organization=F("mentor_organization")), name="mentoringpair_across_organizations"
            ),
            models.CheckConstraint(condition=Q(period__isempty=False), name="mentoringpair_lasts"),
            ExclusionConstraint(
                name="mentoringpair_once_at_a_time",
                expressions=[
                    ("mentor", RangeOperators.EQUAL),
                    ("organization", RangeOperators.EQUAL),
                    (Coalesce("mentee", 0), RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["organization"], name="mentoringpair_by_centre")]


class MentoringTarget(models.Model):
    """How many sessions a pair is to hold in a year."""

    pair = models.ForeignKey(MentoringPair, models.CASCADE, related_name="targets")
    year = models.PositiveSmallIntegerField(_("year"))
    sessions = models.PositiveSmallIntegerField(_("sessions"))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pair", "year"], name="mentoringtarget_once_a_year"),
            models.CheckConstraint(condition=Q(sessions__gt=0), name="mentoringtarget_asks_something"),
        ]


class SessionMethod(models.TextChoices):
    CLINIC = "clinic", _("joint clinic")
    ROUND = "round", _("ward or case round")
    LECTURE = "lecture", _("lecture")
    REMOTE = "remote", _("remote")


class MentoringSession(models.Model):
    """A session that took place. A wrong entry is voided with a reason, never deleted."""

    pair = models.ForeignKey(MentoringPair, models.PROTECT, related_name="sessions")
    on = models.DateField(_("date"))
    method = models.CharField(_("method"), max_length=10, choices=SessionMethod, default=SessionMethod.CLINIC)
    topic = models.CharField(_("topic"), max_length=100)
    minutes = models.PositiveSmallIntegerField(_("minutes"))
    note = models.CharField(_("note"), max_length=500, blank=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())
    voided_at = models.DateTimeField(null=True)
    voided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    void_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            known("method", SessionMethod, table="mentoringsession"),
            models.CheckConstraint(condition=Q(minutes__gt=0), name="mentoringsession_lasts"),
            models.CheckConstraint(
                condition=Q(voided_at__isnull=True, voided_by__isnull=True, void_reason="")
                | (Q(voided_at__isnull=False, voided_by__isnull=False) & ~Q(void_reason="")),
                name="mentoringsession_void_has_reason",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["pair", "on"], name="mentoringsession_by_pair")]
