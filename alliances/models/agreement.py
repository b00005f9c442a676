"""What two organizations agreed on for referrals: departments, capacity, green channel, response times, telephone."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from alliances.models.organization import Department, Organization


class Agreement(models.Model):
    """`source` refers, `target` takes, for a period; one agreement of a pair at a time.

    Response times left empty are the product's own (referral clocks).
    """

    source = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("referring organization")
    )
    target = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("receiving organization")
    )
    period = DateRangeField(_("period"))
    green_channel = models.BooleanField(_("green channel"), default=False)
    green_channel_terms = models.TextField(_("terms of the green channel"), max_length=1000, blank=True)
    answer_emergency_minutes = models.PositiveSmallIntegerField(
        _("answer to an emergency (minutes)"), null=True, blank=True
    )
    answer_urgent_hours = models.PositiveSmallIntegerField(
        _("answer to an urgent request (hours)"), null=True, blank=True
    )
    answer_routine_days = models.PositiveSmallIntegerField(
        _("answer to a routine request (working days)"), null=True, blank=True
    )
    phone = models.CharField(_("contact telephone"), max_length=30)
    note = models.CharField(_("note"), max_length=500, blank=True)
    end_reason = models.CharField(_("why it was ended early"), max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            ExclusionConstraint(
                name="agreement_one_of_a_pair",
                expressions=[
                    ("source", RangeOperators.EQUAL),
                    ("target", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(condition=~Q(source=F("target")), name="agreement_between_two"),
            models.CheckConstraint(condition=Q(period__isempty=False), name="agreement_lasts"),
            models.CheckConstraint(
                condition=(Q(answer_emergency_minutes__isnull=True) | Q(answer_emergency_minutes__gt=0))
                & (Q(answer_urgent_hours__isnull=True) | Q(answer_urgent_hours__gt=0))
                & (Q(answer_routine_days__isnull=True) | Q(answer_routine_days__gt=0)),
                name="agreement_answers_take_time",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["target"], name="agreement_by_target")]


class AgreementLine(models.Model):
    """A department within an agreement: which programmes it takes, how many a day. Empty capacity: not limited."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="lines")
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name=_("department"))
    programmes = models.JSONField(_("programmes"), default=list, blank=True)
    clinic_slots = models.PositiveSmallIntegerField(_("clinic slots a day"), null=True, blank=True)
    beds = models.PositiveSmallIntegerField(_("beds a day"), null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agreement", "department"], name="agreementline_department_once")
        ]
