"""Every case file of the protocols, through the same door that other systems use."""

import json
from pathlib import Path
from typing import Any

import pytest

from followups.protocols.assessment import assess
from followups.protocols.cases import decision_data, read_case
from followups.protocols.definition import Settings
from followups.protocols.evidence import CaseError

CASES = Path(__file__).resolve().parents[2] / "cases" / "followups"


def lines(*names: str) -> list[Any]:
    found = [
        json.loads(line) for name in names for line in (CASES / f"{name}.jsonl").read_text().splitlines()
    ]
    return [pytest.param(each, id=each["name"]) for each in found]


def assert_contains(answer: Any, expected: Any) -> None:
    """Every key of `expected` is in the answer with its value; lists and plain values are equal."""
    if isinstance(expected, dict):
        for key, value in expected.items():
            assert_contains(answer[key], value)
    else:
        assert answer == expected


@pytest.mark.parametrize("line", lines("acceptance", "hypertension", "diabetes", "again", "visits"))
def test_a_case_is_judged_as_the_file_says(line: dict[str, Any]) -> None:
    answer = decision_data(assess(read_case(line["case"]), Settings(**line.get("settings", {}))))
    assert_contains(answer, line["expect"])
    assert set(answer["programmes"]) == set(line["case"]["patient"]["conditions"])


@pytest.mark.parametrize("line", lines("errors"))
def test_a_case_that_cannot_be_judged_names_the_field(line: dict[str, Any]) -> None:
    with pytest.raises(CaseError) as refused:
        assess(read_case(line["case"]))
    assert (refused.value.field or None) == line["expect"]["field"]
    assert refused.value.message
