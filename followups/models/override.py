"""Where a doctor decided otherwise than the protocol: both are kept."""

from typing import ClassVar

import pghistory
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from alliances.models import CareTeam, Organization
from followups.models.assessment import Action, Klass
from journal.enumerations import known
from patients.models import Encounter, Patient
from patients.programmes import Programme
from patients.scope import PatientOwnedQuerySet

_OF_A_PROGRAMME = Q(
    protocol_klass__isnull=False, klass__isnull=False, protocol_due_on__isnull=True, due_on__isnull=True
)
_OF_THE_DATE = Q(
    protocol_klass__isnull=True, klass__isnull=True, protocol_action__isnull=True, action__isnull=True,
    protocol_due_on__isnull=False, due_on__isnull=False,
)  # fmt: skip


class AssessmentOverride(models.Model):
    """What the protocol said and what the doctor decided instead: of one programme, or (`programme` empty) of the next date.

    The assessment itself holds what counts, the doctor's word. Whatever a doctor decides, an emergency of the protocol is
    never called controlled.
    """

    encounter = models.ForeignKey(Encounter, models.CASCADE, related_name="+")
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="+")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    care_team = models.ForeignKey(CareTeam, models.PROTECT, null=True, related_name="+")
    on = models.DateField()
    programme = models.CharField(max_length=16, blank=True)
    protocol_klass = models.CharField(max_length=16, choices=Klass, null=True)
    klass = models.CharField(max_length=16, choices=Klass, null=True)
    protocol_action = models.CharField(max_length=10, choices=Action, null=True)
    action = models.CharField(max_length=10, choices=Action, null=True)
    protocol_due_on = models.DateField(null=True)
    due_on = models.DateField(null=True)
    reason = models.TextField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=200)
    at = models.DateTimeField()

    objects = PatientOwnedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            known("protocol_klass", Klass, table="override", null=True),
            known("klass", Klass, table="override", null=True),
            known("protocol_action", Action, table="override", null=True),
            known("action", Action, table="override", null=True),
            models.CheckConstraint(
                condition=Q(programme__in=["", *Programme.values]), name="override_programme_known"
            ),
            models.CheckConstraint(
                condition=(Q(programme="") & _OF_THE_DATE) | (~Q(programme="") & _OF_A_PROGRAMME),
                name="override_of_a_programme_or_the_date",
            ),
            models.UniqueConstraint(fields=["encounter", "programme"], name="override_once"),
            models.CheckConstraint(
                condition=~Q(protocol_action="emergency", klass="controlled"),
                name="override_emergency_is_not_controlled",
            ),
            models.CheckConstraint(
                condition=Q(programme="", due_on__gt=F("on")) | ~Q(programme=""),
                name="override_date_is_later",
            ),
            models.CheckConstraint(
                condition=Q(reason__regex=r"\S.{3,}\S"), name="override_reason_is_a_sentence"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "care_team", "-on", "-id"], name="override_by_team")
        ]


AssessmentOverrideHistory = pghistory.create_event_model(
    AssessmentOverride,
    pghistory.UpdateEvent(row=pghistory.Old),
    pghistory.DeleteEvent(),
    model_name="AssessmentOverrideHistory",
    abstract=False,
)
