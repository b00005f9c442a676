"""What stands in the record of a person whom the caller may see: for pages that show a follow-up."""

from datetime import date

from django.db.models import QuerySet

from followups.models import Appointment, Assessment, Goal
from patients.models import Encounter, MedicationStatement, Patient, Task
from patients.models.encounter import FACE_TO_FACE
from patients.models.task import TaskKind


def visits_of(patient: Patient) -> QuerySet[Encounter]:
    """The person's visits, newest first."""
    return Encounter.objects.filter(patient=patient).order_by("-on", "-pk")


def last_visits(patient: Patient, count: int) -> list[Encounter]:
    """The newest visits with what else was measured: two queries."""
    return list(visits_of(patient).prefetch_related("further_observations")[:count])


def face_to_face(patient: Patient, *, on: date) -> int:
    """How many visits of the day's year were face to face (clinic or home)."""
    return visits_of(patient).filter(on__year=on.year, method__in=FACE_TO_FACE).count()


def goals_of(patient: Patient) -> list[Goal]:
    """The targets of the person's own plan."""
    return list(Goal.objects.filter(plan__patient=patient))


def assessments_of(visit: Encounter) -> list[Assessment]:
    """What the protocols said of the visit, in the order of the programmes."""
    return list(Assessment.objects.filter(encounter=visit).order_by("pk"))


def open_appointment(patient: Patient) -> Appointment | None:
    """The follow-up that is due."""
    return Appointment.objects.booked().filter(patient=patient).first()


def open_advice(patient: Patient) -> Task | None:
    """The advice to refer that nobody has answered yet."""
    return Task.objects.open().filter(patient=patient, kind=TaskKind.REFERRAL_ADVISED).first()


def medicines_of_day(visit: Encounter) -> list[str]:
    """The medicines that began or ended on the day of the visit, each once."""
    mine = MedicationStatement.objects.filter(patient_id=visit.patient_id)
    changed = mine.filter(started_on=visit.on) | mine.filter(ended_on=visit.on)
    return sorted(set(changed.values_list("name", flat=True)))
