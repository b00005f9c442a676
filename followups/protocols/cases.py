"""The JSON of the `assess` case: read into a Case, and a Decision written back.

Keys left out, and null, mean none. An unknown key is an error: a misspelt danger sign must not be dropped in silence.
"""

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from followups.protocols.assessment import Decision, Outcome, Person, Visit
from followups.protocols.evidence import Case, CaseError
from followups.protocols.terms import Klass
from followups.protocols.wording import sentence
from patients.readings import Number

SEXES: Final = ("male", "female", "other", "unknown")
PERSON_KEYS: Final = ("sex", "birth_date", "conditions", "pregnant", "lactating", "ldl_target")
VISIT_KEYS: Final = (
    "on", "method", "observations", "danger_signs", "adverse_reaction", "new_complication", "findings",
)  # fmt: skip


def read_case(data: Any) -> Case:
    """A parsed JSON case as a Case. Raises CaseError for a wrong shape; `assess` checks names and values."""
    members = _members(data, ("patient", "history", "visit"), "")
    return Case(
        patient=_person(_members(members.get("patient"), PERSON_KEYS, "patient")),
        history=tuple(
            _visit(entry, f"history[{index}]")
            for index, entry in enumerate(_list(members.get("history"), "history"))
        ),
        visit=_visit(members.get("visit"), "visit"),
    )


def _person(data: Mapping[str, Any]) -> Person:
    sex, birth_date, target = data.get("sex"), data.get("birth_date"), data.get("ldl_target")
    if sex is not None and sex not in SEXES:
        raise CaseError(f"unknown: {sex}", "patient.sex")
    return Person(
        birth_date=None if birth_date is None else _date(birth_date, "patient.birth_date"),
        conditions=_names(data.get("conditions"), "patient.conditions"),
        sex=sex,
        pregnant=_flag(data.get("pregnant"), "patient.pregnant"),
        lactating=_flag(data.get("lactating"), "patient.lactating"),
        ldl_target=None if target is None else _number(target, "patient.ldl_target"),
    )


def _visit(data: Any, path: str) -> Visit:
    members = _members(data, VISIT_KEYS, path)
    observations = _readings(members, path, "observations")
    findings = _readings(members, path, "findings")
    method = members.get("method")
    if method is not None and not isinstance(method, str):
        raise CaseError("a name is expected", f"{path}.method")
    return Visit(
        on=_date(members.get("on"), f"{path}.on"),
        observations={
            name: _number(value, f"{path}.observations.{name}")
            for name, value in observations.items()
            if value is not None
        },
        danger_signs=frozenset(_names(members.get("danger_signs"), f"{path}.danger_signs")),
        adverse_reaction=frozenset(_names(members.get("adverse_reaction"), f"{path}.adverse_reaction")),
        new_complication=frozenset(_names(members.get("new_complication"), f"{path}.new_complication")),
        method=method,
        findings={name: value for name, value in findings.items() if value is not None},
    )


def _readings(members: Mapping[str, Any], path: str, name: str) -> Mapping[str, Any]:
    """The object under the name; left out, and null, mean none."""
    given = members.get(name)
    return {} if given is None else _members(given, None, f"{path}.{name}")


def _members(data: Any, allowed: Collection[str] | None, path: str) -> Mapping[str, Any]:
    """The object at `path`; only the allowed keys, or any when None (readings are checked by name later)."""
    if not isinstance(data, dict):
        raise CaseError("missing" if data is None and path else "an object is expected", path)
    for key in data:
        if allowed is not None and key not in allowed:
            raise CaseError(f"unknown: {key}", f"{path}.{key}".lstrip("."))
    return data


def _list(value: Any, path: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise CaseError("a list is expected", path)
    return value


def _names(value: Any, path: str) -> tuple[str, ...]:
    names = _list(value, path)
    if not all(isinstance(name, str) for name in names):
        raise CaseError("a list of names is expected", path)
    return tuple(names)


def _flag(value: Any, path: str) -> bool:
    if value is not None and not isinstance(value, bool):
        raise CaseError("true or false is expected", path)
    return bool(value)


def _number(value: Any, path: str) -> Number:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise CaseError("a number is expected", path)
    return value


def _date(value: Any, path: str) -> date:
    if value is None:
        raise CaseError("missing", path)
    # fromisoformat alone would also take 20260124 and 2026-W04-6.
    if isinstance(value, str) and len(value) == 10 and value[4] == value[7] == "-":
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass  # not a day of the calendar: the same refusal as for any other text
    raise CaseError(f"a day like 2026-01-24 is expected, not {value}", path)


def decision_data(decision: Decision) -> dict[str, Any]:
    """The decision as JSON data, texts in English."""
    referral = decision.referral
    return {
        "programmes": {name: _outcome_data(outcome) for name, outcome in decision.programmes.items()},
        "red_flags": list(decision.red_flags),
        "action": decision.action.value,
        "next_due_on": decision.next_due_on.isoformat(),
        "referral": {
            "advised": referral.advised,
            "direction": referral.direction,
            "urgency": referral.urgency,
            "reasons": [sentence(reason) for reason in referral.reasons],
        },
    }


def _outcome_data(outcome: Outcome) -> dict[str, Any]:
    data: dict[str, Any] = {
        "class": outcome.klass.value,
        "action": outcome.action.value if outcome.action else None,
        "rule": outcome.rule,
        "source": f"{outcome.source} {outcome.section}".rstrip(),
        "reasons": [sentence(reason) for reason in outcome.reasons],
    }
    if outcome.klass is Klass.NOT_ASSESSED:
        data["missing"] = list(outcome.missing)
    return data
