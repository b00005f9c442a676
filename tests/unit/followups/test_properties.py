"""What must hold for every visit, whatever its numbers."""

from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followups.protocols.assessment import Case, Decision, Person, Visit, assess
from followups.protocols.cases import decision_data
from followups.protocols.catalogue import protocols
from followups.protocols.conditions import Condition
from followups.protocols.definition import DEFAULTS, Settings
from followups.protocols.scenes import ldl_target_of
from followups.protocols.terms import DANGER_SIGNS, PROGRAMMES, STRICTNESS, Action, Klass
from patients.readings import VISIT_READINGS

ON = date(2026, 6, 15)


def limits(condition: Condition) -> list[tuple[str, float]]:
    """Every reading with a number that the condition holds it against."""
    found = (
        [(condition["obs"], limit) for limit in condition.values() if type(limit) in (int, float)]
        if ("obs" in condition)
        else []
    )
    parts = [*condition.get("any", ()), *condition.get("all", ())]
    return [*found, *(pair for part in parts for pair in limits(part))]


LIMITS: dict[str, set[float]] = {}
for _protocol in protocols().values():
    for _rule in (*_protocol.rules, *_protocol.hints):
        for _name, _limit in limits(_rule.when):
            LIMITS.setdefault(_name, set()).add(_limit)
LIMITS["ldl"] = {1.4, 1.8, 2.6, 3.4, 4.9}


def values(name: str) -> st.SearchStrategy[float]:
    """A reading within its hard bounds, often near a limit that some rule has."""
    low, high = VISIT_READINGS[name].hard
    near = [float(limit) + step for limit in LIMITS.get(name, ()) for step in (-0.1, 0, 0.1)]
    usual = st.decimals(low, high, places=1, allow_nan=False).map(float)
    possible = [value for value in near if low <= value <= high]
    return st.sampled_from(possible) | usual if possible else usual


def readings(*names: str) -> st.SearchStrategy[dict[str, float]]:
    """Any subset of these readings, each within its hard bounds; pressures never crossed."""
    each = {name: values(name) for name in names}
    return st.fixed_dictionaries({}, optional=each).filter(
        lambda got: "diastolic" not in got or got["diastolic"] < got.get("systolic", 301)
    )


# What the rules look at, by what is measured for it.
MEASURED = {"egfr": "creatinine", "known_acr": "acr"}
READ = {
    programme: {MEASURED.get(name, name) for name in protocol.reads} - {"age"}
    for programme, protocol in protocols().items()
}
NAMES = tuple(sorted(set().union(*READ.values())))
# Where more is worse, where less is worse, and where both ways are from these middles on.
MORE_IS_WORSE = ("systolic", "diastolic", "temperature", "heart_rate", "ldl", "triglycerides", "cat",
                 "exacerbations_since_last", "acr", "respiratory_rate", "creatinine")  # fmt: skip
LESS_IS_WORSE = ("spo2",)
BOTH_WAYS = {"fasting_glucose": 5.0, "postprandial_glucose": 5.0, "random_glucose": 5.0, "potassium": 4.5}
# Everything acts that can; another formula for the eGFR is not more of the same.
ACTING = Settings(
    **{each.name: True for each in fields(Settings) if each.default is False and each.name != "egfr_2021"}
)
settings = st.sampled_from([DEFAULTS, ACTING])
programme_sets = st.sets(st.sampled_from(PROGRAMMES)).map(frozenset)
signs = st.sets(st.sampled_from(list(DANGER_SIGNS)), max_size=2).map(frozenset)


answers = st.fixed_dictionaries(
    {},
    optional={
        "angina": st.sampled_from(["none", "exertion", "rest"]),
        "bleeding": st.sampled_from(["none", "minor", "major"]),
        "uncontrolled_risks": st.lists(st.sampled_from(["pressure", "tia"]), unique=True, min_size=1),
        "copd_signs": st.lists(st.sampled_from(["rales", "cyanosis", "leg_oedema"]), unique=True, min_size=1),
        "exacerbations_year": st.integers(0, 5),
    },
)


