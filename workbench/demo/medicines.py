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
_MORE_LIPIDS: Final[tuple[Drug, ...]] = (
    ("依折麦布片", "10mg qd", "C10AX09"),
    ("非诺贝特胶囊", "200mg qd", "C10AB05"),
)
_ASPIRIN: Final[Drug] = ("阿司匹林肠溶片", "100mg qd", "B01AC06")
_BETA_BLOCKER: Final[Drug] = ("美托洛尔缓释片", "47.5mg qd", "C07AB02")
_LUNGS: Final[tuple[Drug, ...]] = (
    ("噻托溴铵粉吸入剂", "18μg qd", "R03BB04"), ("布地奈德福莫特罗粉吸入剂", "1吸 bid", "R03AK07"), ("茶碱缓释片", "0.1g bid", "R03DA04"),
)  # fmt: skip
#: What a further disease is treated with: taken from the first day, and what comes next.
_FURTHER: Final[dict[Programme, tuple[tuple[Drug, ...], tuple[Drug, ...]]]] = {
    Programme.COPD: (_LUNGS[:1], _LUNGS[1:]),
    Programme.DYSLIPIDAEMIA: ((_STATIN,), _MORE_LIPIDS),
    Programme.STROKE: ((_STATIN, _ASPIRIN), (_MORE_LIPIDS[0], _CALCIUM[0])),
    Programme.CHD: ((_STATIN, _ASPIRIN), (_BETA_BLOCKER, _MORE_LIPIDS[0])),
    Programme.CKD: ((_ANGIOTENSIN[1],), (_MORE_SUGAR[0], _CALCIUM[0])),
}
#: Where the medicines of a disease stand in the ATC.
_ATC: Final = {Programme.DIABETES: ("A10",), Programme.COPD: ("R03",), Programme.DYSLIPIDAEMIA: ("C10",)}


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
        if programme in _FURTHER:
            first, then = _FURTHER[programme]
            for drug in first:
                self._take(drug, on)
            self.next[programme] = list(then)
            return
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
        while line:
            if self._take(line.pop(0), on):
                return True
        return False

    def change(self, programme: Programme, on: date) -> None:
        """Stop the newest medicine of a disease because it was not borne, and take the next one instead."""
        codes = _ATC.get(programme, ("C0", "C03", "C07"))
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

    def _take(self, drug: Drug, on: date) -> bool:
        """False when one of the same kind is taken already."""
        name, dosage, atc = drug
        if any(_kind(m.atc) == _kind(atc) and m.status == MedicationStatus.ACTIVE for m in self.taken):
            return False
        row = MedicationStatement(
            patient_id=self.patient_id, organization_id=self.organization_id, name=name, dosage=dosage, atc=atc,
            started_on=on, id=self.chance.key(self.chance.hour(on)),
        )  # fmt: skip
        self.taken.append(row)
        return True


def _kind(atc: str) -> str:
    """Medicines that are not taken together: of one chemical group; all that block angiotensin are one."""
    return atc[:3] if atc.startswith("C09") else atc[:5]
