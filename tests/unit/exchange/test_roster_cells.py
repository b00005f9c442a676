from datetime import date, datetime, time
from decimal import Decimal

import pytest

from exchange.roster import cells


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        (date(1958, 3, 2), date(1958, 3, 2)),
        (datetime(1958, 3, 2, 8, 30), date(1958, 3, 2)),
        (21246.0, date(1958, 3, 2)),
        (21246.35, date(1958, 3, 2)),
        (19580302.0, date(1958, 3, 2)),
        ("1958/3/2", date(1958, 3, 2)),
        ("1958-03-02", date(1958, 3, 2)),
        ("1958.3.2", date(1958, 3, 2)),
        ("１９５８／３／２", date(1958, 3, 2)),
        (" 1958年3月2日 ", date(1958, 3, 2)),
        ("1958-03-02 00:00:00", date(1958, 3, 2)),
        ("19580302", date(1958, 3, 2)),
        ("", None),
        ("  ", None),
    ],
)
def test_a_day_is_read_in_the_ways_people_and_spreadsheets_write_it(typed, day):
    assert cells.day(typed) == day


@pytest.mark.parametrize(
    "typed",
    [
        "2021-02-30",
        "30/02/2021",
        "不详",
        "1958年",
        "1958-3",
        12.0,
        3000000.0,
        True,
        time(8, 30),
        "2021-02-28 9:15",
    ],
)
def test_what_is_no_day_is_said_to_be_unreadable(typed):
    with pytest.raises(cells.UnreadableCellError):
        cells.day(typed)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        (7.7, "7.7"),
        (138.0, "138.0"),
        ("138", "138"),
        ("１３８", "138"),
        (" 6.4 ", "6.4"),
        (1, "1"),
        ("", None),
    ],
)
def test_a_number_is_exactly_what_was_written(typed, number):
    assert cells.number(typed) == (Decimal(number) if number else None)


@pytest.mark.parametrize("typed", ["138mmHg", "高", "1e999x", "nan", "Infinity", True, date(2023, 1, 1)])
def test_words_dates_and_infinities_are_no_numbers(typed):
    with pytest.raises(cells.UnreadableCellError):
        cells.number(typed)


def test_text_keeps_the_name_and_drops_the_blanks_around_it():
    assert cells.text(" 　贺国天  ") == "贺国天"
    assert cells.text("阿依古丽·买买提  江") == "阿依古丽·买买提 江"
    assert cells.text(13800001234.0) == "13800001234"


def test_an_identity_number_typed_as_a_number_has_lost_its_last_digits():
    assert cells.lost_digits(5.00113194711076532e17)
    assert not cells.lost_digits(13800001234.0)
    assert not cells.lost_digits("500113194711076532")