def visits(on: st.SearchStrategy[date]) -> st.SearchStrategy[Visit]:
    return st.builds(
        Visit, on, readings(*NAMES), signs, programme_sets, programme_sets, st.just("clinic"), answers
    )


persons = st.builds(
    Person,
    birth_date=st.dates(date(1930, 1, 1), date(1995, 1, 1)),
    conditions=st.lists(st.sampled_from(PROGRAMMES), min_size=1, unique=True).map(tuple),
    sex=st.sampled_from(["male", "female", None]),
    pregnant=st.booleans(),
    lactating=st.booleans(),
    ldl_target=st.sampled_from([None, 1.4, 1.8, 2.6, 3.4]),
)
histories = st.lists(visits(st.dates(ON - timedelta(days=500), ON - timedelta(days=1))), max_size=4).map(
    tuple
)
cases = st.builds(Case, persons, visits(st.just(ON)), histories)


def told(decision: Decision) -> dict[str, Any]:
    return decision_data(decision)


@given(cases, settings)
def test_every_visit_is_classed_or_says_what_is_missing(case: Case, given_settings: Settings) -> None:
    decision = assess(case, given_settings)
    assert set(decision.programmes) == set(case.patient.conditions)
    for name, outcome in decision.programmes.items():
        if outcome.klass is Klass.NOT_ASSESSED:
            assert outcome.missing
            assert not set(outcome.missing) & set(case.visit.observations)
        assert outcome.reasons, name
        assert outcome.rule


@given(cases)
def test_an_emergency_is_never_called_controlled(case: Case) -> None:
    decision = assess(case)
    for outcome in decision.programmes.values():
        assert (outcome.action, outcome.klass) != (Action.EMERGENCY, Klass.CONTROLLED)
        assert bool(outcome.red_flags) == (outcome.action is Action.EMERGENCY)
    assert bool(decision.red_flags) == (decision.action is Action.EMERGENCY)


@given(cases)
def test_the_visit_takes_the_strictest_action_and_refers_when_it_says_so(case: Case) -> None:
    decision = assess(case)
    actions = [outcome.action for outcome in decision.programmes.values() if outcome.action]
    assert STRICTNESS[decision.action] == max((STRICTNESS[action] for action in actions), default=0)
    assert decision.referral.advised == (decision.action in (Action.REFER, Action.EMERGENCY))
    assert bool(decision.referral.reasons) == decision.referral.advised


@given(cases, st.randoms())
def test_the_order_of_history_and_of_conditions_does_not_matter(case: Case, random: Any) -> None:
    history, conditions = list(case.history), list(case.patient.conditions)
    random.shuffle(history)
    random.shuffle(conditions)
    person = replace(case.patient, conditions=tuple(conditions))
    before, after = told(assess(case)), told(assess(Case(person, case.visit, tuple(history))))
    assert before["programmes"].keys() == after["programmes"].keys()
    for answer in (before, after):
        # Two visits of one day may lend their numbers to the sentence in either order; the judgement stays.
        for outcome in answer["programmes"].values():
            del outcome["reasons"]
        del answer["referral"]["reasons"]
    assert before == after


def worse(name: str, was: float, data: st.DataObject, highest: float) -> float:
    """Any value as bad or worse."""
    low, high = (float(bound) for bound in VISIT_READINGS[name].hard)
    high = max(min(high, highest), was)
    if name in LESS_IS_WORSE or (name in BOTH_WAYS and was < BOTH_WAYS[name]):
        return data.draw(st.floats(low, was))
    return data.draw(st.floats(was, high))


def test_every_reading_that_a_rule_looks_at_has_a_worse_side() -> None:
    assert set(NAMES) == {*MORE_IS_WORSE, *LESS_IS_WORSE, *BOTH_WAYS}


