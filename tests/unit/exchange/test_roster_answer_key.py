import json

import pytest

from exchange.roster.report import SheetReport, as_json
from tests.rosters import ANSWER_KEY, SAMPLE


@pytest.fixture
def key():
    return json.loads(ANSWER_KEY.read_text())["sheets"]


@pytest.fixture
def judged(judge, registry):
    registry.teams = tuple(f"第{which}片区团队" for which in "一二三四五")
    return judge(content=SAMPLE.read_bytes())


@pytest.mark.parametrize(("sheet", "part"), [("居民档案", "archive"), ("随访记录", "visits")])
def test_the_sample_roster_is_judged_as_its_answer_key_says_to_the_row_and_code(judged, key, sheet, part):
    faults = [fault for verdict in getattr(judged, part) for fault in verdict.faults]
    refused = [(fault.row, fault.code) for fault in faults if not fault.is_warning]
    warned = [(fault.row, fault.code) for fault in faults if fault.is_warning]

    assert refused == [(line["row"], line["fault"]) for line in key[sheet]["rejected"]]
    assert warned == [(line["row"], line["warning"]) for line in key[sheet].get("warned", [])]


def test_the_rows_that_are_left_are_the_accepted_ones(judged, key):
    assert sum(verdict.resident is not None for verdict in judged.archive) == key["居民档案"]["accepted"]
    assert sum(verdict.visit is not None for verdict in judged.visits) == key["随访记录"]["accepted"]


def test_no_message_of_the_sample_holds_an_identity_number_or_a_telephone_number(judged):
    faults = [
        fault for part in (judged.archive, judged.visits) for verdict in part for fault in verdict.faults
    ]
    sheet = SheetReport("居民档案", 2, faults=faults)
    text = json.dumps(as_json([sheet]), ensure_ascii=False)

    numbers = {verdict.resident.number for verdict in judged.archive if verdict.resident}
    phones = {verdict.resident.phone for verdict in judged.archive if verdict.resident} - {""}
    assert not [secret for secret in numbers | phones if secret in text]
    assert "15095399" not in text


def test_the_database_is_asked_once_for_each_batch_of_rows_not_for_each_row(judged, registry):
    assert registry.asked <= 2
