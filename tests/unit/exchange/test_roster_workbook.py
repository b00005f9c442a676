import pytest

from exchange.roster.layout import ARCHIVE, VISITS
from exchange.roster.workbook import RosterError, open_roster
from tests.rosters import SAMPLE, resident, roster_of, visit, workbook_of

ARCHIVE_HEADINGS = list(ARCHIVE.headings.values())
VISIT_HEADINGS = list(VISITS.headings.values())


def refusal_of(content):
    with pytest.raises(RosterError) as refused:
        open_roster(content)
    return refused.value


@pytest.mark.parametrize(
    "content",
    [
        b"not a workbook",
        b"PK\x03\x04 broken",
        SAMPLE.read_bytes()[:5000],
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    ],
)
def test_a_file_that_is_no_workbook_is_refused(content):
    assert refusal_of(content).code == "unreadable"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        workbook_of({"Sheet1": []}),
        workbook_of({ARCHIVE.name: [], VISITS.name: []}),
        workbook_of({ARCHIVE.name: [], VISITS.name: [VISIT_HEADINGS]}),
        roster_of(),
    ],
)
def test_an_empty_workbook_is_refused(content):
    assert refusal_of(content).code == "empty"


def test_a_missing_sheet_is_named_with_the_ones_that_were_found():
    refusal = refusal_of(workbook_of({ARCHIVE.name: [ARCHIVE_HEADINGS, ["李"]], "Sheet2": []}))

    assert refusal.code == "missing_sheet"
    assert VISITS.name in str(refusal)
    assert "Sheet2" in str(refusal)


@pytest.mark.parametrize("heading", ["身份证号", "姓名", "高血压确诊日期", "责任医生"])
def test_a_missing_column_is_named_with_its_sheet(heading):
    headings = [name for name in ARCHIVE_HEADINGS if name != heading]
    refusal = refusal_of(workbook_of({ARCHIVE.name: [headings, ["x"]], VISITS.name: [VISIT_HEADINGS]}))

    assert refusal.code == "missing_column"
    assert heading in str(refusal)
    assert ARCHIVE.name in str(refusal)


def test_every_missing_column_is_named_at_once():
    rows = [["姓名", "随访日期"], ["x", "y"]]
    refusal = refusal_of(workbook_of({ARCHIVE.name: [ARCHIVE_HEADINGS, ["x"]], VISITS.name: rows}))

    assert [heading in str(refusal) for heading in VISIT_HEADINGS] == [
        heading not in rows[0] for heading in VISIT_HEADINGS
    ]


def test_a_column_that_stands_twice_is_refused():
    headings = [*ARCHIVE_HEADINGS, "身份证号"]
    refusal = refusal_of(workbook_of({ARCHIVE.name: [headings, ["x"]], VISITS.name: [VISIT_HEADINGS]}))

    assert refusal.code == "duplicate_column"
    assert "身份证号" in str(refusal)


def test_rows_without_any_known_heading_are_no_header():
    refusal = refusal_of(workbook_of({ARCHIVE.name: [["a", "b"], ["c", "d"]], VISITS.name: [VISIT_HEADINGS]}))

    assert refusal.code == "missing_header"
    assert "姓名" in str(refusal)


def test_the_header_is_found_below_titles_and_blank_rows():
    rows = [["登记表"], [], ["填表日期", "2023-12-31"], ARCHIVE_HEADINGS, [], ["李佩兰"]]
    roster = open_roster(workbook_of({ARCHIVE.name: rows, VISITS.name: [VISIT_HEADINGS]}))

    assert roster.archive.header_row == 4
    assert [row.number for row in roster.archive.rows()] == [6]


def test_a_header_with_full_width_brackets_other_order_and_further_columns_is_known():
    headings = [f" {name.replace('(', '（').replace(')', '）')} " for name in reversed(ARCHIVE_HEADINGS)]
    rows = [["备注", *headings], ["…", *range(len(headings))]]
    roster = open_roster(workbook_of({ARCHIVE.name: rows, VISITS.name: [VISIT_HEADINGS]}))

    row = next(roster.archive.rows())
    assert row.cells["tertiary"] == 0.0
    assert row.cells["name"] == len(headings) - 1


def test_the_sample_has_its_headers_where_the_answer_key_says():
    roster = open_roster(SAMPLE.read_bytes())

    assert (roster.archive.header_row, roster.visits.header_row) == (2, 1)
    assert (roster.archive.height, roster.visits.height) == (1206, 1928)


def test_a_sheet_can_be_walked_twice():
    sheet = open_roster(roster_of([resident()], [visit()])).archive

    assert [row.number for row in sheet.rows()] == [row.number for row in sheet.rows()] == [3]


def test_a_file_that_unpacks_to_gigabytes_is_refused_before_it_is_unpacked(monkeypatch):
    monkeypatch.setattr("exchange.roster.workbook.MAX_UNPACKED_BYTES", 1000)

    assert refusal_of(roster_of([resident()])).code == "too_large"
