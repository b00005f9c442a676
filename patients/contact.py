"""What a resident says about messages: whether they are wanted, and how."""

from datetime import datetime

from django.db import transaction

from journal import audit, outbox
from journal.audit import Agent
from journal.models import Channel
from patients.models import Consent, ContactPreference, Patient
from patients.models.responsibility import ConsentKind

#: Why messages were stopped; what was stopped for this reason is not planned again (followups.reminders.planning).
OPTED_OUT = "opted out"


def preference_of(patient: Patient) -> ContactPreference:
    """The resident's preference, an unsaved empty one where there is none."""
    return ContactPreference.objects.filter(pk=patient.pk).first() or ContactPreference(patient=patient)


def agrees(patient: Patient) -> bool | None:
    """The latest answer about reminders; None where nobody has asked."""
    asked = Consent.objects.filter(patient=patient, kind=ConsentKind.REMINDER).order_by("-at", "-pk")
    return asked.values_list("given", flat=True).first()


@transaction.atomic
def prefer(preference: ContactPreference, *, by: Agent) -> ContactPreference:
    """Keep how the resident wants to hear from us. One that waits for its first try goes by the new order."""
    Patient.objects.select_for_update().get(pk=preference.patient_id)
    preference.save()
    detail = {"channels": list(preference.channels), "quiet": preference.quiet is not None}
    audit.record(
        "contact.prefer", by=by, patient_id=preference.patient_id,
        organization_id=preference.patient.organization_id, detail=detail,
    )  # fmt: skip
    return preference


@transaction.atomic
def answer(patient: Patient, *, given: bool, by: Agent, at: datetime) -> Consent:
    """Record whether the resident wants reminders. A no stops every message outside the app that has not left."""
    consent = Consent.objects.create(
        patient=patient, kind=ConsentKind.REMINDER, given=given, at=at, recorded_by_id=by.pk
    )
    if not given:
        outbox.stop(
            patient_id=patient.pk, channels=[c for c in Channel if c != Channel.IN_APP], why=OPTED_OUT
        )
    audit.record("contact.answer", by=by, subject=consent, organization_id=patient.organization_id,
                 detail={"given": given})  # fmt: skip
    return consent
