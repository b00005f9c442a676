"""Agreements: made, changed, renewed, ended; the second one of a pair at the same time is refused in words."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from psycopg2.extras import DateRange

from alliances import agreements
from alliances.agreements import AgreementRefused, Line, Terms
from alliances.models import Agreement, AgreementLine, Organization, Role
from alliances.paper_fields import period_of
from journal.models import AuditEvent
from tests.world import World

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
TERMS = Terms(
    phone="023-00661000-8101", green_channel=True, green_channel_terms="先救治后办手续", answer_urgent_hours=4
)


def make(world: World, first: date = FIRST, last: date | None = LAST, **given) -> Agreement:
    lines = given.pop("lines", [Line(world.cardiology.pk, ["hypertension"], 3, 1)])
    by = given.pop("by", world.centre_admin)
    source, target = given.pop("source", world.centre), given.pop("target", world.secondary)
    return agreements.make(source, target, period_of(first, last), TERMS, lines, by=by)


def test_both_sides_read_and_change_it_and_nobody_else(world: World) -> None:
    made = make(world)
    hospital = world.user("hospital_admin", Role.ORGANIZATION_ADMIN, world.secondary)
    stranger = world.user("stranger", Role.ORGANIZATION_ADMIN, world.other_centre)
    for somebody in (world.centre_admin, hospital, world.alliance_admin, world.operator):
        assert made in agreements.readable_by(somebody), somebody
        assert made in agreements.changeable_by(somebody), somebody
    assert made in agreements.readable_by(world.doctor)
    assert made in agreements.readable_by(world.specialist)
    assert made not in agreements.changeable_by(world.doctor)
    for somebody in (stranger, world.outsider):
        assert made not in agreements.readable_by(somebody), somebody
        assert made not in agreements.changeable_by(somebody), somebody


def test_somebody_who_manages_neither_side_cannot_make_one(world: World) -> None:
    stranger = world.user("stranger", Role.ORGANIZATION_ADMIN, world.other_centre)
    with pytest.raises(AgreementRefused, match="须为您所管理的机构"):
        make(world, by=stranger)
    with pytest.raises(AgreementRefused, match="两家机构"):
        make(world, target=world.centre)


def test_a_second_one_at_the_same_time_is_refused_with_the_first_ones_days(world: World) -> None:
    make(world)
    with pytest.raises(AgreementRefused, match=r"2026-01-01.*2026-12-31"):
        make(world, first=date(2026, 12, 31), last=None)
    make(world, first=date(2027, 1, 1), last=None)
    assert Agreement.objects.count() == 2


def test_the_database_refuses_it_whoever_asks(world: World) -> None:
    make(world)
    with pytest.raises(IntegrityError, match="agreement_one_of_a_pair"), transaction.atomic():
        Agreement.objects.create(
            source=world.centre, target=world.secondary, period=DateRange(FIRST, LAST), phone="1"
        )


def test_a_department_of_another_hospital_is_refused(world: World) -> None:
    with pytest.raises(AgreementRefused, match="不属于接收机构"):
        make(world, lines=[Line(world.tertiary_cardiology.pk)])
    assert not Agreement.objects.exists()


def test_changing_keeps_the_lines_that_stay_and_writes_down_what_changed(world: World) -> None:
    made = make(world)
    line = made.lines.get()
    lines = [Line(world.cardiology.pk, [], 5, None), Line(world.endocrinology.pk)]
    terms = Terms(phone="023-00661001")
    agreements.change(made, made.period, terms, lines, on=FIRST, by=world.centre_admin)
    assert made.lines.get(department=world.cardiology).pk == line.pk
    assert made.lines.get(pk=line.pk).clinic_slots == 5
    assert made.lines.count() == 2
    detail = AuditEvent.objects.get(action="agreement.change").detail
    assert detail["changed"] == ["answer_urgent_hours", "green_channel", "green_channel_terms", "phone"]
    agreements.change(made, made.period, terms, [], on=FIRST, by=world.centre_admin)
    assert not AgreementLine.objects.exists()


def test_what_is_over_is_not_changed(world: World) -> None:
    made = make(world)
    with pytest.raises(AgreementRefused, match="已结束"):
        agreements.change(made, made.period, TERMS, [], on=date(2027, 1, 1), by=world.centre_admin)


def test_renewing_copies_terms_and_lines_from_the_day_after(world: World) -> None:
    made = make(world)
    copy = agreements.renew(made, until=date(2027, 12, 31), by=world.centre_admin)
    assert (copy.period.lower, copy.period.upper) == (date(2027, 1, 1), date(2028, 1, 1))
    assert (copy.phone, copy.answer_urgent_hours, copy.green_channel_terms) == (
        made.phone, 4, made.green_channel_terms,
    )  # fmt: skip
    line = copy.lines.get()
    assert (line.department, line.programmes, line.clinic_slots, line.beds) == (
        world.cardiology, ["hypertension"], 3, 1,
    )  # fmt: skip
    with pytest.raises(AgreementRefused, match="已有协议"):
        agreements.renew(made, until=None, by=world.centre_admin)
    with pytest.raises(AgreementRefused, match="晚于"):
        agreements.renew(copy, until=date(2027, 12, 1), by=world.centre_admin)


def test_one_without_an_end_is_not_renewed(world: World) -> None:
    with pytest.raises(AgreementRefused, match="没有截止日期"):
        agreements.renew(make(world, last=None), until=None, by=world.centre_admin)


def test_ending_early_keeps_the_reason_and_cannot_lengthen(world: World) -> None:
    made = make(world)
    for day, words in ((date(2025, 12, 31), "2026-01-01"), (date(2027, 1, 1), "2026-12-31")):
        with pytest.raises(AgreementRefused, match=words):
            agreements.end(made, last=day, reason="换约", by=world.centre_admin)
    ended = agreements.end(made, last=date(2026, 6, 30), reason=" 换约 ", by=world.centre_admin)
    assert (ended.period.upper, ended.end_reason) == (date(2026, 7, 1), "换约")
    assert agreements.in_force(world.centre.pk, on=date(2026, 6, 30)) == {world.secondary.pk: ended}
    assert agreements.in_force(world.centre.pk, on=date(2026, 7, 1)) == {}
    assert AuditEvent.objects.get(action="agreement.end").detail["reason"] == "换约"


def test_where_one_stands_is_counted_and_said(world: World) -> None:
    today = timezone.localdate()
    soon = make(world, today - timedelta(days=10), today + timedelta(days=90))
    make(world, today - timedelta(days=10), today + timedelta(days=91), target=world.tertiary, lines=[])
    make(world, today + timedelta(days=91), None, lines=[])
    make(world, today - timedelta(days=30), today - timedelta(days=11), lines=[])
    rows = agreements.readable_by(world.centre_admin)
    assert agreements.counts(rows, on=today) == {"force": 2, "soon": 1, "coming": 1, "ended": 1, "all": 4}
    assert agreements.of_state(rows, "soon", on=today).get() == soon
    assert agreements.state_of(soon, on=today) == ("amber", "hourglass-split", "90 天后到期")


def test_a_station_refers_under_its_centres_agreement_and_a_centre_not_under_its_hospitals(
    world: World,
) -> None:
    made = make(world)
    station = Organization.objects.create(code="s", name="红旗村站", tier="community", parent=world.centre)
    below = Organization.objects.create(code="b", name="院办中心", tier="community", parent=world.secondary)
    make(world, source=world.secondary, target=world.tertiary, lines=[], by=world.operator)
    on = date(2026, 6, 1)
    assert agreements.in_force(station.pk, on=on) == {world.secondary.pk: made}
    assert agreements.in_force(below.pk, on=on) == {}
    own = make(world, source=station, lines=[])
    assert agreements.in_force(station.pk, on=on) == {world.secondary.pk: own}
