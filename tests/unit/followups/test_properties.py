"""What must hold for every visit, whatever its numbers."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from followups.protocols.assessment import Case, Decision, Person, Visit, assess
from followups.protocols.cases import decision_data
from followups.protocols.terms import DANGER_SIGNS, PROGRAMMES, STRICTNESS, Action, Klass
from patients.readings import VISIT_READINGS

ON = date(2026, 6, 15)


def readings(*names: str) -> st.SearchStrategy[dict[str, float]]:
    """Any subset of these readings, each within its hard bounds; pressures never crossed."""
    each = {
        name: st.decimals(*VISIT_READINGS[name].hard, places=1, allow_nan=False).map(float) for name in names
    }
    return st.fixed_dictionaries({}, optional=each).filter(
        lambda got: "diastolic" not in got or got["diastolic"] < got.get("systolic", 301)
    )


NAMES = ("systolic", "diastolic", "fasting_glucose", "random_glucose", "temperature", "heart_rate")
programme_sets = st.sets(st.sampled_from(PROGRAMMES)).map(frozenset)
signs = st.sets(st.sampled_from(list(DANGER_SIGNS)), max_size=2).map(frozenset)


def visits(on: st.SearchStrategy[date]) -> st.SearchStrategy[Visit]:
    return st.builds(Visit, on, readings(*NAMES), signs, programme_sets, programme_sets)


persons = st.builds(
    Person,
    birth_date=st.dates(date(1930, 1, 1), date(1995, 1, 1)),
    conditions=st.lists(st.sampled_from(PROGRAMMES), min_size=1, unique=True).map(tuple),
    pregnant=st.booleans(),
    lactating=st.booleans(),
)
histories = st.lists(visits(st.dates(ON - timedelta(days=500), ON - timedelta(days=1))), max_size=4).map(
    tuple
)
cases = st.builds(Case, persons, visits(st.just(ON)), histories)


def told(decision: Decision) -> dict[str, Any]:
    return decision_data(decision)


@given(cases)
def test_every_visit_is_classed_or_says_what_is_missing(case: Case) -> None:
    for name, outcome in assess(case).programmes.items():
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
    person = Person(
        birth_date=case.patient.birth_date,
        conditions=tuple(conditions),
        pregnant=case.patient.pregnant,
        lactating=case.patient.lactating,
    )
    before, after = told(assess(case)), told(assess(Case(person, case.visit, tuple(history))))
    assert before["programmes"].keys() == after["programmes"].keys()
    for answer in (before, after):
        # Two visits of one day may lend their numbers to the sentence in either order; the judgement stays.
        for outcome in answer["programmes"].values():
            del outcome["reasons"]
        del answer["referral"]["reasons"]
    assert before == after


@given(cases, st.data())
def test_a_worse_reading_never_gives_a_milder_action(case: Case, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(NAMES[:5]))
    if name not in case.visit.observations:
        return
    low, high = (float(bound) for bound in VISIT_READINGS[name].hard)
    was = case.visit.observations[name]
    if name == "diastolic":
        high = min(high, float(case.visit.observations.get("systolic", 201)) - 1)
    # Below the lower line of glucose it is the lower value that is worse.
    glucose_low = name.endswith("glucose") and float(was) <= 3.9
    worse = data.draw(
        st.floats(low, float(was)) if glucose_low else st.floats(float(was), max(high, float(was)))
    )
    visit = case.visit
    after = Visit(
        visit.on,
        {**visit.observations, name: worse},
        visit.danger_signs,
        visit.adverse_reaction,
        visit.new_complication,
    )
    mild, strict = assess(case), assess(Case(case.patient, after, case.history))
    assert STRICTNESS[strict.action] >= STRICTNESS[mild.action]
    for programme, outcome in mild.programmes.items():
        if outcome.action:
            assert (
                STRICTNESS[strict.programmes[programme].action or Action.ROUTINE]
                >= STRICTNESS[outcome.action]
            )
    assert strict.next_due_on <= mild.next_due_on


@given(cases, st.sampled_from(list(DANGER_SIGNS)))
def test_any_danger_sign_makes_every_programme_an_emergency(case: Case, sign: str) -> None:
    visit = Visit(case.visit.on, case.visit.observations, frozenset({sign}))
    decision = assess(Case(case.patient, visit, case.history))
    assert {outcome.action for outcome in decision.programmes.values()} == {Action.EMERGENCY}
    assert sign in decision.red_flags
