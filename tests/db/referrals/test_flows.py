"""What is counted of the referrals between members, against worlds counted by hand."""

import random
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from psycopg2.extras import DateRange

from alliances.models import Agreement, AllianceMembership
from patients.models import Encounter, Patient
from patients.models.task import Urgency
from referrals import flows
from referrals.flows import Count, Tally
from referrals.flows.measures import Fact
from referrals.handovers import CloseReason
from referrals.models import Event
from tests.db.referrals.flow_world import drafted, passed_on, sent
from tests.world import World, at

E = Event
NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))
NOW = at("2026-12-20T12:00")


def tally(world: World, span: tuple[date, date] = NOVEMBER, now=NOW) -> Tally:
    return flows.count(world.alliance, [span], at=now)[0]


def whole(world: World, fact: Fact, **more) -> tuple[int, int]:
    """How many are in time, of how many."""
    count = tally(world, **more).whole.get(fact, Count())
    return count.ok, count.rows


# ---- what went up and down


@pytest.mark.parametrize(
    ("when", "counted"),
    [("2026-10-31T23:59", 0), ("2026-11-01T00:00", 1), ("2026-11-30T23:59", 1), ("2026-12-01T00:00", 0)],
)
def test_a_request_counts_on_its_day_in_shanghai(world: World, when: str, counted: int) -> None:
    sent(world, when)
    assert whole(world, Fact.SENT) == (counted, counted)


def test_what_was_sent_counts_whatever_became_of_it(world: World) -> None:
    sent(world, "2026-11-02T09:00", (E.CANCEL, "2026-11-02T10:00"))
    sent(world, "2026-11-02T09:00", (E.DECLINE, "2026-11-02T10:00"))
    sent(world, "2026-11-02T09:00", (E.EXPIRE, "2026-11-06T10:00"))
    sent(world, "2026-11-02T09:00", (E.ACCEPT, "2026-11-02T10:00"))
    assert tally(world).pairs[world.centre.pk, world.secondary.pk][Fact.SENT].rows == 4


def test_a_draft_does_not_count(world: World) -> None:
    drafted(world, "2026-11-02T09:00", (E.CANCEL, "2026-11-03T09:00"))
    drafted(world, "2026-11-02T09:00")
    assert tally(world).whole == {}


def test_one_passed_on_is_sent_once_and_runs_from_hospital_to_hospital_and_comes_home(world: World) -> None:
    request = sent(world, "2026-11-02T09:00")
    passed_on(
        world, request, "2026-11-02T15:00", world.tertiary_cardiology,
        (E.ACCEPT, "2026-11-03T09:00"), (E.ARRIVE, "2026-11-04T09:00"), (E.RETURN, "2026-11-09T09:00"),
    )  # fmt: skip
    found = tally(world)
    assert found.whole[Fact.SENT].rows == 1
    assert found.whole[Fact.PASSED].rows == 1
    legs = {pair: set(counts) & {Fact.SENT, Fact.PASSED, Fact.BACK} for pair, counts in found.pairs.items()}
    assert legs == {
        (world.centre.pk, world.secondary.pk): {Fact.SENT},
        (world.secondary.pk, world.tertiary.pk): {Fact.PASSED},
        (world.centre.pk, world.tertiary.pk): {Fact.BACK},
    }


def test_passing_on_within_a_hospital_is_no_flow_but_its_answer_counts(world: World) -> None:
    request = sent(world, "2026-11-02T09:00")
    passed_on(world, request, "2026-11-02T15:00", world.endocrinology, (E.ACCEPT, "2026-11-03T09:00"))
    assert whole(world, Fact.SENT) == (1, 1)
    assert whole(world, Fact.PASSED) == (0, 0)
    assert whole(world, Fact.ANSWER) == (2, 2)


def test_a_return_counts_in_the_period_in_which_it_was_made(world: World) -> None:
    way = ((E.ACCEPT, "2026-10-28T09:00"), (E.ARRIVE, "2026-10-29T09:00"))
    sent(world, "2026-10-27T09:00", *way, (E.RETURN, "2026-10-31T23:59"))
    sent(world, "2026-10-27T09:00", *way, (E.RETURN, "2026-11-01T00:00"))
    assert whole(world, Fact.BACK) == (1, 1)
    assert whole(world, Fact.SENT) == (0, 0)


