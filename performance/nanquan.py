"""The Nanquan centre as published for 2021-2023 (facts 6.2): a population of rows that has those counts.

Only managed, standard-managed and follow-ups were published. Everything else here is invented so that it could be so:
who has both diseases, who was seen when and how, and what was measured. The rates come out of the rollup over these rows.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from alliances.models import CareTeam, Organization, Tier
from patients.models import Encounter, Enrolment, Patient, Responsibility
from patients.models.encounter import EntrySource, Method
from patients.models.patient import Sex
from patients.programmes import Programme

FACE_TO_FACE_A_YEAR: Final = 4
_TEAMS: Final = 5
_BOTH_SHARE: Final = 0.55  # of the people with diabetes, also hypertension
_BATCH: Final = 2000


@dataclass(frozen=True, slots=True)
class Counts:
    """Published for one disease and year."""

    managed: int
    standard: int
    visits: int

    def part(self, managed: int) -> "Counts":
        """A part of the people with the same rates, rounded down where they do not divide."""
        return Counts(managed, self.standard * managed // self.managed, self.visits * managed // self.managed)

    def __sub__(self, other: "Counts") -> "Counts":
        return Counts(
            self.managed - other.managed, self.standard - other.standard, self.visits - other.visits
        )


#: Hypertension, diabetes. Source: published tables of the Nanquan centre.
PUBLISHED: Final[dict[int, tuple[Counts, Counts]]] = {
    2021: (Counts(4278, 2567, 13689), Counts(1590, 954, 5262)),
    2022: (Counts(5410, 3302, 17475), Counts(1880, 1148, 6694)),
    2023: (Counts(5631, 3975, 21901), Counts(2065, 1456, 8199)),
}


def build(year: int) -> Organization:
    """Write the population of the year. Raises KeyError for a year that was not published."""
    hypertension, diabetes = PUBLISHED[year]
    both = diabetes.part(round(diabetes.managed * _BOTH_SHARE))
    chance = random.Random(year)  # noqa: S311 - an invented population, the same each time
    centre = Organization.objects.create(code="nanquan", name="南泉街道社区卫生服务中心", tier=Tier.COMMUNITY)
    teams = [
        CareTeam.objects.create(organization=centre, code=f"area-{number}", name=f"第{number}片区团队")
        for number in range(1, _TEAMS + 1)
    ]
    village = _Village(year, centre, teams, chance)
    village.settle(both, (Programme.HYPERTENSION, Programme.DIABETES))
    village.settle(hypertension - both, (Programme.HYPERTENSION,))
    village.settle(diabetes - both, (Programme.DIABETES,))
    return centre


def visits_of(counts: Counts, chance: random.Random) -> Iterator[tuple[int, int]]:
    """(face-to-face visits, other visits) of each person, so that both totals come out.

    The first `counts.standard` people have at least four face-to-face; nobody else has.
    """
    late = [0] * counts.managed
    more = counts.visits - FACE_TO_FACE_A_YEAR * counts.standard
    if more < 0 or counts.standard > counts.managed:
        raise ValueError(f"{counts} cannot be")
    others = range(counts.standard, counts.managed)
    for _ in range(more):
        # Nine in ten go to people who did not come four times: telephone calls, and visits begun late in the year.
        somebody = (
            chance.choice(others) if others and chance.random() < 0.9 else chance.randrange(counts.managed)
        )
        late[somebody] += 1
    for index, extra in enumerate(late):
        if index < counts.standard:
            seen = chance.randint(0, extra)
            yield FACE_TO_FACE_A_YEAR + seen, extra - seen
        else:
            seen = min(FACE_TO_FACE_A_YEAR - 1, chance.randint(0, extra))
            yield seen, extra - seen


class _Village:
    """Writes people and their visits, in bulk."""

    def __init__(self, year: int, centre: Organization, teams: list[CareTeam], chance: random.Random) -> None:
        self.year, self.centre, self.teams, self.chance = year, centre, teams, chance
        self.settled = 0

    def settle(self, counts: Counts, programmes: tuple[Programme, ...]) -> None:
        """People managed in the programmes for the whole year, with their visits."""
        people = [self._person(programmes) for _ in range(counts.managed)]
        begun = (date(self.year - 1, 1, 1), None)
        Patient.objects.bulk_create(people, batch_size=_BATCH)
        Responsibility.objects.bulk_create(
            [Responsibility(patient=one, organization=self.centre, care_team=one.care_team, period=begun)
             for one in people], batch_size=_BATCH,
        )  # fmt: skip
        Enrolment.objects.bulk_create(
            [Enrolment(patient=one, organization=self.centre, programme=programme, period=begun)
             for one in people for programme in programmes], batch_size=_BATCH,
        )  # fmt: skip
        visits = [
            visit
            for one, (seen, called) in zip(people, visits_of(counts, self.chance), strict=True)
            for visit in self._visits(one, programmes, seen, called)
        ]
        Encounter.objects.bulk_create(visits, batch_size=_BATCH)

    def _person(self, programmes: tuple[Programme, ...]) -> Patient:
        self.settled += 1
        number = f"{self.settled:05}"
        return Patient(
            name=f"居民{number}", pinyin=f"jumin{number}", initials=f"jm{number}",
            sex=self.chance.choice((Sex.FEMALE, Sex.MALE)),
            birth_date=date(self.year - self.chance.randint(36, 90), self.chance.randint(1, 12), 15),
            organization=self.centre, care_team=self.chance.choice(self.teams), programmes=list(programmes),
        )  # fmt: skip

    def _visits(
        self, one: Patient, programmes: tuple[Programme, ...], seen: int, called: int
    ) -> Iterator[Encounter]:
        """Visits spread over the year, on different days."""
        methods = [self.chance.choice((Method.CLINIC, Method.CLINIC, Method.HOME)) for _ in range(seen)]
        methods += [Method.PHONE] * called
        self.chance.shuffle(methods)
        usual, glucose = self.chance.gauss(138, 10), self.chance.gauss(6.9, 1.0)
        gap = 365 / max(1, len(methods))
        for nth, method in enumerate(methods):
            day = date(self.year, 1, 1) + timedelta(days=int(nth * gap + self.chance.random() * (gap - 1)))
            yield Encounter(
                patient=one, organization=self.centre, care_team=one.care_team, practitioner_name="南泉中心",
                on=day, method=method, source=EntrySource.IMPORT, programmes=list(programmes),
                recorded_at=datetime(day.year, day.month, day.day, 2, tzinfo=UTC),
                **self._readings(programmes, usual, glucose),
            )  # fmt: skip

    def _readings(self, programmes: tuple[Programme, ...], usual: float, glucose: float) -> dict[str, object]:
        systolic = round(min(205, max(95, self.chance.gauss(usual, 7))))
        taken: dict[str, object] = {"systolic": systolic, "diastolic": round(systolic * 0.58)}
        if Programme.DIABETES in programmes:
            taken["fasting_glucose"] = round(min(20.0, max(4.2, self.chance.gauss(glucose, 0.7))), 1)
        return taken
