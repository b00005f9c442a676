"""Random trees, random moves, merges and closings: what each user sees is what plain Python says."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg2.extras import DateRange

from accounts.models import User
from alliances import memberships, reorganization
from alliances.memberships import MembershipRefused
from alliances.models import Alliance, CareTeam, Organization, PractitionerRole, Role
from alliances.permissions import Permission
from alliances.reach import manageable_by
from alliances.reorganization import InTheWay, NotPossible
from alliances.scope import scope_of
from patients.models import Patient, Responsibility
from tests.world import SINCE

TODAY = timezone.localdate()
PLACES = 7
ROLES = (
    Role.GENERAL_PRACTITIONER, Role.TEAM_LEAD, Role.ORGANIZATION_ADMIN, Role.BUREAU_VIEWER, Role.ALLIANCE_ADMIN,
    Role.OPERATOR,
)  # fmt: skip


@dataclass
class Model:
    """The truth in plain Python: parents, who is closed, who is a member, where residents and posts are."""

    parent: dict[int, int | None]
    closed: set[int] = field(default_factory=set)
    members: dict[int, set[int]] = field(default_factory=dict)  # alliance → organizations
    residents: dict[Any, tuple[int, int | None]] = field(
        default_factory=dict
    )  # resident → organization, team
    posts: dict[int, tuple[Role, int, int | None, int | None]] = field(
        default_factory=dict
    )  # user → one live post

    def below(self, root: int) -> set[int]:
        """The root and all whose chain of parents leads to it."""
        return {place for place in self.parent if root in self.chain(place)}

    def chain(self, place: int) -> Iterator[int]:
        at: int | None = place
        while at is not None:
            yield at
            at = self.parent[at]

    def rows_of(self, user: int) -> set[int]:
        """The organizations whose residents the user's post opens."""
        role, place, _team, _alliance = self.posts[user]
        return {
            Role.GENERAL_PRACTITIONER: {place},
            Role.ORGANIZATION_ADMIN: self.below(place),
        }.get(role, set())

    def numbers_of(self, user: int) -> set[int]:
        role, place, _team, alliance = self.posts[user]
        seen = {place} | self.rows_of(user)
        if role == Role.BUREAU_VIEWER:
            seen |= self.below(place)
        if alliance is not None:
            seen |= self.members[alliance]
        return seen

    def seen_by(self, user: int) -> set[Any]:
        role, _place, team, _alliance = self.posts[user]
        rows = self.rows_of(user)
        return {
            who
            for who, (place, with_team) in self.residents.items()
            if place in rows or (role == Role.TEAM_LEAD and with_team == team)
        }

    def managed_by(self, user: int) -> set[int]:
        role, place, _team, _alliance = self.posts[user]
        everything = set(self.parent) if role == Role.OPERATOR else set()
        return everything | (self.below(place) if role == Role.ORGANIZATION_ADMIN else set())


def build(
    parents: list[int | None],
    residents: list[int],
    roles: list[tuple[Role, int]],
    joined: list[tuple[int, int]],
):
    """The same world twice: in the database, and as a model."""
    rows = []
    for number, above in enumerate(parents):
        parent = rows[above] if above is not None and above < number else None
        rows.append(
            Organization.objects.create(
                code=f"o{number}", name=f"机构{number}", tier="community", parent=parent
            )
        )
    teams = {o.pk: CareTeam.objects.create(organization=o, code="t", name=f"队{o.pk}") for o in rows}
    model = Model({o.pk: o.parent_id for o in rows})
    alliances = [Alliance.objects.create(code=f"a{n}", name=f"联盟{n}") for n in range(2)]
    model.members = {alliance.pk: set() for alliance in alliances}
    for which, number in joined:
        if rows[number].pk not in model.members[alliances[which].pk]:
            memberships.join(alliances[which], rows[number], role="member", on=SINCE, by=None)
            model.members[alliances[which].pk].add(rows[number].pk)
    for number in residents:
        place = rows[number]
        one = Patient.objects.create(
            name="甲", pinyin="jia", initials="j", sex="male", birth_date=SINCE, organization=place, care_team=teams[place.pk]
        )  # fmt: skip
        Responsibility.objects.create(
            patient=one, organization=place, care_team=teams[place.pk], period=DateRange(SINCE, None)
        )
        model.residents[one.pk] = (place.pk, teams[place.pk].pk)
    for number, (role, where) in enumerate(roles):
        user = User.objects.create(username=f"u{number}", name=f"u{number}")
        place = rows[where]
        team = teams[place.pk] if role in (Role.TEAM_LEAD, Role.GENERAL_PRACTITIONER) else None
        alliance = alliances[number % 2] if role == Role.ALLIANCE_ADMIN else None
        PractitionerRole.objects.create(
            user=user,
            role=role,
            organization=place,
            care_team=team,
            alliance=alliance,
            period=DateRange(SINCE, None),
        )
        model.posts[user.pk] = (role, place.pk, team.pk if team else None, alliance.pk if alliance else None)
    return rows, model