def test_a_downward_request_counts_from_the_hospital_to_the_centre(world: World) -> None:
    sent(world, "2026-11-02T09:00", source=world.centre, target=world.cardiology)
    request = sent(world, "2026-11-03T09:00", target=world.cardiology, direction="down")
    type(request).objects.filter(pk=request.pk).update(
        source_organization=world.secondary, target_organization=world.centre
    )
    counts = tally(world).pairs[world.centre.pk, world.secondary.pk]
    assert (counts[Fact.SENT].rows, counts[Fact.DOWN].rows) == (1, 1)


def test_both_ends_must_be_members_on_the_day(world: World) -> None:
    AllianceMembership.objects.filter(organization=world.other_centre).update(
        period=DateRange(date(2020, 1, 1), date(2026, 11, 10))
    )
    AllianceMembership.objects.filter(organization=world.tertiary).delete()
    sent(world, "2026-11-09T23:59", source=world.other_centre)
    sent(world, "2026-11-10T00:00", source=world.other_centre)
    sent(world, "2026-11-09T09:00", target=world.tertiary_cardiology)
    assert whole(world, Fact.SENT) == (1, 1)


# ---- answers


@pytest.mark.parametrize(
    ("urgency", "when", "steps", "expected"),
    [
        # A Monday; a routine request has two working days.
        (Urgency.ROUTINE, "2026-11-02T09:00", [(E.ACCEPT, "2026-11-04T09:00")], (1, 1)),
        (Urgency.ROUTINE, "2026-11-02T09:00", [(E.ACCEPT, "2026-11-04T09:01")], (0, 1)),
        (Urgency.ROUTINE, "2026-11-02T09:00", [(E.DECLINE, "2026-11-03T09:00")], (1, 1)),
        # Over a weekend, and over the National Day holiday with its day made up for.
        (Urgency.ROUTINE, "2026-11-06T17:00", [(E.ACCEPT, "2026-11-10T17:00")], (1, 1)),
        (Urgency.ROUTINE, "2026-11-06T17:00", [(E.ACCEPT, "2026-11-10T17:01")], (0, 1)),
        (Urgency.URGENT, "2026-11-06T17:00", [(E.ACCEPT, "2026-11-07T17:00")], (1, 1)),
        (Urgency.URGENT, "2026-11-06T17:00", [(E.ACCEPT, "2026-11-07T17:01")], (0, 1)),
        (Urgency.EMERGENCY, "2026-11-06T17:00", [(E.ARRIVE, "2026-11-06T17:30")], (1, 1)),
        (Urgency.EMERGENCY, "2026-11-06T17:00", [(E.ARRIVE, "2026-11-06T17:31")], (0, 1)),
        (Urgency.EMERGENCY, "2026-11-06T17:00", [(E.ACCEPT, "2026-11-06T17:10"), (E.ARRIVE, "2026-11-06T19:00")], (1, 1)),
        # A question stops the clock; it goes on where it stood.
        (Urgency.URGENT, "2026-11-02T09:00",
         [(E.ASK, "2026-11-02T19:00"), (E.ANSWER, "2026-11-05T09:00"), (E.ACCEPT, "2026-11-05T23:00")], (1, 1)),
        (Urgency.URGENT, "2026-11-02T09:00",
         [(E.ASK, "2026-11-02T19:00"), (E.ANSWER, "2026-11-05T09:00"), (E.ACCEPT, "2026-11-05T23:01")], (0, 1)),
        (Urgency.ROUTINE, "2026-11-06T09:00",
         [(E.ASK, "2026-11-07T09:00"), (E.ANSWER, "2026-11-08T09:00"), (E.ACCEPT, "2026-11-10T09:00")], (1, 1)),
        # Not answered: asked for ever, taken back in time, taken back late, expired, still waiting.
        (Urgency.ROUTINE, "2026-11-02T09:00", [(E.ASK, "2026-11-02T19:00")], (0, 0)),
        (Urgency.ROUTINE, "2026-11-02T09:00", [(E.ASK, "2026-11-02T19:00"), (E.CLOSE, "2026-11-09T19:00")], (0, 0)),
        (Urgency.ROUTINE, "2026-11-02T09:00", [(E.CANCEL, "2026-11-04T09:00")], (0, 0)),
        (Urgency.ROUTINE, "2026-11-02T09:00", [(E.CANCEL, "2026-11-04T09:01")], (0, 1)),
        (Urgency.ROUTINE, "2026-11-02T09:00", [(E.EXPIRE, "2026-11-06T09:00")], (0, 1)),
        (Urgency.ROUTINE, "2026-11-02T09:00", [(E.SETTLE, "2026-11-03T09:00")], (0, 0)),
        (Urgency.ROUTINE, "2026-11-02T09:00", [], (0, 1)),
    ],
)  # fmt: skip
def test_answered_in_time(
    world: World, urgency: Urgency, when: str, steps: list, expected: tuple[int, int]
) -> None:
    sent(world, when, *steps, urgency=urgency)
    assert whole(world, Fact.ANSWER) == expected


