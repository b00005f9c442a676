"""What people take, from the first line to the next ones. Names, ATC codes and usual doses as in facts section 7.5."""

from dataclasses import dataclass, field
from datetime import date
from operator import itemgetter
from typing import Final
from uuid import UUID

from patients.models import MedicationStatement
from patients.models.encounter import MedicationStatus
from patients.programmes import Programme
from workbench.demo.chance import Chance

Drug = tuple[str, str, str]

_CALCIUM: Final[tuple[Drug, ...]] = (
    ("氨氯地平片", "5mg qd", "C08CA01"), ("硝苯地平控释片", "30mg qd", "C08CA05"), ("左氨氯地平片", "2.5mg qd", "C08CA17"),
)  # fmt: skip
_ANGIOTENSIN: Final[tuple[Drug, ...]] = (
    ("缬沙坦胶囊", "80mg qd", "C09CA03"), ("厄贝沙坦片", "150mg qd", "C09CA04"), ("培哚普利片", "4mg qd", "C09AA04"),
)  # fmt: skip
_MORE_PRESSURE: Final[tuple[Drug, ...]] = (
    ("吲达帕胺缓释片", "1.5mg qd", "C03BA11"), ("美托洛尔缓释片", "47.5mg qd", "C07AB02"), ("螺内酯片", "20mg qd", "C03DA01"),
)  # fmt: skip
_METFORMIN: Final[Drug] = ("二甲双胍片", "0.5g tid", "A10BA02")
_MORE_SUGAR: Final[tuple[Drug, ...]] = (
    ("达格列净片", "10mg qd", "A10BK01"), ("西格列汀片", "100mg qd", "A10BH01"), ("格列美脲片", "2mg qd", "A10BB12"),
    ("阿卡波糖片", "50mg tid", "A10BF01"),
)  # fmt: skip
_INSULIN: Final[Drug] = ("甘精胰岛素注射液", "12单位 qn", "A10AE04")
_STATIN: Final[Drug] = ("阿托伐他汀钙片", "20mg qn", "C10AA05")
_ASPIRIN: Final[Drug] = ("阿司匹林肠溶片", "100mg qd", "B01AC06")


@dataclass(slots=True)
class Cupboard:
    """A person's medicines over time; `next` holds what would come next, by disease."""

    chance: Chance
    patient_id: UUID
    organization_id: int
    taken: list[MedicationStatement] = field(default_factory=list)
    next: dict[Programme, list[Drug]] = field(default_factory=dict)

    def begin(self, programme: Programme, on: date) -> None:
        """The first medicines of a disease, known since a day."""
        chance = self.chance
        if programme is Programme.HYPERTENSION:
            pair = [chance.choice(_CALCIUM), chance.choice(_ANGIOTENSIN)]
            chance.shuffle(pair)
            line = [*pair, *chance.sample(_MORE_PRESSURE, 3)]
        else:
            line = [_METFORMIN, *chance.sample(_MORE_SUGAR, 2), _INSULIN]
        count = chance.weighted(((1, 0.62), (2, 0.30), (3, 0.08)))
        for drug in line[:count]:
            self._take(drug, on)
        self.next[programme] = line[count:]

    def beside(self, programme: Programme, on: date) -> None:
        """What other diagnoses bring."""
        if programme in (Programme.DYSLIPIDAEMIA, Programme.CHD, Programme.STROKE):
            self._take(_STATIN, on)
        if programme in (Programme.CHD, Programme.STROKE):
            self._take(_ASPIRIN, on)

    def step_up(self, programme: Programme, on: date) -> bool:
        """Add the next medicine; False when everything has been tried."""
        line = self.next.get(programme, [])
        if not line:
            return False
        self._take(line.pop(0), on)
        return True

    def change(self, programme: Programme, on: date) -> None:
        """Stop the newest medicine of a disease because it was not borne, and take the next one instead."""
        codes = ("A10",) if programme is Programme.DIABETES else ("C0", "C03", "C07")
        mine = [m for m in self.taken if m.status == MedicationStatus.ACTIVE and m.atc.startswith(codes)]
        if mine and self.step_up(programme, on):
            mine[-1].status, mine[-1].ended_on = MedicationStatus.STOPPED, on

    def taking(self, on: date) -> list[MedicationStatement]:
        """What is taken on a day, as the archive lists it."""
        now = [
            (m.started_on, m.name, m)
            for m in self.taken
            if m.started_on is not None and m.started_on <= on and (m.ended_on is None or m.ended_on > on)
        ]
        return [m for _begun, _name, m in sorted(now, key=itemgetter(0, 1))]

    def _take(self, drug: Drug, on: date) -> None:
        name, dosage, atc = drug
        if any(m.name == name and m.status == MedicationStatus.ACTIVE for m in self.taken):
            return
        row = MedicationStatement(
            patient_id=self.patient_id, organization_id=self.organization_id, name=name, dosage=dosage, atc=atc,
            started_on=on, id=self.chance.key(self.chance.hour(on)),
        )  # fmt: skip
        self.taken.append(row)
