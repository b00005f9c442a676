import io

import pytest
from python_calamine import CalamineWorkbook

from exchange.roster.faults import _REASONS, _SENTENCES, Fault, FaultCode, reason
from exchange.roster.report import SheetReport, as_json, as_workbook, lines_of, template
from exchange.roster.workbook import RosterError, open_roster

FAULTS = [
    Fault(64, "性别", FaultCode.ID_SEX_MISMATCH, "female"),
    Fault(64, "姓名", FaultCode.MISSING_NAME),
    Fault(130, "联系电话", FaultCode.PHONE_INVALID),
]


@pytest.fixture
def sheet():
    return SheetReport("居民档案", header_row=2, accepted=5, unchanged=3, faults=list(FAULTS))


def test_the_report_has_the_promised_keys(sheet):
    part = as_json([sheet])["sheets"]["居民档案"]

    assert (part["header_row"], part["accepted"], part["unchanged"]) == (2, 5, 3)
    assert [(line["row"], line["column"], line["fault"]) for line in part["rejected"]] == [
        (64, "性别", "id_sex_mismatch"),
        (64, "姓名", "missing_name"),
    ]
    assert [set(line) for line in part["warned"]] == [{"row", "column", "fault", "message"}]


def test_a_row_with_two_faults_is_one_rejected_row(sheet):
    assert sheet.rejected_rows == 1
    assert sheet.by_code["id_sex_mismatch"] == 1


def test_the_workbook_report_names_row_column_and_remedy(sheet):
    page = CalamineWorkbook.from_filelike(
        io.BytesIO(as_workbook({sheet.name: lines_of(sheet)}))
    ).get_sheet_by_name("居民档案")
    lines = page.to_python()

    assert len(lines) == 4
    assert lines[1][:2] == [64.0, "性别"]
    assert lines[1][4] == FAULTS[0].message


def test_a_sheet_without_faults_still_makes_a_readable_report():
    empty = as_workbook({"随访记录": []})

    assert CalamineWorkbook.from_filelike(io.BytesIO(empty)).sheet_names == ["随访记录"]


def test_the_template_has_every_sheet_and_column_and_only_lacks_rows():
    with pytest.raises(RosterError) as refused:
        open_roster(template())

    assert refused.value.code == "empty"


@pytest.mark.parametrize("code", list(FaultCode))
def test_every_code_has_a_short_name_and_at_least_one_sentence(code):
    assert code in _REASONS
    assert reason(code.value)
    assert any(known is code for known, _ in _SENTENCES)
