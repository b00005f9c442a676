"""How many follow-ups a team does on which day, and how many are planned: the agenda that planning reads and fills."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models import Count

from accounts.models import User
from alliances.models import CareTeam
from alliances.workdays import DayKind, is_working_day, kind_of, said_by_hand
from followups.models import Appointment, TeamCapacity, TeamDay
from journal import audit

WEEK = 7


class NoPattern(ValueError):
    """A day that differs needs a pattern to differ from."""


@dataclass(slots=True)
class Agenda:
    """One team's days: the pattern, the days that differ, and how many follow-ups are planned on each."""

    organization_id: int | None = None
    pattern: tuple[int, ...] | None = None
    special: dict[date, int] = field(default_factory=dict)
    planned: Counter[date] = field(default_factory=Counter)

    def places(self, on: date) -> int | None:
        """How many follow-ups the team does on the day; None where it is not limited, 0 on a day off.

        A make-up day is worked like the leanest weekday at least. A team whose pattern has a Saturday or Sunday works
        on it, unless it is a holiday.
        """
        if on in self.special:
            return self.special[on]
        works = is_working_day(on, of=self.organization_id)
        if self.pattern is None:
            return None if works else 0
        usual = self.pattern[on.weekday()]
        if works:
            return max(usual, min(self.pattern[:5])) if on.weekday() > 4 else usual
        plain_weekend = kind_of(on) is DayKind.WEEKEND and said_by_hand(on, of=self.organization_id) is None
        return usual if plain_weekend else 0

    def works(self, on: date) -> bool:
        """Whether the team does follow-ups on the day at all."""
        return self.places(on) != 0

    def room(self, on: date) -> bool:
        """Whether one more fits."""
        places = self.places(on)
        return places is None or self.planned[on] < places

    def excess(self, on: date) -> int:
        """How many are planned beyond the places of the day; negative while there is room."""
        return self.planned[on] - (self.places(on) or 0)


def agendas(
    teams: Mapping[int, int | None],
    *,
    first: date,
    last: date,
    lock: bool = False,
    without: Collection[UUID] = (),
    count_all: bool = False,
) -> dict[int, Agenda]:
    """The agenda of each team (id to organization) between two days. Three statements, one while no team has a pattern.

    With `lock` the patterns are held until the transaction ends, so that what is read stays true. `without`:
    follow-ups that are not counted, since they are about to be planned. `count_all` counts teams without a pattern too.
    """
    found = {team: Agenda(organization) for team, organization in teams.items()}
    rows = TeamCapacity.objects.filter(care_team__in=found).order_by("care_team_id")
    for row in rows.select_for_update(no_key=True) if lock else rows:
        found[row.care_team_id].pattern = tuple(row.places)
    limited = [team for team, agenda in found.items() if agenda.pattern is not None or count_all]
    if not limited:
        return found
    for special in TeamDay.objects.filter(care_team__in=limited, on__range=(first, last)):
        found[special.care_team_id].special[special.on] = special.places
    planned = Appointment.objects.booked().filter(care_team__in=limited, planned_on__range=(first, last))
    for team, on, count in (
        planned.exclude(pk__in=list(without)).values_list("care_team", "planned_on").annotate(n=Count("pk"))
    ):
        found[team].planned[on] = count
    return found


@transaction.atomic
def set_pattern(team: CareTeam, places: Iterable[int], *, by: User) -> TeamCapacity:
    """Say how many follow-ups the team does on each weekday, Monday to Sunday. What is planned stays planned."""
    wanted = list(places)
    row, _new = TeamCapacity.objects.update_or_create(care_team=team, defaults={"places": wanted})
    audit.record(
        "capacity.set-pattern", by=by, subject=row, organization_id=team.organization_id,
        detail={"team": team.name, "places": wanted},
    )  # fmt: skip
    return row


@transaction.atomic
def set_day(team: CareTeam, on: date, *, places: int, reason: str, by: User) -> TeamDay:
    """Say that a day differs from the pattern. NoPattern when the team has none."""
    if not TeamCapacity.objects.select_for_update(no_key=True).filter(care_team=team).exists():
        raise NoPattern(team.name)
    row, _new = TeamDay.objects.update_or_create(
        care_team=team, on=on, defaults={"places": places, "reason": reason}
    )
    audit.record(
        "capacity.set-day", by=by, subject=row, organization_id=team.organization_id,
        detail={"team": team.name, "on": on.isoformat(), "places": places, "reason": reason},
    )  # fmt: skip
    return row


@transaction.atomic
def clear_day(team: CareTeam, on: date, *, by: User) -> bool:
    """Let the pattern count on the day again; False when it did already."""
    row = TeamDay.objects.filter(care_team=team, on=on).first()
    if row is None:
        return False
    audit.record(
        "capacity.clear-day", by=by, subject=row, organization_id=team.organization_id,
        detail={"team": team.name, "on": on.isoformat()},
    )  # fmt: skip
    row.delete()
    return True
