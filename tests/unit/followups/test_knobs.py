"""Settings as a form needs them: complete, in bounds, and judged by the version of the day."""

import json
from dataclasses import fields
from datetime import date
from typing import Any

import pytest

from followups.protocols import knobs
from followups.protocols.definition import DEFAULTS, Settings
from followups.protocols.evidence import Case, Person, Visit
from followups.protocols.knobs import SettingsError
from followups.protocols.versions import FIRST, Timetable, Version, read_timetable, settings_of


def test_every_setting_is_a_knob_with_words_and_bounds_that_hold_its_default() -> None:
    assert [knob.name for knob in knobs.knobs()] == [field.name for field in fields(Settings)]
    for knob in knobs.knobs():
        assert knob.label, knob.name
        assert knob.why, knob.name
        assert knob.certainty in knobs.CERTAINTIES, knob.name
        assert knob.yes_or_no or knob.low <= knob.default <= knob.high, knob.name


def test_unsure_settings_are_marked() -> None:
    unsure = {knob.name for knob in knobs.knobs() if knob.unsure}
    assert {"pregnancy_systolic", "pregnancy_fasting_glucose"} <= unsure
    assert "recheck_days" not in unsure


def test_values_left_out_stand_at_their_defaults() -> None:
    assert knobs.check({}) == knobs.as_values(DEFAULTS)
    assert settings_of(knobs.check({"age_relaxed": 60})).age_relaxed == 60
    assert settings_of({"age_relaxed": 60, "gone_since": 1}).recheck_days == DEFAULTS.recheck_days


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("no_such", 1), ("age_relaxed", 17), ("age_relaxed", 121), ("age_relaxed", 65.5), ("age_relaxed", "65"),
        ("age_relaxed", True), ("hypoglycaemia_inclusive", 1), ("routine_months", 0), ("recheck_days", 91),
        ("pregnancy_fasting_glucose", 900), ("pregnancy_systolic", None),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_named(name: str, value: Any) -> None:
    with pytest.raises(SettingsError) as refused:
        knobs.check({name: value})
    assert refused.value.field == name


def test_what_changed_names_both_values() -> None:
    (only,) = knobs.changed({"age_relaxed": 60}, knobs.as_values(DEFAULTS))
    assert (only[0].name, only[1], only[2]) == ("age_relaxed", 65, 60)


def _version(number: int, day: str, **values: Any) -> Version:
    return Version(number, settings_of(values), date.fromisoformat(day))


def test_a_day_is_judged_by_the_last_version_that_had_begun() -> None:
    first, second = _version(1, "2026-01-01", age_relaxed=60), _version(2, "2026-06-01", age_relaxed=70)
    timetable = Timetable((first, second))
    assert timetable.on(date(2025, 12, 31)) is FIRST
    assert timetable.on(date(2026, 1, 1)) is first
    assert timetable.on(date(2026, 5, 31)) is first
    assert timetable.on(date(2026, 6, 1)) is second


def test_the_timetable_travels_as_text() -> None:
    row = {"number": 4, "valid_from": "2026-01-01", "settings": {"age_relaxed": 60}}
    (version,) = read_timetable(json.dumps([row])).versions
    assert (version.number, version.settings.age_relaxed) == (4, 60)
    assert read_timetable(None).versions == ()


def test_the_outcome_names_the_table_and_the_settings() -> None:
    person = Person(birth_date=date(1964, 1, 1), conditions=("hypertension",))
    case = Case(person, Visit(date(2026, 5, 1), {"systolic": 145, "diastolic": 80}))
    table = FIRST.assess(case).programmes["hypertension"].version.partition("/")[0]
    judged = _version(3, "2026-01-01", age_relaxed=60).assess(case).programmes["hypertension"]
    assert judged.version == f"{table}/3"
    assert judged.klass == "controlled"
    assert FIRST.assess(case).programmes["hypertension"].klass == "uncontrolled"
