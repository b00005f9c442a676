"""A handover nobody can lose: the request, every step it took, the case as it stood, and the way back."""

from typing import ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from alliances.models import AgreementLine, CareTeam, Department, Organization
from alliances.scope import Actor, Scope, scope_of
from journal.enumerations import all_known, known
from journal.keys import new_key
from journal.triggers import APPEND_ONLY, VERSION, feed
from patients.models import Consent, Patient
from patients.models.task import Urgency
from patients.programmes import Programme
from patients.scope import PatientOwnedQuerySet, patients_in
from referrals.states import ENDED, IN_CARE, Direction, Event, Side, SlotKind, State, moves, sides_of

__all__ = [
    "ENDED", "IN_CARE", "CaseSnapshot", "Direction", "Event", "ReferralReply", "ReferralStatus", "ServiceRequest",
    "Side", "State",
]  # fmt: skip


KNOWN_MOVES = pgtrigger.Trigger(
    name="known_moves",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf("state"),
    condition=pgtrigger.Q(old__state__df=pgtrigger.F("new__state")),
    func="IF (OLD.state || '>' || NEW.state) NOT IN ({}) THEN "
    "RAISE EXCEPTION 'a referral does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation'; "
    "END IF; RETURN NEW;".format(", ".join(f"'{a}>{b}'" for a, b in sorted(set(moves())))),
)


def _side_may() -> Q:
    """Which side may do which event: the sender cannot accept, the receiver cannot complete."""
    may = Q()
    for event in Event:
        may |= Q(event=event.value, side__in=sorted(side.value for side in sides_of(event)))
    return may


class ServiceRequestQuerySet(PatientOwnedQuerySet["ServiceRequest"]):
    """Requests. Two sides see one: those who see the patient, and the addressed department from submission on."""

    def open(self) -> "ServiceRequestQuerySet":
        return self.exclude(state__in=ENDED)

    def received_by(self, scope: Scope) -> "ServiceRequestQuerySet":
        """Submitted requests addressed to the scope's departments."""
        return self.filter(target_department_id__in=list(scope.department_ids)).exclude(state=State.DRAFT)

    def sent_by(self, scope: Scope) -> "ServiceRequestQuerySet":
        """Requests of the scope's organizations and teams."""
        mine = Q(source_organization_id__in=list(scope.organization_ids))
        return self.filter(mine | Q(source_team_id__in=list(scope.team_ids)))

    def readable_by(self, actor: Actor, *, acting: bool = False) -> "ServiceRequestQuerySet":
        """Requests that somebody may open: those of either side, and with a resident's record its referrals.

        With `acting`, for whoever means to take a step: a record opened in an emergency is read and nothing else.
        """
        scope = scope_of(actor).without_emergency() if acting else scope_of(actor)
        sent = Q(source_organization_id__in=list(scope.organization_ids))
        sent |= Q(source_team_id__in=list(scope.team_ids))
        received = Q(target_department_id__in=list(scope.department_ids))
        record = patients_in(scope, on=timezone.localdate(), prefix=self.patient_prefix)
        return self.filter(sent | (received | record) & ~Q(state=State.DRAFT))