def test_a_holiday_stands_still_for_the_answer_clock(world: World) -> None:
    """1 to 7 October 2026 are days off: what was sent on 30 September at noon is due on 9 October at noon."""
    sent(world, "2026-09-30T12:00", (E.ACCEPT, "2026-10-09T12:00"))
    sent(world, "2026-09-30T12:00", (E.ACCEPT, "2026-10-09T12:01"))
    assert whole(world, Fact.ANSWER, span=(date(2026, 9, 1), date(2026, 9, 30))) == (1, 2)


def test_one_that_waits_within_its_clock_is_not_counted_yet(world: World) -> None:
    sent(world, "2026-11-02T09:00")
    assert whole(world, Fact.ANSWER, now=at("2026-11-04T09:00")) == (0, 0)
    assert whole(world, Fact.ANSWER, now=at("2026-11-04T09:01")) == (0, 1)


@pytest.mark.parametrize("seed", range(3))
def test_in_time_is_what_the_clock_of_the_request_said(world: World, seed: int) -> None:
    """The statement's own arithmetic against `due_at`, which the steps wind: any moment, with and without a question."""
    chance = random.Random(seed)
    in_time = 0
    for _turn in range(25):
        urgency = chance.choice(list(Urgency))
        begin = at("2026-11-01T00:00") + timedelta(minutes=chance.randrange(29 * 1440))
        moment, steps = begin, []
        if chance.random() < 0.5 and urgency != Urgency.EMERGENCY:
            moment += timedelta(minutes=chance.randrange(1200))
            steps.append((E.ASK, moment))
            moment += timedelta(minutes=chance.randrange(6000))
            steps.append((E.ANSWER, moment))
        request = sent(world, begin, *steps, urgency=urgency)
        answer = moment + timedelta(minutes=chance.randrange(60 if urgency == Urgency.EMERGENCY else 6000))
        in_time += answer <= request.due_at
        step = request.steps.model(
            request=request, event=E.ACCEPT, from_state="submitted", to_state="accepted", side="receiver",
            by=world.specialist, at=answer,
        )  # fmt: skip
        step.save(force_insert=True)
    assert 0 < in_time < 25
    assert whole(world, Fact.ANSWER) == (in_time, 25)


def test_an_agreements_own_times_are_what_is_promised(world: World) -> None:
    Agreement.objects.create(
        source=world.centre, target=world.secondary, period=DateRange(date(2026, 11, 5), None), phone="0",
        answer_routine_days=1, answer_urgent_hours=2,
    )  # fmt: skip
    sent(world, "2026-11-04T09:00", (E.ACCEPT, "2026-11-06T09:00"))  # before the agreement: two working days
    sent(world, "2026-11-05T09:00", (E.ACCEPT, "2026-11-06T09:00"))
    sent(world, "2026-11-05T09:00", (E.ACCEPT, "2026-11-06T09:01"))
    sent(world, "2026-11-05T09:00", (E.ACCEPT, "2026-11-05T12:00"), urgency=Urgency.URGENT)
    sent(
        world, "2026-11-05T09:00", (E.ACCEPT, "2026-11-05T09:30"), urgency=Urgency.EMERGENCY
    )  # left to the product
    assert whole(world, Fact.ANSWER) == (3, 5)


def test_the_median_is_of_the_answers_and_of_their_part_of_the_clock(world: World) -> None:
    for minutes in (10, 20, 90):
        sent(world, "2026-11-02T09:00", (E.ACCEPT, at("2026-11-02T09:00") + timedelta(minutes=minutes)),
             urgency=Urgency.EMERGENCY)  # fmt: skip
    sent(world, "2026-11-02T09:00")  # never answered: in the denominator, not in the median
    found = tally(world)
    for count in (found.whole[Fact.ANSWER], found.receivers[world.secondary.pk][Fact.ANSWER],
                  found.pairs[world.centre.pk, world.secondary.pk][Fact.ANSWER]):  # fmt: skip
        assert (count.ok, count.rows, count.seconds) == (2, 4, 1200.0)
        assert count.share == pytest.approx(20 / 30)


# ---- how it went on

