"""What follow-ups settle when something happens to a resident (registered with patients.lifecycle)."""

from collections.abc import Sequence
from typing import Final

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from followups import reminders
from followups.calendar import appointments, losses
from followups.models import AppointmentReason, FollowUpLoss, LossEnd
from followups.plans import care_tasks
from followups.plans import endings as care_endings
from followups.standing import lock
from followups.visits import drafts
from journal import outbox
from journal.audit import Agent
from patients.lifecycle import Event, Happening, register
from patients.models import Task
from patients.models.task import TaskKind, TaskStatus

#: What a visit asks of the responsible team: it moves with the resident and ends with a death.
OF_THE_TEAM: Final = (
    TaskKind.REFERRAL_ADVISED,
    TaskKind.REVISIT,
    TaskKind.RESULT_PENDING,
    TaskKind.CALL_AFTER_CHANGE,
)


def _agent(happening: Happening) -> Agent | None:
    """Who caused it; a visitor who is not signed in cannot."""
    return None if isinstance(happening.by, AnonymousUser) else happening.by


def enrolled(happening: Happening) -> None:
    """A managed person has a plan and a due follow-up; nothing is due to somebody whose death is known."""
    patient = happening.patient
    lock([patient.pk])
    if patient.deceased_on is not None:
        return
    if appointments.open_of(patient.pk) is None:
        due_on = happening.on + appointments.FIRST_WITHIN
        appointments.book(
            patient, due_on=due_on, reason=AppointmentReason.FIRST, by=_agent(happening), on=happening.on
        )


def enrolment_ended(happening: Happening) -> None:
    """Nothing is due to a person who is managed in no programme any more, and nobody is lost who is not managed."""
    patient = happening.patient
    if patient.programmes:
        return
    appointments.cancel(patient, by=_agent(happening), at=timezone.now(), why="enrolment-ended")
    why = LossEnd.UNMANAGED if patient.deceased_on is None else LossEnd.DIED
    losses.end(patient, on=happening.on, reason=why)


def moved(happening: Happening) -> None:
    """The due follow-up and the open advice follow the person to the responsible organization and team."""
    moved_together([happening])


def moved_together(happenings: Sequence[Happening]) -> None:
    """The same for persons who came to one team together, in a fixed number of statements."""
    first, patients = happenings[0], [happening.patient for happening in happenings]
    organization, care_team = first.patient.organization, first.patient.care_team
    appointments.hand_over(
        patients, organization=organization, care_team=care_team, by=_agent(first), on=first.on
    )
    FollowUpLoss.objects.open().filter(patient__in=patients).update(
        organization=organization, care_team=care_team
    )
    # Advice, what is left to do after visits, and what the care team has to do about plans, interventions and pathways.
    ours = [*OF_THE_TEAM, *care_tasks.KINDS]
    tasks = Task.objects.open().filter(patient__in=patients, kind__in=ours)
    tasks.update(organization=organization, care_team=care_team)


def died(happening: Happening) -> None:
    """Nothing is due, nothing is advised and no reminder leaves after a death."""
    patient, now = happening.patient, timezone.now()
    appointments.cancel(patient, by=_agent(happening), at=now, why="died")
    losses.end(patient, on=happening.on, reason=LossEnd.DIED)
    outbox.stop(patient_id=patient.pk, kinds=reminders.message_kinds(), why="died")
    drafts.discard_all([patient])
    Task.objects.open().filter(patient=patient, kind__in=OF_THE_TEAM).update(
        status=TaskStatus.CANCELLED, completed_at=now, outcome="died"
    )
    care_endings.died(patient, by=_agent(happening), on=happening.on, at=now)


def register_all() -> None:
    """Called once, when the app is ready."""
    register(Event.ENROLLED, "followups", enrolled)
    register(Event.ENROLMENT_ENDED, "followups", enrolment_ended)
    register(Event.MOVED, "followups", moved, together=moved_together)
    register(Event.DIED, "followups", died)
