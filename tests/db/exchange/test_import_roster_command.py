import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from python_calamine import CalamineWorkbook

from exchange.models import ImportBatch
from patients.models import Patient
from tests.db.exchange.conftest import nanquan, world  # noqa: F401
from tests.rosters import ANSWER_KEY, SAMPLE, resident, roster_of, workbook_of


def run(*arguments):
    out = io.StringIO()
    call_command("import_roster", *map(str, arguments), stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "roster.xlsx"
    path.write_bytes(roster_of([resident(), resident(name="")]))
    return path


def test_the_report_of_the_sample_is_the_answer_key(nanquan):  # noqa: F811
    report = run(SAMPLE, "--organization", "nanquan")["sheets"]
    key = json.loads(ANSWER_KEY.read_text())["sheets"]

    for name, expected in key.items():
        found = report[name]
        assert found["header_row"] == expected["header_row"]
        assert found["accepted"] == expected["accepted"]
        assert [(line["row"], line["fault"]) for line in found["rejected"]] == [
            (line["row"], line["fault"]) for line in expected["rejected"]
        ]
        assert [(line["row"], line["fault"]) for line in found["warned"]] == [
            (line["row"], line["warning"]) for line in expected.get("warned", [])
        ]
        assert all(line["column"] and line["message"] for line in found["rejected"] + found["warned"])


def test_a_dry_run_writes_nothing_and_says_the_same(nanquan, file):  # noqa: F811
    dry = run(file, "--organization", "nanquan", "--dry-run")

    assert not Patient.objects.exists()
    assert not ImportBatch.objects.exists()
    assert run(file, "--organization", "nanquan") == dry


def test_the_import_stands_in_the_history_without_its_file(nanquan, file):  # noqa: F811
    run(file, "--organization", "nanquan")

    batch = ImportBatch.objects.get()
    assert (batch.status, batch.file_sealed, batch.rows_total, batch.rows_done) == ("done", None, 2, 2)


def test_the_report_can_be_written_as_a_workbook_and_as_json(nanquan, file, tmp_path):  # noqa: F811
    run(file, "--organization", "nanquan", "--report", tmp_path / "r.xlsx")
    printed = run(file, "--organization", "nanquan", "--report", tmp_path / "r.json")

    assert json.loads((tmp_path / "r.json").read_text()) == printed
    sheets = CalamineWorkbook.from_path(tmp_path / "r.xlsx")
    assert len(sheets.get_sheet_by_name("居民档案").to_python()) == 3


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"nonsense", "工作簿"),
        (workbook_of({"居民档案": [["姓名"], ["x"]]}), "随访记录"),
        (workbook_of({"居民档案": [["姓名"], ["x"]], "随访记录": []}), "身份证号"),
    ],
)
def test_a_workbook_that_is_refused_ends_with_status_1_and_the_reason(nanquan, tmp_path, content, words):  # noqa: F811
    path = tmp_path / "bad.xlsx"
    path.write_bytes(content)

    with pytest.raises(CommandError, match=words) as refused:
        run(path, "--organization", "nanquan")
    assert refused.value.returncode == 1
    assert not ImportBatch.objects.exists()


def test_a_file_that_is_not_there_ends_with_status_1(nanquan, tmp_path):  # noqa: F811
    with pytest.raises(CommandError) as refused:
        run(tmp_path / "none.xlsx", "--organization", "nanquan")
    assert refused.value.returncode == 1


def test_an_unknown_organization_is_wrong_usage(nanquan, file):  # noqa: F811
    with pytest.raises(CommandError) as refused:
        run(file, "--organization", "nowhere")
    assert refused.value.returncode == 2


def test_help_is_answered_and_a_missing_option_is_wrong_usage():
    manage = Path(__file__).parents[3] / "manage.py"

    assert (
        subprocess.run(
            [sys.executable, manage, "import_roster", "--help"], check=False, capture_output=True
        ).returncode
        == 0
    )
    assert (
        subprocess.run(
            [sys.executable, manage, "import_roster", "x.xlsx"], check=False, capture_output=True
        ).returncode
        == 2
    )
