"""The people: who they are, where they live, what they have, with whom they are contracted. Nothing is written here."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from accounts.names import initials_of, pinyin_of
from alliances.models import CareTeam
from followups.protocols.months import add_months
from patients.identity import IdentityText
from patients.models import Patient
from patients.models.condition import EndReason
from patients.models.patient import Sex, Smoking
from patients.programmes import Programme
from workbench.demo import further, places
from workbench.demo.alliance import Stage
from workbench.demo.chance import Chance, clipped
from workbench.demo.names import mobile_of, name_of, number_of
from workbench.demo.pieces import PIECES, Piece, Script

_AGES: Final = (((18, 39), 0.15), ((40, 54), 0.24), ((55, 64), 0.23), ((65, 74), 0.24), ((75, 93), 0.14))
#: From which age: share with hypertension, share with diabetes, share with diabetes among those with hypertension.
_ILL: Final = (
    (75, 0.60, 0.13, 0.28), (65, 0.54, 0.13, 0.27), (55, 0.43, 0.11, 0.25), (40, 0.22, 0.06, 0.20), (0, 0.03, 0.01, 0.10),
)  # fmt: skip
_BESIDE: Final = (
    (Programme.DYSLIPIDAEMIA, 0.22),
    (Programme.CHD, 0.08),
    (Programme.STROKE, 0.05),
    (Programme.CKD, 0.03),
)
_ALLERGIES: Final = (("青霉素", 0.055), ("磺胺", 0.025), ("头孢菌素", 0.02), ("碘造影剂", 0.008))
MANAGED: Final = 0.95  # of those with the disease


@dataclass(frozen=True, slots=True)
class Span:
    """The days of the history: from its first to its last, the day before `today`."""

    first: date
    today: date

    @property
    def last(self) -> date:
        return self.today - timedelta(days=1)


@dataclass(slots=True)
class Signed:
    """A contract: from when, for how many months, personalised, naming the two hospitals or not."""

    begins: date
    months: int = 12
    package: str = "basic"
    names_hospitals: bool = True

    @property
    def ends(self) -> date:
        return add_months(self.begins, self.months)


@dataclass(slots=True)
class Resident:
    """A person with what the history needs to know."""

    patient: Patient
    identity: IdentityText
    centre: places.Centre
    chance: Chance
    team: CareTeam
    earlier_team: CareTeam | None = None
    moved_on: date | None = None
    diagnosed: dict[Programme, date] = field(default_factory=dict)
    enrolled: dict[Programme, date] = field(default_factory=dict)
    ended_on: date | None = None
    end_reason: EndReason | None = None
    contracts: list[Signed] = field(default_factory=list)
    bmi: float = 24.0
    script: tuple[tuple[int, Script], ...] = ()

    def team_on(self, day: date) -> CareTeam:
        """The team responsible on the day."""
        return self.earlier_team if self.earlier_team and self.moved_on and day < self.moved_on else self.team

    def programmes_on(self, day: date) -> list[Programme]:
        """The programmes the person is managed in on the day."""
        if self.ended_on is not None and day >= self.ended_on:
            return []
        return [programme for programme, begun in self.enrolled.items() if begun <= day]

    def contract_on(self, day: date) -> Signed | None:
        return next((one for one in self.contracts if one.begins <= day < one.ends), None)


class _Person(NamedTuple):
    name: str
    sex: Sex
    born: date


class Town:
    """Makes residents: archives are numbered by village, identity numbers by day of birth."""

    def __init__(self, stage: Stage, span: Span, seed: object) -> None:
        self.stage, self.span, self.seed = stage, span, seed
        self._archives: dict[str, int] = {}
        self._births: dict[date, int] = {}

    def people(self, count: int) -> Iterator[Resident]:
        """`count` residents; the first are those whose visits are written down in `pieces`."""
        for piece in PIECES[:count]:
            yield self._played(piece)
        for index in range(len(PIECES), count):
            chance = Chance(self.seed, "resident", index)
            centre = chance.weighted([(c, c.share) for c in places.CENTRES])
            yield self._somebody(chance, centre)

    def _played(self, piece: Piece) -> Resident:
        """Somebody whose history is written down rather than drawn."""
        chance, centre = Chance(self.seed, "piece", piece.name), places.CENTRES[0]
        team = self.stage.teams[centre.code, piece.team]
        one = self._resident(chance, centre, team, _Person(piece.name, piece.sex, piece.born))
        one.script, one.bmi = piece.visits, piece.bmi
        one.patient.height, one.patient.smoking = Decimal(piece.height), piece.smoking
        one.patient.allergies = list(piece.allergies)
        one.diagnosed = dict(piece.diagnosed)
        one.enrolled = dict.fromkeys(one.diagnosed, self.span.first)
        one.contracts = [Signed(self.span.today - timedelta(days=212))]
        return self._settled(one)

    def _somebody(self, chance: Chance, centre: places.Centre) -> Resident:
        first, last = chance.weighted(_AGES)
        born = chance.day(_years_before(self.span.today, last + 1), _years_before(self.span.today, first))
        sex = chance.weighted(((Sex.FEMALE, 0.52), (Sex.MALE, 0.48)))
        team = chance.choice(self.stage.area_teams(centre.code))
        person = _Person(name_of(chance, sex, born.year), sex, born)
        one = self._resident(chance, centre, team, person)
        self._fall_ill(one, self.span.today.year - born.year)
        further.fall_ill(one, self.span)
        self._contract(one)
        self._move(one)
        self._leave(one, self.span.today.year - born.year)
        return self._settled(one)

    def _resident(self, chance: Chance, centre: places.Centre, team: CareTeam, person: _Person) -> Resident:
        name, sex, born = person
        village = chance.choice(team.areas)
        archived = chance.day(date(2014, 3, 1), min(date(2024, 6, 30), self.span.first - timedelta(days=30)))
        serial = self._births[born] = self._births.get(born, -1) + 1
        height = clipped(
            chance.gauss(168 if sex == Sex.MALE else 157, 6) - (2 if born.year < 1955 else 0), 142, 192
        )
        patient = Patient(
            id=chance.key(chance.hour(archived)), archive_number=self._archive_number(centre, village), name=name,
            pinyin=pinyin_of(name), initials=initials_of(name), sex=sex, birth_date=born, community=village,
            ethnicity=chance.weighted((("汉族", 0.95), ("土家族", 0.035), ("苗族", 0.015))),
            organization=team.organization, care_team=team, height=Decimal(f"{height:.1f}"),
            smoking=_smoking(chance, sex), archived_on=archived, created_at=chance.hour(archived),
            allergies=[name for name, share in _ALLERGIES if chance.happens(share)],
        )  # fmt: skip
        email = f"{patient.pinyin.replace(' ', '')}{serial}@example.test" if chance.happens(0.08) else ""
        address = f"重庆市巴南区{centre.street}{village}{chance.between(1, 260)}号"
        text = IdentityText(number_of(born, sex, serial), mobile_of(chance), address, email=email)
        return Resident(patient, text, centre, chance, team, bmi=clipped(chance.gauss(23.8, 3.0), 17.0, 36.0))

    def _archive_number(self, centre: places.Centre, village: str) -> str:
        """County, street, village (001- neighbourhoods, 101- villages), resident."""
        street = f"{101 + places.CENTRES.index(centre):03d}"
        place = centre.villages.index(village) + (101 if village.endswith("村") else 1)
        area = f"500113{street}{place:03d}"
        self._archives[area] = self._archives.get(area, 0) + 1
        return f"{area}{self._archives[area]:05d}"

    def _fall_ill(self, one: Resident, age: int) -> None:
        """Diagnoses, and management from the first day of the history or from a diagnosis within it."""
        chance = one.chance
        _age, pressure, sugar, both = next(line for line in _ILL if age >= line[0])
        found = [Programme.HYPERTENSION] if chance.happens(pressure) else []
        if chance.happens(both if found else sugar):
            found.append(Programme.DIABETES)
        for programme in found:
            newly = chance.happens(0.06)
            longest = timedelta(days=365 * min(18, max(1, age - 35)))
            begun = self.span.first if newly else self.span.first - longest
            day = chance.day(begun, self.span.today - timedelta(days=20) if newly else self.span.first)
            one.diagnosed[programme] = day
            if chance.happens(MANAGED):
                wait = chance.between(0, 10) if newly else 0
                one.enrolled[programme] = min(
                    max(day, self.span.first) + timedelta(days=wait), self.span.last
                )
        for programme, share in _BESIDE if found else ():
            if chance.happens(share):
                one.diagnosed[programme] = chance.day(date(2012, 1, 1), self.span.first)

    def _contract(self, one: Resident) -> None:
        """Most of the managed and half of the others sign in the course of the year, most of them again."""
        chance, span = one.chance, self.span
        if not chance.happens(0.84 if one.enrolled else 0.55):
            return
        package = "personalised" if chance.happens(0.2 if one.enrolled else 0.05) else "basic"
        named = chance.happens(0.86)
        first = chance.day(add_months(span.first, -12), add_months(span.today, -1))
        one.contracts.append(Signed(first, package=package, names_hospitals=named))
        renewed = one.contracts[0].ends + timedelta(days=chance.between(0, 25))
        if renewed <= span.last and chance.happens(0.88):
            one.contracts.append(Signed(renewed, package=package, names_hospitals=named))

    def _move(self, one: Resident) -> None:
        """Some came from another team during the history, a few from another centre."""
        chance = one.chance
        if not chance.happens(0.06):
            return
        other = chance.happens(0.12)
        centre = chance.choice(places.CENTRES).code if other else one.centre.code
        teams = [team for team in self.stage.area_teams(centre) if team.pk != one.team.pk]
        if teams:
            one.earlier_team = chance.choice(teams)
            one.moved_on = chance.day(
                self.span.first + timedelta(days=20), self.span.last - timedelta(days=10)
            )

    def _leave(self, one: Resident, age: int) -> None:
        """A few die, move away or stay away for good."""
        chance, span = one.chance, self.span
        day = chance.day(span.first + timedelta(days=40), span.last - timedelta(days=6))
        if chance.happens(0.028 if age >= 75 else 0.008 if age >= 65 else 0.002):
            one.patient.deceased_on = one.ended_on = day
            one.end_reason = EndReason.DIED
        elif one.enrolled and chance.happens(0.018):
            one.ended_on = day
            one.end_reason = chance.weighted(((EndReason.MOVED, 0.6), (EndReason.REFUSED, 0.4)))

    def _settled(self, one: Resident) -> Resident:
        """Take back what an early end makes impossible, and copy to the patient row what it repeats."""
        if one.ended_on is not None:
            one.enrolled = {p: begun for p, begun in one.enrolled.items() if begun < one.ended_on}
            one.contracts = [c for c in one.contracts if c.begins < one.ended_on]
            one.diagnosed = {p: day for p, day in one.diagnosed.items() if day < one.ended_on}
            if not one.enrolled and one.end_reason is not EndReason.DIED:
                one.ended_on = one.end_reason = None
        one.patient.programmes = sorted(one.programmes_on(self.span.today))
        return one


def _smoking(chance: Chance, sex: str) -> Smoking:
    if sex == Sex.MALE:
        return chance.weighted(((Smoking.CURRENT, 0.44), (Smoking.FORMER, 0.18), (Smoking.NEVER, 0.38)))
    return chance.weighted(((Smoking.CURRENT, 0.02), (Smoking.FORMER, 0.01), (Smoking.NEVER, 0.97)))


def _years_before(day: date, years: int) -> date:
    return add_months(day, -12 * years) + timedelta(days=1)