def step(model: Model, rows: list[Organization], what: str, first: int, second: int) -> None:
    """The same event in the database and in the model; what the one refuses the other must refuse."""
    place, other = rows[first], rows[second]
    if what == "move":
        refused = bool({place.pk, other.pk} & model.closed) or other.pk in model.below(place.pk)
        _does(refused, lambda: reorganization.move(place, parent=other, on=TODAY, by=None))
        if not refused:
            model.parent[place.pk] = other.pk
    elif what == "merge":
        refused = bool({place.pk, other.pk} & model.closed) or other.pk in model.below(place.pk)
        _does(refused, lambda: reorganization.merge(place, into=other, on=TODAY, by=None))
        if not refused:
            _merged(model, place.pk, other.pk)
    elif what == "close":
        children = {p for p, above in model.parent.items() if above == place.pk} - model.closed
        living = any(at == place.pk for at, _team in model.residents.values())
        refused = place.pk in model.closed or bool(children) or living
        _does(refused, lambda: reorganization.close(place, on=TODAY, by=None))
        if not refused:
            _ended(model, place.pk)


def _does(refused: bool, action: Any) -> None:
    if not refused:
        action()
        return
    with pytest.raises((NotPossible, InTheWay)), transaction.atomic():
        action()


def _ended(model: Model, place: int) -> None:
    model.closed.add(place)
    for members in model.members.values():
        members.discard(place)
    for user in [user for user, post in model.posts.items() if post[1] == place]:
        del model.posts[user]


def _merged(model: Model, old: int, new: int) -> None:
    """Children, residents and posts follow; each team goes on as the successor's team that carries its code."""
    onward = {
        team.pk: _onward(team, new) for team in CareTeam.objects.filter(organization=old, closed_on=TODAY)
    }
    for child, above in model.parent.items():
        if above == old and child not in model.closed:
            model.parent[child] = new
    for who, (place, team) in model.residents.items():
        if place == old:
            model.residents[who] = (new, onward[team])
    for user, (role, place, team, alliance) in model.posts.items():
        if place == old:
            model.posts[user] = (role, new, onward[team] if team else None, alliance)
    model.closed.add(old)
    for members in model.members.values():
        members.discard(old)


def _onward(team: CareTeam, new: int) -> int:
    """The successor's newest team with the closed one's name."""
    return CareTeam.objects.filter(organization=new, name__startswith=team.name).latest("pk").pk


def compare(model: Model) -> None:
    for user in User.objects.all():
        scope = scope_of(User.objects.get(pk=user.pk))
        seen = set(Patient.objects.visible_to(user).values_list("pk", flat=True))
        managed = set(manageable_by(user, Permission.ORGANIZATION_MANAGE).values_list("pk", flat=True))
        if user.pk not in model.posts:
            assert not scope.permissions
            assert not seen | managed
            continue
        assert set(scope.organization_ids) == model.rows_of(user.pk), model.posts[user.pk]
        assert set(scope.number_organization_ids) == model.numbers_of(user.pk), model.posts[user.pk]
        assert seen == model.seen_by(user.pk), model.posts[user.pk]
        assert managed == model.managed_by(user.pk), model.posts[user.pk]


PLACE = st.integers(0, PLACES - 1)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parents=st.lists(st.none() | PLACE, min_size=PLACES, max_size=PLACES),
    residents=st.lists(PLACE, max_size=5),
    roles=st.lists(st.tuples(st.sampled_from(ROLES), PLACE), min_size=2, max_size=6),
    joined=st.lists(st.tuples(st.integers(0, 1), PLACE), max_size=6),
    steps=st.lists(
        st.tuples(st.sampled_from(["move", "move", "merge", "close"]), PLACE, PLACE), min_size=1, max_size=6
    ),
)
def test_what_each_user_sees_is_the_recursive_truth(  # noqa: PLR0917 - one argument a thing that is drawn
    db: None, parents: Any, residents: Any, roles: Any, joined: Any, steps: Any
) -> None:
    with transaction.atomic():
        rows, model = build(parents, residents, roles, joined)
        compare(model)
        for what, first, second in steps:
            step(model, rows, what, first, second)
            compare(model)
        transaction.set_rollback(True)


def test_the_comparison_notices_a_scope_that_is_wrong(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a scope that forgets what stands below, the comparison fails: it can."""
    _rows, model = build([None, 0, 1, None, None, None, None], [1], [(Role.ORGANIZATION_ADMIN, 0)], [])
    compare(model)
    monkeypatch.setattr("alliances.scope.ids_below", set)
    with pytest.raises(AssertionError):
        compare(model)


def test_an_organization_that_left_an_alliance_is_not_counted_any_more(db: None) -> None:
    rows, model = build([None] * PLACES, [], [(Role.ALLIANCE_ADMIN, 6)], [(0, 0), (0, 1), (1, 0)])
    with pytest.raises(MembershipRefused):
        memberships.join(Alliance.objects.get(code="a0"), rows[0], role="member", on=TODAY, by=None)
    memberships.leave(rows[0].memberships.get(alliance__code="a0"), on=TODAY, reason="x", by=None)
    model.members[Alliance.objects.get(code="a0").pk].discard(rows[0].pk)
    compare(model)