ACCEPTED = (E.ACCEPT, "2026-11-02T10:00")
SCHEDULED = (E.SCHEDULE, "2026-11-02T11:00", "2026-11-05T09:00")


@pytest.mark.parametrize(
    ("steps", "now", "expected"),
    [
        ([ACCEPTED, SCHEDULED, (E.ARRIVE, "2026-11-05T09:10")], NOW, (1, 1)),
        ([ACCEPTED, SCHEDULED, (E.MISS, "2026-11-06T09:00")], NOW, (0, 1)),
        ([ACCEPTED, SCHEDULED, (E.MISS, "2026-11-06T09:00"), (E.SCHEDULE, "2026-11-06T10:00", "2026-11-07T09:00"),
          (E.ARRIVE, "2026-11-07T09:00")], NOW, (1, 1)),
        ([ACCEPTED, SCHEDULED, (E.MISS, "2026-11-06T09:00"), (E.CLOSE, "2026-11-08T09:00")], NOW, (0, 1)),
        ([ACCEPTED, (E.ASK_TO_CANCEL, "2026-11-02T12:00"), (E.AGREE, "2026-11-02T13:00")], NOW, (0, 1)),
        ([ACCEPTED, (E.ASK_TO_CANCEL, "2026-11-02T12:00")], NOW, (0, 0)),
        ([ACCEPTED, SCHEDULED], at("2026-11-05T09:00"), (0, 0)),
        ([ACCEPTED, SCHEDULED], at("2026-11-05T09:01"), (0, 1)),
        ([ACCEPTED], NOW, (0, 0)),
        ([ACCEPTED, SCHEDULED, (E.SETTLE, "2026-11-04T09:00")], NOW, (0, 0)),
        ([(E.DECLINE, "2026-11-02T10:00")], NOW, (0, 0)),
    ],
)  # fmt: skip
def test_arrived_of_those_whose_outcome_is_known(
    world: World, steps: list, now, expected: tuple[int, int]
) -> None:
    sent(world, "2026-11-02T09:00", *steps)
    assert whole(world, Fact.ARRIVAL, now=now) == expected


ARRIVED = (E.ARRIVE, "2026-11-05T09:00")  # to be returned by the 19th, nine o'clock


@pytest.mark.parametrize(
    ("steps", "now", "expected"),
    [
        ([(E.RETURN, "2026-11-19T09:00")], NOW, (1, 1)),
        ([(E.RETURN, "2026-11-19T09:01")], NOW, (0, 1)),
        ([(E.RETURN, "2026-11-06T09:00")], at("2026-11-19T08:59"), (0, 0)),  # early ones wait for their day like all
        ([], at("2026-11-19T09:00"), (0, 1)),
        ([(E.ADMIT, "2026-11-10T09:00"), (E.RETURN, "2026-11-24T09:00")], NOW, (1, 1)),
        ([(E.CLOSE, "2026-11-10T09:00", CloseReason.OTHER)], NOW, (0, 1)),
        ([(E.CLOSE, "2026-11-10T09:00", CloseReason.LONG_STAY)], NOW, (0, 0)),
        ([(E.CLOSE, "2026-11-10T09:00", CloseReason.MOVED)], NOW, (0, 0)),
        ([(E.CLOSE, "2026-11-10T09:00", CloseReason.DIED)], NOW, (0, 0)),
        ([(E.SETTLE, "2026-11-10T09:00")], NOW, (0, 0)),
        ([(E.RETURN, "2026-11-10T09:00"), (E.SETTLE, "2026-11-11T09:00")], NOW, (1, 1)),
    ],
)  # fmt: skip
def test_returned_in_time(world: World, steps: list, now, expected: tuple[int, int]) -> None:
    sent(world, "2026-11-02T09:00", ACCEPTED, ARRIVED, *steps)
    assert whole(world, Fact.REPLY, now=now) == expected


@pytest.mark.parametrize(
    ("arrived", "counted"),
    [("2026-10-17T23:59", 0), ("2026-10-18T00:00", 1), ("2026-11-16T23:59", 1), ("2026-11-17T00:00", 0)],
)
def test_a_reply_belongs_to_the_period_in_which_it_falls_due(
    world: World, arrived: str, counted: int
) -> None:
    sent(world, "2026-10-12T09:00", (E.ACCEPT, "2026-10-12T10:00"), (E.ARRIVE, arrived))
    assert whole(world, Fact.REPLY) == (0, counted)


