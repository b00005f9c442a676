"""Directors and mentoring: who may pair, log and void; what counts, and against what."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from alliances import mentoring
from alliances.mentoring import Held, MentoringRefused
from alliances.models import MentoringPair, MentoringSession, PairKind, Role, SessionMethod
from alliances.paper_fields import period_of
from journal.models import AuditEvent
from tests.world import World, at

TODAY = date(2026, 11, 20)
NOW = at("2026-11-20T10:00")


def held(on: date = TODAY, minutes: int = 60) -> Held:
    return Held(on, SessionMethod.CLINIC, "血压管理", minutes)


def unsaved(world: World, **changes: object) -> MentoringPair:
    given = {
        "kind": PairKind.MENTORING, "mentor": world.specialist, "mentor_organization": world.secondary,
        "organization": world.centre, "mentee": world.doctor, "period": period_of(date(2026, 1, 1), date(2026, 12, 31)),
    }  # fmt: skip
    return MentoringPair(**(given | changes))


def make(world: World, target: int | None = 10, **changes: object) -> MentoringPair:
    by = changes.pop("by", world.centre_admin)
    return mentoring.pair(unsaved(world, **changes), target=target, year=2026, on=TODAY, by=by)


def test_the_managers_of_either_side_and_the_two_themselves_see_a_pair(world: World) -> None:
    pair = make(world)
    hospital = world.user("hospital_admin", Role.ORGANIZATION_ADMIN, world.secondary)
    for somebody in (world.centre_admin, hospital, world.alliance_admin, world.operator):
        assert pair in mentoring.manageable_pairs(somebody), somebody
    for somebody in (world.specialist, world.doctor):
        assert pair in mentoring.visible_pairs(somebody)
        assert pair not in mentoring.manageable_pairs(somebody)
        assert mentoring.is_of(pair, somebody)
    for somebody in (world.colleague, world.second_specialist, world.outsider):
        assert pair not in mentoring.visible_pairs(somebody), somebody


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mentor": "doctor"}, "没有专科医师岗位"),
        ({"mentee": "outsider"}, "没有在任岗位"),
        ({"mentee": None}, "没有在任岗位"),
        ({"kind": PairKind.DIRECTOR}, "没有在任岗位"),
        ({"mentor_organization": "other_centre"}, "须来自医院"),
        ({"organization": "tertiary"}, "社区卫生服务机构"),
    ],
)
def test_people_are_paired_where_they_work(world: World, change: dict[str, object], words: str) -> None:
    named = {k: getattr(world, v) if isinstance(v, str) and k != "kind" else v for k, v in change.items()}
    with pytest.raises(MentoringRefused, match=words):
        make(world, by=world.operator, **named)


def test_somebody_of_neither_side_cannot_pair(world: World) -> None:
    stranger = world.user("stranger", Role.ORGANIZATION_ADMIN, world.other_centre)
    with pytest.raises(MentoringRefused, match="至少一方"):
        make(world, by=stranger)


def test_the_same_two_are_not_paired_twice_at_a_time(world: World) -> None:
    make(world)
    with pytest.raises(MentoringRefused, match="已结对"):
        make(world)
    make(world, kind=PairKind.DIRECTOR, mentee=None)
    with pytest.raises(MentoringRefused, match="已结对"):
        make(world, kind=PairKind.DIRECTOR, mentee=None)


def test_a_session_lies_in_the_pairs_period_and_not_ahead(world: World) -> None:
    pair = make(world, period=period_of(date(2026, 3, 1), date(2026, 12, 31)))
    with pytest.raises(MentoringRefused, match="不能晚于今天"):
        mentoring.log(pair, held(TODAY + timedelta(days=1)), on=TODAY, by=world.doctor)
    with pytest.raises(MentoringRefused, match="2026-03-01至2026-12-31"):
        mentoring.log(pair, held(date(2026, 2, 28)), on=TODAY, by=world.doctor)
    for day in (date(2026, 3, 1), TODAY):
        mentoring.log(pair, held(day), on=TODAY, by=world.specialist)
    assert AuditEvent.objects.filter(action="mentoring.log", organization_id=world.centre.pk).count() == 2


def test_a_voided_session_stays_and_no_longer_counts(world: World) -> None:
    pair = make(world)
    session = mentoring.log(pair, held(), on=TODAY, by=world.doctor)
    mentoring.void(session, " 重复登记 ", at=NOW, by=world.specialist)
    with pytest.raises(MentoringRefused, match="已作废"):
        mentoring.void(session, "再次", at=NOW, by=world.specialist)
    session.refresh_from_db()
    assert (session.void_reason, session.voided_by) == ("重复登记", world.specialist)
    assert mentoring.in_all(MentoringPair.objects.all(), 2026).towards == 0
    with pytest.raises(IntegrityError, match="mentoringsession_void_has_reason"), transaction.atomic():
        MentoringSession.objects.filter(pk=session.pk).update(void_reason="")


def test_figures_are_sums_of_what_counts_and_of_targets_never_of_rates(world: World) -> None:
    """Per pair, per mentor, per centre and year; a pair without a target adds to neither side of the rate."""
    first = make(world, target=10)
    second = make(world, target=2, mentee=world.colleague)
    third = make(world, target=None, mentee=world.nurse)
    for pair, number in ((first, 3), (second, 2), (third, 4)):
        for _each in range(number):
            mentoring.log(pair, held(), on=TODAY, by=world.centre_admin)
    pairs = MentoringPair.objects.all()
    lines = {row.pk: (row.held, row.target) for row in mentoring.counted(pairs, 2026)}
    assert lines == {first.pk: (3, 10), second.pk: (2, 2), third.pk: (4, None)}
    (mentor,) = mentoring.by_mentor(pairs, 2026)
    assert (mentor.key, mentor.pairs, mentor.towards, mentor.target, mentor.beside) == (
        world.specialist.pk,
        3,
        5,
        12,
        4,
    )
    (centre,) = mentoring.by_centre(pairs, 2026)
    assert (centre.key, centre.towards, centre.target) == (world.centre.pk, 5, 12)
    assert mentoring.in_all(pairs.filter(pk=third.pk), 2026).target is None
    assert mentoring.by_centre(pairs, 2025) == []


def test_a_session_counts_in_its_own_year(world: World) -> None:
    pair = make(world, target=4, period=period_of(date(2025, 1, 1), None))
    for day in (date(2025, 12, 31), date(2026, 1, 1)):
        mentoring.log(pair, held(day), on=TODAY, by=world.doctor)
    pairs = MentoringPair.objects.all()
    assert mentoring.counted(pairs, 2026).get().held == 1
    assert (mentoring.in_all(pairs, 2025).towards, mentoring.in_all(pairs, 2025).beside) == (0, 1)


def test_a_target_is_set_once_a_year_and_only_where_the_pair_stands(world: World) -> None:
    pair = make(world, target=4)
    mentoring.aim(pair, 2026, 6, by=world.centre_admin)
    assert [(t.year, t.sessions) for t in pair.targets.all()] == [(2026, 6)]
    for year in (2025, 2027):
        with pytest.raises(MentoringRefused, match=str(year)):
            mentoring.aim(pair, year, 6, by=world.centre_admin)


def test_ending_a_pair_early_leaves_no_session_outside(world: World) -> None:
    pair = make(world)
    mentoring.log(pair, held(date(2026, 6, 1)), on=TODAY, by=world.doctor)
    with pytest.raises(MentoringRefused, match="活动记录"):
        mentoring.end(pair, last=date(2026, 5, 31), reason="调动", by=world.centre_admin)
    with pytest.raises(MentoringRefused, match="2026-01-01"):
        mentoring.end(pair, last=date(2025, 12, 31), reason="调动", by=world.centre_admin)
    with pytest.raises(MentoringRefused, match="2026-12-31"):
        mentoring.end(pair, last=date(2027, 1, 1), reason="调动", by=world.centre_admin)
    ended = mentoring.end(pair, last=date(2026, 6, 1), reason="调动", by=world.centre_admin)
    assert (ended.period.upper, ended.end_reason) == (date(2026, 6, 2), "调动")


def test_the_figures_cost_one_query_however_many_pairs(world: World, django_assert_num_queries) -> None:
    for number in range(12):
        user = world.user(f"mentee{number}", Role.NURSE, world.centre)
        mentoring.log(make(world, mentee=user), held(), on=TODAY, by=world.operator)
    with django_assert_num_queries(1):
        assert len(list(mentoring.counted(MentoringPair.objects.all(), 2026))) == 12
    with django_assert_num_queries(1):
        assert mentoring.by_mentor(MentoringPair.objects.all(), 2026)[0].towards == 12
