"""What the papers of a resident print, gathered in a fixed number of statements."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from followups.lines import both_lines, choosing
from followups.models import Appointment, AppointmentStatus, Assessment
from followups.printing.leaflet import Latest, leaflet
from followups.printing.record_form import Visit, record_form, taken_on
from followups.protocols.evidence import Person
from followups.versions import in_force
from followups.visits.history import last_visits, lasting_readings, plan_of
from patients.identity import masked
from patients.models import Encounter, MedicationStatement, Patient, Task
from patients.models.encounter import MedicationStatus
from patients.models.task import TaskKind
from patients.readings import READINGS
from referrals.models import ServiceRequest

MOST: Final = 24  # six sheets
RECENT: Final = 8  # the latest value of a reading is looked for in as many visits


def record_data(
    patient: Patient, programme: str, *, first: date, last: date, stamp: str
) -> dict[str, object]:
    """The data of a programme's record form with the visits of these days, the oldest first, the newest 24 at most."""
    rows = Encounter.objects.filter(
        patient=patient, on__range=(first, last), programmes__contains=[programme]
    )
    newest = rows.select_related("practitioner", "patient").prefetch_related("further_observations")
    visits = list(newest.order_by("-on", "-pk")[:MOST])[::-1]
    printed = _as_printed(patient, programme, visits)
    return record_form(patient, masked(getattr(patient, "identity", None)), programme, printed, stamp=stamp)


def _as_printed(patient: Patient, programme: str, visits: Sequence[Encounter]) -> list[Visit]:
    ids = [visit.pk for visit in visits]
    judged = {
        row.encounter_id: row for row in Assessment.objects.filter(encounter__in=ids, programme=programme)
    }
    booked = _booked(patient)
    medicines = list(MedicationStatement.objects.filter(patient=patient).order_by("started_on", "name"))
    referred = _referrals(patient)
    return [
        Visit(
            encounter=visit,
            assessment=judged.get(visit.pk),
            next_on=booked.get(visit.on),
            referral=referred.get(str(visit.pk), ""),
            medicines=taken_on(visit.on, medicines),
            observations={each.code: each.value for each in visit.further_observations.all()},
        )
        for visit in visits
    ]


def _booked(patient: Patient) -> dict[date, date]:
    """The day that each visit's day led to."""
    rows = Appointment.objects.filter(patient=patient).exclude(status=AppointmentStatus.CANCELLED)
    return dict(rows.order_by("created_at").values_list("booked_on", "due_on"))


def _referrals(patient: Patient) -> dict[str, str]:
    """Reason, hospital and department of the referrals that answered a visit's advice, by the visit's id."""
    visit_of = dict(
        Task.objects.filter(patient=patient, kind=TaskKind.REFERRAL_ADVISED).values_list("pk", "basis_id")
    )
    requests = ServiceRequest.objects.filter(patient=patient, task_id__in=visit_of)
    found = requests.select_related("target_organization", "target_department").order_by("created_at")
    return {
        visit_of[
            request.task_id
        ]: f"{request.reason}\n{request.target_organization} {request.target_department}"
        for request in found
        if request.task_id is not None
    }


def leaflet_data(patient: Patient, *, on: date, stamp: str) -> dict[str, object]:
    """The data of the leaflet, from the plan, the due follow-up, the medicines and the last visits."""
    plan, goals = plan_of(patient)
    person = Person(patient.birth_date, tuple(patient.programmes), patient.sex)
    latest = _latest(last_visits(patient, RECENT))
    settings = in_force(on=on).settings
    known = choosing(lasting_readings(patient, settings), on=on, settings=settings)
    both = both_lines(person, on=on, settings=settings, known=known)
    medicines = MedicationStatement.objects.filter(patient=patient, status=MedicationStatus.ACTIVE)
    return leaflet(
        patient,
        appointment=Appointment.objects.booked().filter(patient=patient).first(),
        plan=plan,
        goals=goals,
        lines={name: each.assessment.below for name, each in both.items() if each.assessment},
        latest=latest,
        medicines=medicines.order_by("started_on", "name"),
        stamp=stamp,
    )


def _latest(visits: Iterable[Encounter]) -> dict[str, Latest]:
    """The newest value of every reading that one of the visits took; `visits` come newest first."""
    latest: dict[str, Latest] = {}
    for visit in visits:
        further = {each.code: each.value for each in visit.further_observations.all()}
        for name, value in {**visit.observations(), **further}.items():
            latest.setdefault(name, Latest(f"{value:.{READINGS[name].decimals}f}", visit.on))
    return latest