@pytest.mark.parametrize(
    ("visited", "now", "expected"),
    [
        (date(2026, 11, 5), NOW, (0, 1)),
        (date(2026, 11, 6), NOW, (1, 1)),
        (date(2026, 11, 20), NOW, (1, 1)),
        (date(2026, 11, 21), NOW, (0, 1)),
        (None, at("2026-11-20T23:59"), (0, 0)),
        (None, at("2026-11-21T00:00"), (0, 1)),
    ],
)
def test_followed_up_within_fourteen_days_of_the_return(
    world: World, visited: date | None, now, expected: tuple[int, int]
) -> None:
    request = sent(world, "2026-11-02T09:00", ACCEPTED, ARRIVED, (E.RETURN, "2026-11-06T16:00"))
    if visited:
        Encounter.objects.create(
            patient=request.patient, organization=world.centre, practitioner=world.doctor, on=visited, method="phone",
            recorded_at=NOW, programmes=["hypertension"],
        )  # fmt: skip
    assert whole(world, Fact.FOLLOWUP, now=now) == expected


@pytest.mark.parametrize(("died", "counted"), [(date(2026, 11, 20), 0), (date(2026, 11, 21), 1)])
def test_who_died_by_the_fourteenth_day_is_not_counted(world: World, died: date, counted: int) -> None:
    request = sent(world, "2026-11-02T09:00", ACCEPTED, ARRIVED, (E.RETURN, "2026-11-06T16:00"))
    Patient.objects.filter(pk=request.patient_id).update(deceased_on=died)
    assert whole(world, Fact.FOLLOWUP) == (0, counted)


# ---- groups


def test_sums_over_pairs_receivers_and_teams_equal_the_whole(world: World) -> None:
    chance = random.Random(7)
    ways = [
        [], [(E.CANCEL, 60)], [(E.DECLINE, 90)], [(E.ACCEPT, 300)],
        [(E.ACCEPT, 300), (E.ARRIVE, 1500), (E.RETURN, 9000)], [(E.ACCEPT, 4000), (E.ARRIVE, 5000)],
    ]  # fmt: skip
    for _turn in range(60):
        begin = at("2026-10-05T00:00") + timedelta(minutes=chance.randrange(55 * 1440))
        steps = [(event, begin + timedelta(minutes=minutes)) for event, minutes in chance.choice(ways)]
        source, target = (
            chance.choice((world.centre, world.other_centre)),
            chance.choice((world.cardiology, world.tertiary_cardiology)),
        )
        request = sent(world, begin, *steps, source=source, target=target)
        if not steps and target == world.cardiology and chance.random() < 0.5:
            passed_on(
                world, request, f"{begin + timedelta(hours=9):%Y-%m-%dT%H:%M}", world.tertiary_cardiology
            )
    halves = [(date(2026, 10, 1), date(2026, 10, 31)), NOVEMBER]
    whole_time, *parts = flows.count(
        world.alliance, [(date(2026, 10, 1), date(2026, 11, 30))], at=NOW
    ) + flows.count(world.alliance, halves, at=NOW)
    assert len(whole_time.whole) >= 6
    for fact, count in whole_time.whole.items():
        for groups in (whole_time.pairs, whole_time.receivers, whole_time.teams):
            added = flows.add(groups.values())
            assert (added[fact].rows, added[fact].ok) == (count.rows, count.ok), fact
        assert sum(part.whole.get(fact, Count()).rows for part in parts) == count.rows, fact
        assert sum(part.whole.get(fact, Count()).ok for part in parts) == count.ok, fact


def test_every_span_comes_out_of_one_statement(world: World) -> None:
    sent(world, "2026-11-02T09:00")
    sent(world, "2026-10-12T09:00")
    with CaptureQueriesContext(connection) as statements:
        now, before = flows.count(world.alliance, [NOVEMBER, (date(2026, 10, 1), date(2026, 10, 31))], at=NOW)
    assert len(statements) == 1
    assert (now.whole[Fact.SENT].rows, before.whole[Fact.SENT].rows) == (1, 1)


def test_teams_are_counted_with_each_hospital(world: World) -> None:
    resident = world.patient("李四", team=world.second_team, contract=False)
    sent(world, "2026-11-02T09:00", patient=resident)
    sent(world, "2026-11-02T09:00", target=world.tertiary_cardiology)
    teams = tally(world).teams
    assert teams[world.second_team.pk, world.secondary.pk][Fact.SENT].rows == 1
    assert teams[world.team.pk, world.tertiary.pk][Fact.SENT].rows == 1
