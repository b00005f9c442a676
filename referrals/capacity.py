"""How many places a department has left on a day, and taking one: under the lock of the agreement's line.

Who schedules holds the line until the transaction ends, so that of two who want the last place one gets it. An
appointment takes its place on its day until it is cancelled or the patient did not come (`TAKES_A_SLOT`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils import timezone

from alliances import agreements
from alliances.models import AgreementLine
from alliances.workdays import SHANGHAI, is_working_day
from patients.models.task import Urgency
from referrals.models import ServiceRequest
from referrals.states import TAKES_A_SLOT, SlotKind

#: How far ahead a free day is looked for.
HORIZON = timedelta(days=90)


class DayFull(ValueError):
    """No place is left on the day. `free_on`: the next working day that has one, None when none is near."""

    def __init__(self, on: date, free_on: date | None) -> None:
        super().__init__(f"no place on {on}")
        self.on, self.free_on = on, free_on


@dataclass(frozen=True)
class Left:
    """Places left on a day; None is not limited."""

    clinic: int | None
    beds: int | None


def take_place(request: ServiceRequest, slot: datetime, kind: SlotKind) -> None:
    """Take a place of the slot's day for a locked request, and note it there (unsaved). DayFull when none is left.

    Without an agreement on that day, or a limit in it, there is always a place. An emergency is never refused: it
    takes its place on a full day too.
    """
    day = timezone.localdate(slot)
    line = _locked_line(request, day)
    most = limit_of(line, kind) if line is not None else None
    if line is not None and most is not None and request.urgency != Urgency.EMERGENCY:
        taken = _taken_by_day(line, kind, first=day, last=day + HORIZON, but=request)
        if taken.get(day, 0) >= most:
            raise DayFull(day, _next_free(line, day, most, taken))
    request.agreement_line, request.slot_kind = line, kind


def limit_of(line: AgreementLine, kind: SlotKind) -> int | None:
    """How many places of a kind a line has a day; None: not limited."""
    return line.beds if kind == SlotKind.BED else line.clinic_slots


def left_on(lines: Collection[AgreementLine], day: date) -> dict[int, Left]:
    """What is left on a day, by line. One query, whatever their number."""
    rows = ServiceRequest.objects.filter(agreement_line__in=[line.pk for line in lines], **_between(day, day))
    counted = (
        rows.filter(state__in=TAKES_A_SLOT).values_list("agreement_line", "slot_kind").annotate(n=Count("pk"))
    )
    taken = {(line, kind): n for line, kind, n in counted.order_by()}

    def left(line: AgreementLine, kind: SlotKind) -> int | None:
        most = limit_of(line, kind)
        return None if most is None else max(0, most - taken.get((line.pk, kind.value), 0))

    return {line.pk: Left(left(line, SlotKind.CLINIC), left(line, SlotKind.BED)) for line in lines}


def _locked_line(request: ServiceRequest, day: date) -> AgreementLine | None:
    """The line that counts for a request's department on a day, locked until the transaction ends."""
    agreement = agreements.in_force(
        request.source_organization_id, on=day, target_id=request.target_organization_id
    )
    found = agreement.get(request.target_organization_id)
    if found is None:
        return None
    lines = AgreementLine.objects.select_for_update(no_key=True).select_related(None)
    line = lines.filter(agreement=found, department=request.target_department_id).first()
    if line is not None:
        line.agreement = found
    return line


def _taken_by_day(
    line: AgreementLine, kind: SlotKind, *, first: date, last: date, but: ServiceRequest
) -> dict[date, int]:
    rows = ServiceRequest.objects.filter(
        agreement_line=line, slot_kind=kind, state__in=TAKES_A_SLOT, **_between(first, last)
    )
    by_day = rows.exclude(pk=but.pk).annotate(day=TruncDate("scheduled_for", tzinfo=SHANGHAI))
    return dict(by_day.order_by().values_list("day").annotate(n=Count("pk")))


def _next_free(line: AgreementLine, day: date, most: int, taken: dict[date, int]) -> date | None:
    ends = line.agreement.period.upper
    for ahead in range(1, HORIZON.days + 1):
        other = day + timedelta(days=ahead)
        if most == 0 or (ends is not None and other >= ends):
            return None
        if is_working_day(other) and taken.get(other, 0) < most:
            return other
    return None


def _between(first: date, last: date) -> dict[str, datetime]:
    """Appointments from the first to the last day, both included, as conditions that an index can serve."""
    begin = datetime.combine(first, time(), SHANGHAI)
    return {
        "scheduled_for__gte": begin,
        "scheduled_for__lt": datetime.combine(last + timedelta(days=1), time(), SHANGHAI),
    }
