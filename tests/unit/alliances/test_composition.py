"""Who fills which place of a team, and what is missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliances.composition import RULES, Member, filled, missing, missing_of
from alliances.models import Composition, Role

R = Role
GP, LEAD, NURSE, PHP = R.GENERAL_PRACTITIONER, R.TEAM_LEAD, R.NURSE, R.PUBLIC_HEALTH_PHYSICIAN
TCM, VILLAGE, MANAGER = R.TCM_PHYSICIAN, R.VILLAGE_DOCTOR, R.HEALTH_MANAGER
ONE, THREE, PHARMA = RULES.values()


def team(*roles: Role) -> list[Member]:
    return [Member(number, role) for number, role in enumerate(roles)]


@pytest.mark.parametrize(
    ("rule", "roles", "lacks"),
    [
        (ONE, (GP, NURSE, VILLAGE), []),
        (ONE, (LEAD, PHP, MANAGER), []),  # the head of a team is a general practitioner
        (ONE, (GP, NURSE, R.PHARMACIST), []),
        (ONE, (GP, NURSE, R.SPECIALIST), []),
        (ONE, (GP, NURSE, TCM), []),
        (ONE, (GP, NURSE), ["one_more"]),
        (ONE, (GP, NURSE, PHP), ["one_more"]),  # a second one of a kind is no X
        (ONE, (GP, GP, GP), ["public_health", "one_more"]),
        (ONE, (GP, VILLAGE), ["public_health"]),
        (ONE, (NURSE, VILLAGE), ["general_practitioner"]),
        (ONE, (), ["general_practitioner", "public_health", "one_more"]),
        (ONE, (R.ORGANIZATION_ADMIN, R.REFERRAL_DESK), ["general_practitioner", "public_health", "one_more"]),
        (THREE, (R.SPECIALIST, GP, MANAGER), []),
        (THREE, (R.SPECIALIST, LEAD, MANAGER), []),
        (THREE, (GP, MANAGER), ["specialist"]),
        (THREE, (R.SPECIALIST, R.SPECIALIST, MANAGER), ["general_practitioner"]),
        (THREE, (R.SPECIALIST, GP, NURSE), ["health_manager"]),
        (PHARMA, (GP, R.PHARMACIST), []),
        (PHARMA, (GP, NURSE), ["pharmacist"]),
    ],
)
def test_what_a_team_lacks(rule, roles, lacks):
    assert [one.place.code for one in missing(rule, team(*roles))] == lacks


def test_every_rule_of_the_column_is_defined_with_its_source():
    assert set(RULES) == set(Composition)
    assert all(rule.source and rule.places for rule in RULES.values())
    assert [rule.composition for rule in (ONE, THREE, PHARMA)] == list(Composition)


def test_one_person_with_two_posts_fills_one_place():
    alone = [Member(1, GP), Member(1, NURSE), Member(1, VILLAGE)]
    assert len(missing(ONE, alone)) == 2
    assert missing(ONE, [*alone, Member(2, NURSE), Member(3, TCM)]) == []


def test_somebody_who_can_do_two_things_moves_over_for_somebody_who_can_do_one():
    # 1 is the only general practitioner and a nurse too: the nurse's place goes to 2, who is nothing else.
    both = [Member(1, NURSE), Member(1, GP), Member(2, NURSE), Member(3, MANAGER)]
    assert list(filled(ONE, both).values()) == [1, 2, 3]
    helped = [Member(3, GP), Member(1, GP), Member(1, NURSE), Member(2, TCM)]
    assert list(filled(ONE, helped).values()) == [3, 1, 2]


def test_a_team_under_several_rules_lacks_what_each_lacks():
    lacks = missing_of([Composition.ONE_ONE_X, Composition.FAMILY_PHARMACIST], team(GP, NURSE, VILLAGE))
    assert [(one.rule.composition, one.place.code) for one in lacks] == [("family_pharmacist", "pharmacist")]
    assert missing_of([], team()) == []


members = st.lists(st.builds(Member, st.integers(1, 6), st.sampled_from(list(Role))), max_size=10)
rules = st.sampled_from(list(RULES.values()))


@given(rules, members, st.builds(Member, st.integers(1, 7), st.sampled_from(list(Role))))
def test_one_member_more_never_lacks_more(rule, there, newcomer):
    before = {one.place for one in missing(rule, there)}
    after = {one.place for one in missing(rule, [*there, newcomer])}
    assert after <= before


@given(rules, members, st.randoms())
def test_the_order_of_the_members_does_not_matter(rule, there, chance):
    shuffled = [*there]
    chance.shuffle(shuffled)
    assert missing(rule, there) == missing(rule, shuffled)


@given(rules, members)
def test_nobody_fills_two_places_and_nobody_a_place_that_is_not_theirs(rule, there):
    seated = [(place, person) for place, person in filled(rule, there).items() if person is not None]
    assert len({person for _place, person in seated}) == len(seated)
    assert all(any(m.person == person and m.role in place.roles for m in there) for place, person in seated)


@given(rules, members)
def test_as_many_places_are_filled_as_can_be(rule, there):
    """Against every way of seating people, one by one."""

    def most(places, used):
        if not places:
            return 0
        best = most(places[1:], used)
        for person in {m.person for m in there if m.role in places[0].roles} - used:
            best = max(best, 1 + most(places[1:], used | {person}))
        return best

    assert len(rule.places) - len(missing(rule, there)) == most(rule.places, frozenset())
