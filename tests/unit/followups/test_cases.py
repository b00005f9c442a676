"""Every case file of the protocols, through the same door that other systems use."""

import json
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from followups.lines import both_lines
from followups.protocols.assessment import assess
from followups.protocols.cases import decision_data, read_case
from followups.protocols.catalogue import protocols
from followups.protocols.definition import Settings
from followups.protocols.evidence import CaseError, Person
from followups.protocols.home import judge_home
from followups.protocols.terms import PROGRAMMES

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


@pytest.mark.parametrize("line", lines("acceptance", *PROGRAMMES, "again", "visits"))
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


@pytest.mark.parametrize("line", lines("home"))
def test_a_home_reading_is_judged_by_its_own_line(line: dict[str, Any]) -> None:
    assert judge_home(line["readings"], Settings(**line.get("settings", {}))) == line["expect"]


@pytest.mark.parametrize("line", lines("targets"))
def test_both_target_sets_stand_as_the_file_says(line: dict[str, Any]) -> None:
    given = line["patient"]
    born = date.fromisoformat(given["birth_date"]) if "birth_date" in given else None
    person = Person(born, tuple(given["conditions"]), given.get("sex"), ldl_target=given.get("ldl_target"))
    found = both_lines(
        person,
        on=date.fromisoformat(line["on"]),
        settings=Settings(**line.get("settings", {})),
        known=line.get("known", {}),
    )
    told = {
        reading: {
            "assessment": lines.assessment.below if lines.assessment else None,
            "clinical": {"low": lines.clinical.low, "high": lines.clinical.high} if lines.clinical else None,
        }
        for reading, lines in found.items()
    }
    assert bool(told) == bool(line["expect"])
    assert_contains(told, line["expect"])


def test_every_programme_has_a_file_of_its_own_and_every_rule_a_case() -> None:
    """A rule that no case makes decide could be wrong unseen."""
    decided = {
        outcome["rule"]
        for line in (each.values[0] for each in lines("acceptance", *PROGRAMMES, "again", "visits"))
        for outcome in decision_data(assess(read_case(line["case"]), Settings(**line.get("settings", {}))))[
            "programmes"
        ].values()
    }
    acting = Settings(**{field.name: True for field in fields(Settings) if field.default is False})
    rules = {
        rule.id
        for settings in (Settings(), acting)
        for protocol in protocols(settings).values()
        for rule in (*protocol.rules, protocol.otherwise)
    }
    assert rules - decided == {"elderly-2017.not-assessed"}  # no reading decides there, so none is missing