class ServiceRequest(models.Model):
    """One handover. `state` repeats the latest ReferralStatus; a row lock and CHECK constraints guard it."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="+")
    direction = models.CharField(max_length=4, choices=Direction, default=Direction.UP)
    programme = models.CharField(max_length=16, choices=Programme)
    programmes = ArrayField(models.CharField(max_length=16), default=list)
    urgency = models.CharField(max_length=10, choices=Urgency, default=Urgency.ROUTINE)
    state = models.CharField(max_length=24, choices=State, default=State.DRAFT)
    state_before = models.CharField(
        max_length=24, blank=True, help_text="Where a refused cancellation goes back to."
    )
    source_organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    source_team = models.ForeignKey(CareTeam, models.PROTECT, null=True, related_name="+")
    requester = models.ForeignKey(User, models.PROTECT, related_name="+")
    target_organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    target_department = models.ForeignKey(Department, models.PROTECT, related_name="+")
    reason = models.TextField(_("reason for the referral"))
    impression = models.TextField(_("provisional diagnosis"), blank=True)
    tried = models.TextField(_("what was tried"), blank=True)
    skip_reason = models.CharField(_("why the nearer hospital is skipped"), max_length=200, blank=True)
    deductible_waived = models.BooleanField(default=False)
    consent = models.ForeignKey(Consent, models.PROTECT, null=True, related_name="+")
    task_id = models.UUIDField(null=True, help_text="The advice this request answers.")
    redirected_from = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    due_at = models.DateTimeField(null=True, help_text="When the running clock ends.")
    clock_left = models.DurationField(
        null=True, help_text="What is left of the answer clock while it stands still."
    )
    scheduled_for = models.DateTimeField(null=True)
    place = models.CharField(_("clinic or ward"), max_length=80, blank=True)
    slot_kind = models.CharField(max_length=6, choices=SlotKind, default=SlotKind.CLINIC)
    agreement_line = models.ForeignKey(
        AgreementLine, models.SET_NULL, null=True, related_name="+",
        help_text="Whose capacity of the day the appointment takes from.",
    )  # fmt: skip
    created_at = models.DateTimeField(db_default=Now())
    submitted_at = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=1)

    objects = ServiceRequestQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            known("direction", Direction, table="servicerequest"),
            known("programme", Programme, table="servicerequest"),
            all_known("programmes", Programme, table="servicerequest"),
            known("urgency", Urgency, table="servicerequest"),
            known("state", State, table="servicerequest"),
            known("slot_kind", SlotKind, table="servicerequest"),
            models.CheckConstraint(
                condition=Q(state_before__in=["", *State.values]), name="servicerequest_state_before_known"
            ),
            models.UniqueConstraint(
                fields=["patient", "programme", "direction"],
                condition=~Q(state__in=[s.value for s in ENDED]),
                name="servicerequest_one_open",
            ),
            models.CheckConstraint(
                condition=Q(state="draft")
                | Q(state="cancelled")
                | Q(submitted_at__isnull=False, consent__isnull=False),
                name="servicerequest_submitted_with_consent",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[s.value for s in ENDED]) | Q(due_at__isnull=True),
                name="servicerequest_ended_has_no_clock",
            ),
            models.CheckConstraint(
                condition=~Q(state="scheduled") | Q(scheduled_for__isnull=False),
                name="servicerequest_scheduled_for_a_moment",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["target_department", "state", "due_at"], name="servicerequest_desk"),
            models.Index(fields=["source_organization", "state", "due_at"], name="servicerequest_sent"),
            models.Index(fields=["patient", "-created_at"], name="servicerequest_of_patient"),
            models.Index(
                fields=["agreement_line", "scheduled_for"],
                name="servicerequest_capacity",
                condition=Q(agreement_line__isnull=False),
            ),
            models.Index(fields=["submitted_at"], name="servicerequest_by_sending"),
        ]
        triggers: ClassVar = [VERSION, KNOWN_MOVES, *feed("referral", organization="source_organization_id")]

    @property
    def number(self) -> str:
        """The number on the slip: the day it was sent and the end of its key."""
        on = timezone.localdate(self.submitted_at or self.created_at)
        return f"ZZ{on:%Y%m%d}-{self.id.hex[-6:].upper()}"

    def get_absolute_url(self) -> str:
        return reverse("referrals:case", args=[self.pk])


class ReferralStatus(models.Model):
    """One step: who, from which side, when it happened and when it was written down, why. Append-only."""

    request = models.ForeignKey(ServiceRequest, models.CASCADE, related_name="steps")
    event = models.CharField(max_length=24, choices=Event)
    from_state = models.CharField(max_length=24, blank=True)
    to_state = models.CharField(max_length=24, choices=State)
    side = models.CharField(max_length=10, choices=Side)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=24, blank=True)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    text = models.TextField(blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            known("to_state", State, table="referralstatus"),
            known("side", Side, table="referralstatus"),
            known("event", Event, table="referralstatus"),
            models.CheckConstraint(condition=_side_may(), name="referralstatus_side_may"),
            models.CheckConstraint(
                condition=Q(side__in=["clock", "system"]) | Q(by__isnull=False),
                name="referralstatus_somebody_did_it",
            ),
        ]
        indexes: ClassVar = [
            # What the flows of a period are counted from: few of the steps.
            models.Index(
                fields=["at"],
                name="referralstatus_there_and_back",
                condition=Q(event__in=["arrive", "admit", "return"]),
            )
        ]
        triggers: ClassVar = [APPEND_ONLY]


class CaseSnapshot(models.Model):
    """The case as the sender saw it: trend, visits, medicines, allergies. No document numbers, no telephone."""

    request = models.OneToOneField(ServiceRequest, models.CASCADE, primary_key=True, related_name="snapshot")
    taken_at = models.DateTimeField()
    content = models.JSONField()

    class Meta:
        triggers: ClassVar = [APPEND_ONLY]


class ReferralReply(models.Model):
    """What the hospital sends back with the patient (回转单). Append-only."""

    request = models.OneToOneField(ServiceRequest, models.CASCADE, primary_key=True, related_name="reply")
    diagnosis = models.TextField(_("diagnosis"))
    treatment = models.TextField(_("treatment given"))
    findings = models.TextField(_("main findings"), blank=True)
    plan = models.TextField(_("plan and advice"))
    medicines = models.JSONField(default=list, help_text="{name, dosage} each.")
    goals = models.JSONField(default=list, help_text="{measure, low, high} each.")
    next_check_on = models.DateField(null=True)
    signed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()

    class Meta:
        triggers: ClassVar = [APPEND_ONLY]
