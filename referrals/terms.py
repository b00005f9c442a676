"""What an agreement says for a referral: how fast it is answered, whom to call, the green channel, places left today."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from alliances import agreements
from alliances.models import Agreement, AgreementLine, Department
from patients.models.task import Urgency
from referrals.capacity import Left, left_on
from referrals.states import ANSWER_CLOCK, Clock, Span
from referrals.targets import Targets


def answer_clock(agreement: Agreement | None) -> Clock:
    """The answer clock of a request under an agreement: its times where it gives them, else the usual ones."""
    if agreement is None:
        return ANSWER_CLOCK
    given: Mapping[Urgency, tuple[int | None, timedelta]] = {
        Urgency.EMERGENCY: (agreement.answer_emergency_minutes, timedelta(minutes=1)),
        Urgency.URGENT: (agreement.answer_urgent_hours, timedelta(hours=1)),
        Urgency.ROUTINE: (agreement.answer_routine_days, timedelta(days=1)),
    }
    return {
        urgency: Span(number * unit, working=ANSWER_CLOCK[urgency].working)
        if number
        else ANSWER_CLOCK[urgency]
        for urgency, (number, unit) in given.items()
    }


def clock_between(source_id: int, target_id: int, *, on: date) -> Clock:
    """The answer clock of a request from one organization to another on a day."""
    return answer_clock(agreements.in_force(source_id, on=on, target_id=target_id).get(target_id))


@dataclass(frozen=True)
class DepartmentTerms:
    """What the letter's writer should know of one department that an agreement names."""

    department: Department
    agreement: Agreement
    left: Left

    @property
    def is_full(self) -> bool:
        """Nothing is left today, of neither kind."""
        return self.left.clinic == 0 and self.left.beds == 0


def terms_of(targets: Targets, *, programme: str, on: date) -> list[DepartmentTerms]:
    """The departments that an agreement names for the programme, in the order of the targets. One query."""
    named: list[tuple[Department, AgreementLine]] = []
    for department in targets.departments:
        line = targets.lines.get(department.pk)
        if line is not None and targets.takes(department, programme):
            named.append((department, line))
    left = left_on([line for _department, line in named], on) if named else {}
    return [
        DepartmentTerms(department, targets.agreements[department.organization_id], left[line.pk])
        for department, line in named
    ]
