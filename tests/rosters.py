"""Roster workbooks made on the spot, and a registry that answers from a dictionary."""

import io
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import xlsxwriter

from exchange.roster.archive import Standing
from exchange.roster.layout import ARCHIVE, VISITS

ON = date(2026, 11, 22)
SAMPLE = Path(__file__).parent / "data" / "roster-nanquan.xlsx"
ANSWER_KEY = SAMPLE.with_suffix(".expected.json")

LI = "11010519491231002X"  # the sample number of GB 11643: a woman born 1949-12-31
RESIDENT = {
    "name": "李佩兰",
    "sex": "女",
    "number": LI,
    "birth_date": "1949-12-31",
    "phone": "13800001234",
    "team": "第一片区团队",
    "archived_on": "2020-01-05",
    "groups": "高血压、老年人",
    "hypertension_on": "2019-03-02",
    "height": 158.5,
}
VISIT = {
    "number": LI,
    "name": "李佩兰",
    "visited_on": "2023-01-21",
    "method": "门诊",
    "systolic": 138,
    "diastolic": 84,
    "symptoms": "头痛头晕",
    "adherence": "规律",
    "adverse_reaction": "无",
    "medicines": "氨氯地平片 5mg qd；二甲双胍片 0.5g tid",
    "doctor": "张医生",
}


@dataclass
class PaperRegistry:
    """The world outside the workbook, written down."""

    teams: tuple[str, ...] = ("第一片区团队", "第二片区团队")
    hospitals: tuple[str, ...] = ("巴南区人民医院", "重庆市第一人民医院")
    known: dict[str, Standing] = field(default_factory=dict)
    asked: int = 0

    def standing(self, numbers):
        self.asked += 1
        return {number: self.known[number] for number in numbers if number in self.known}


def workbook_of(sheets):
    """An xlsx from {sheet name: list of rows}."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        for name, rows in sheets.items():
            page = workbook.add_worksheet(name)
            for at, row in enumerate(rows):
                page.write_row(at, 0, row)
    return buffer.getvalue()


def resident(**changes):
    """A faultless archive row, with changes."""
    return RESIDENT | changes


def visit(**changes):
    """A faultless visit row of the same person, with changes."""
    return VISIT | changes


def roster_of(residents=(), visits=(), *, title=True):
    """A roster workbook: the archive sheet below a title row, the visit sheet below its header."""
    archive_rows = [["居民健康档案登记表"]] if title else []
    archive_rows += [list(ARCHIVE.headings.values()), *_cells(ARCHIVE, residents)]
    return workbook_of(
        {ARCHIVE.name: archive_rows, VISITS.name: [list(VISITS.headings.values()), *_cells(VISITS, visits)]}
    )


def _cells(layout, people):
    return [[person.get(field, "") for field in layout.headings] for person in people]
