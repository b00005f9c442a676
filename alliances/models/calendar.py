"""Days that are worked or not although the published calendar says otherwise, for the whole installation or an alliance."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from alliances.models.alliance import Alliance


class CalendarDay(models.Model):
    """One day set by hand: a make-up day that the library does not know yet, or a day on which nobody works.

    Without an alliance it counts everywhere; an alliance's own word comes first there.
    """

    alliance = models.ForeignKey(
        Alliance, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("for")
    )
    on = models.DateField(_("day"))
    works = models.BooleanField(_("working day"))
    reason = models.CharField(_("reason"), max_length=100)
    set_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["on", "alliance_id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["alliance", "on"], nulls_distinct=False, name="calendarday_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="calendarday_has_a_reason"),
        ]