@pytest.mark.parametrize("programme", PROGRAMMES)
@given(case=cases, given_settings=settings, data=st.data())
def test_a_worse_reading_never_gives_a_milder_action_in_any_programme(
    programme: str, case: Case, given_settings: Settings, data: st.DataObject
) -> None:
    numbers = case.visit.observations
    taken = sorted(set(numbers) & READ[programme])
    if not taken:
        return
    name = data.draw(st.sampled_from(taken))
    below_systolic = float(numbers.get("systolic", 301)) - 1 if name == "diastolic" else float("inf")
    value = worse(name, float(numbers[name]), data, below_systolic)
    person = replace(case.patient, conditions=(programme,))
    before = assess(replace(case, patient=person), given_settings)
    after = replace(case, patient=person, visit=replace(case.visit, observations={**numbers, name: value}))
    then = assess(after, given_settings)
    assert STRICTNESS[then.action] >= STRICTNESS[before.action]
    assert then.next_due_on <= before.next_due_on
    if before.programmes[programme].klass is not Klass.CONTROLLED:
        assert then.programmes[programme].klass is not Klass.CONTROLLED


@given(cases, settings, st.data())
def test_a_worse_reading_never_gives_a_milder_visit(
    case: Case, given_settings: Settings, data: st.DataObject
) -> None:
    numbers = case.visit.observations
    if not numbers:
        return
    name = data.draw(st.sampled_from(sorted(numbers)))
    below_systolic = float(numbers.get("systolic", 301)) - 1 if name == "diastolic" else float("inf")
    value = worse(name, float(numbers[name]), data, below_systolic)
    before = assess(case, given_settings)
    after = replace(case, visit=replace(case.visit, observations={**numbers, name: value}))
    then = assess(after, given_settings)
    assert STRICTNESS[then.action] >= STRICTNESS[before.action]
    assert then.next_due_on <= before.next_due_on


@given(cases)
def test_a_hint_changes_nothing_but_what_is_told(case: Case) -> None:
    """What a setting has switched off decides nothing: with it switched on the action can only become stricter."""
    mild, strict = assess(case, DEFAULTS), assess(case, ACTING)
    for programme, outcome in mild.programmes.items():
        acting = strict.programmes[programme]
        assert STRICTNESS[acting.action] >= STRICTNESS[outcome.action]
        assert all(hint.rule.endswith(".pulse") for hint in acting.hints)  # told whatever the settings say
        if [hint for hint in outcome.hints if not hint.rule.endswith((".pulse", ".known-ratio"))]:
            assert acting.action in (Action.REFER, Action.EMERGENCY)


@given(cases, settings, st.data())
def test_a_worse_answer_of_the_form_never_gives_a_milder_action(
    case: Case, given_settings: Settings, data: st.DataObject
) -> None:
    worst = {
        "angina": "rest",
        "bleeding": "major",
        "uncontrolled_risks": ["pressure", "tia"],
        "copd_signs": ["cyanosis", "leg_oedema"],
        "exacerbations_year": 9,
    }
    name = data.draw(st.sampled_from(sorted(worst)))
    worse_visit = replace(case.visit, findings={**case.visit.findings, name: worst[name]})
    before = assess(case, given_settings)
    then = assess(replace(case, visit=worse_visit), given_settings)
    assert STRICTNESS[then.action] >= STRICTNESS[before.action]
    assert then.next_due_on <= before.next_due_on


@given(cases, settings)
def test_each_disease_is_judged_as_if_it_were_alone(case: Case, given_settings: Settings) -> None:
    """The LDL target is one of the person, so it stays what it is."""
    together = assess(case, given_settings)
    person = replace(case.patient, ldl_target=ldl_target_of(case.patient, given_settings))
    for programme, outcome in together.programmes.items():
        alone = assess(replace(case, patient=replace(person, conditions=(programme,))), given_settings)
        assert alone.programmes[programme] == outcome
        assert together.next_due_on <= alone.next_due_on
        assert STRICTNESS[together.action] >= STRICTNESS[alone.action]


@given(cases, st.sampled_from(list(DANGER_SIGNS)))
def test_any_danger_sign_makes_every_programme_an_emergency(case: Case, sign: str) -> None:
    visit = Visit(case.visit.on, case.visit.observations, frozenset({sign}))
    decision = assess(Case(case.patient, visit, case.history))
    assert {outcome.action for outcome in decision.programmes.values()} == {Action.EMERGENCY}
    assert sign in decision.red_flags
