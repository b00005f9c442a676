"""The bodies of the demo: levels, swings, treatment, and numbers that can belong to nobody."""

import statistics
from datetime import date, timedelta

import openpyxl
import pytest

from patients.identifiers import parse_phone, parse_resident_number
from tests.rosters import SAMPLE
from workbench.demo.chance import Chance
from workbench.demo.courses import Course, as_read
from workbench.demo.names import AREA, mobile_of, name_of, number_of

BEGIN = date(2025, 11, 22)


def course(seed: object, **about) -> Course:
    known = {
        "age": 66,
        "started": BEGIN,
        "hypertensive": True,
        "diabetic": True,
        "bmi": 25.0,
        "height": 160.0,
    }
    return Course(Chance(seed), **{**known, **about})


def systolics(one: Course, days: range) -> list[int]:
    found = []
    for day in days:
        one.pass_time(BEGIN + timedelta(days=day))
        found.append(one.pressure(BEGIN + timedelta(days=day))[0])
    return found


def test_a_high_reading_is_followed_by_a_lower_one_though_nothing_was_done():
    firsts, seconds = [], []
    for seed in range(1500):
        first, second = systolics(course(seed), range(30, 31 + 90, 90))
        if first >= 160:
            firsts.append(first)
            seconds.append(second)
    assert len(firsts) > 50
    assert statistics.mean(firsts) - statistics.mean(seconds) > 3


def test_people_differ_more_than_one_person_from_visit_to_visit():
    lives = [systolics(course(seed), range(0, 360, 30)) for seed in range(300)]
    within = statistics.mean(statistics.stdev(life) for life in lives)
    between = statistics.stdev(statistics.mean(life) for life in lives)
    assert 5 < within < 12
    assert between > within


def test_winter_is_higher_than_summer():
    winter = [systolics(course(seed), range(55, 56))[0] for seed in range(600)]
    summer = [systolics(course(seed), range(240, 241))[0] for seed in range(600)]
    assert statistics.mean(winter) - statistics.mean(summer) > 2


def test_treatment_lowers_and_each_further_step_takes_less():
    def mean_after(steps: int) -> float:
        found = []
        for seed in range(500):
            one = course(seed)
            for _ in range(steps):
                one.treat(BEGIN, pressure=0.4)
            found += systolics(one, range(60, 61))
        return statistics.mean(found)

    none, once, twice = (mean_after(steps) for steps in range(3))
    assert none - once > 2
    assert 0 < once - twice < none - once


def test_a_cuff_heard_by_ear_gives_even_numbers_and_many_zeros():
    chance = Chance("ear")
    read = [as_read(120 + n % 40, chance, by_ear=True) for n in range(4000)]
    assert all(value % 2 == 0 for value in read)
    assert sum(value % 10 == 0 for value in read) > 1000
    assert as_read(133, chance, by_ear=False) == 133


@pytest.mark.parametrize("sex", ["male", "female"])
def test_identity_numbers_hold_and_belong_to_no_county(sex):
    numbers = {number_of(date(1958, 3, 2), sex, serial) for serial in range(400)}
    assert len(numbers) == 400
    for number in numbers:
        read = parse_resident_number(number, on=date(2026, 11, 22))
        assert (read.birth_date, read.sex, number[:6]) == (date(1958, 3, 2), sex, AREA)


def test_no_number_of_the_sample_roster_can_be_drawn():
    rows = openpyxl.load_workbook(SAMPLE, read_only=True).worksheets[0].iter_rows(min_row=3, values_only=True)
    numbers = [str(row[2]).strip() for row in rows if row[2]]
    assert len(numbers) > 1000
    assert not [number for number in numbers if number.startswith(AREA)]


def test_names_and_telephones_are_of_the_right_form():
    chance = Chance("names")
    names = {name_of(chance, sex, born) for sex in ("male", "female") for born in range(1930, 2010)}
    assert all(2 <= len(name) <= 4 for name in names)
    assert len(names) > 120
    assert all(parse_phone(mobile_of(chance)) for _ in range(50))


def test_the_same_seed_draws_the_same_keys_in_order_of_time():
    chance, again = Chance("a", 1), Chance("a", 1)
    days = [BEGIN + timedelta(days=n) for n in range(50)]
    keys = [chance.key(chance.hour(day)) for day in days]
    assert keys == [again.key(again.hour(day)) for day in days]
    assert keys == sorted(keys)
    assert {key.version for key in keys} == {7}
