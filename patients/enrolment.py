"""From a diagnosis to management and out of it again."""

from datetime import date, timedelta

from django.db import transaction
from psycopg2.extras import DateRange

from alliances.scope import Actor
from journal import audit
from patients import lifecycle
from patients.models import Condition, Enrolment, Patient
from patients.models.condition import ClinicalStatus, EndReason
from patients.programmes import ICD10, Programme


def _locked(patient: Patient) -> Patient:
    return Patient.objects.select_for_update().get(pk=patient.pk)


@transaction.atomic
def diagnose(patient: Patient, code: Programme, *, diagnosed_on: date | None, by: Actor | None) -> Condition:
    """Record an active diagnosis; the same one twice stays one."""
    condition, created = Condition.objects.get_or_create(
        patient=patient,
        code=code,
        clinical_status=ClinicalStatus.ACTIVE,
        defaults={
            "organization_id": patient.organization_id,
            "icd10": ICD10.get(code, ""),
            "diagnosed_on": diagnosed_on,
        },
    )
    if created:
        audit.record("condition.diagnose", by=by, subject=condition)
    return condition


@transaction.atomic
def enrol(patient: Patient, programme: Programme, *, on: date, by: Actor | None) -> Enrolment:
    """Manage a resident in a programme from a day on; an existing running enrolment is returned as it is."""
    locked = _locked(patient)
    running = Enrolment.objects.filter(patient=locked, programme=programme).live(on=on).first()
    if running is not None:
        return running
    enrolment = Enrolment.objects.create(
        patient=locked,
        organization_id=locked.organization_id,
        programme=programme,
        period=DateRange(on, None),
    )
    locked.programmes = sorted({*locked.programmes, programme})
    locked.save(update_fields=["programmes"])
    audit.record("enrolment.begin", by=by, subject=enrolment, detail={"programme": programme})
    lifecycle.happened(lifecycle.Event.ENROLLED, locked, on=on, by=by, programme=programme)
    return enrolment


@transaction.atomic
def end(enrolment: Enrolment, *, on: date, reason: EndReason, by: Actor | None) -> Enrolment:
    """Stop managing from a day on (the day itself is no longer managed). Ending an ended enrolment changes nothing.

    ValueError for a day on which management had not yet lasted a day.
    """
    patient = _locked(enrolment.patient)
    row = Enrolment.objects.select_for_update().get(pk=enrolment.pk)
    if row.period.upper is not None:
        return row
    if on <= row.period.lower:
        raise ValueError("management cannot end before it has begun")
    row.period = DateRange(row.period.lower, on)
    row.end_reason = reason
    row.save(update_fields=["period", "end_reason"])
    patient.programmes = sorted(set(patient.programmes) - {row.programme})
    patient.save(update_fields=["programmes"])
    audit.record("enrolment.end", by=by, subject=row, detail={"reason": reason})
    lifecycle.happened(lifecycle.Event.ENROLMENT_ENDED, patient, on=on, by=by, programme=row.programme)
    return row


@transaction.atomic
def died(patient: Patient, *, on: date, by: Actor | None) -> Patient:
    """Record a death: every enrolment ends and everything open above is settled."""
    locked = _locked(patient)
    if locked.deceased_on is not None:
        return locked
    locked.deceased_on = on
    locked.save(update_fields=["deceased_on"])
    audit.record("patient.died", by=by, subject=locked, detail={"on": on.isoformat()})
    for enrolment in Enrolment.objects.filter(patient=locked, period__endswith__isnull=True):
        # An enrolment that began after the death was a mistake; it still lasts its first day, so that it stays seen.
        end(enrolment, on=max(on, enrolment.period.lower + timedelta(days=1)), reason=EndReason.DIED, by=by)
    lifecycle.happened(lifecycle.Event.DIED, locked, on=on, by=by)
    return Patient.objects.get(pk=locked.pk)
