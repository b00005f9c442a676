"""Judging the rows of the archive sheet: each is a resident who can be written, or a list of faults.

All faults of a row are named at once, so that a file needs correcting once. Where a fault makes another meaningless
(the check digit is wrong, so the number's birth date proves nothing) only the first is named.
"""

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import islice
from typing import Any, Final, Protocol

from exchange.roster import cells
from exchange.roster.faults import Fault, FaultCode
from exchange.roster.layout import ARCHIVE, LONGEST_LABEL
from exchange.roster.vocabulary import LABEL_SEPARATORS, PACKAGES, SEXES, SMOKING
from exchange.roster.workbook import RosterSheet, Row
from patients.identifiers import (
    NumberFault,
    ResidentNumber,
    ResidentNumberError,
    parse_phone,
    parse_resident_number,
)
from patients.readings import READINGS, looks_like

BATCH: Final = 2000
MOST_TEAMS_NAMED: Final = 10
ALIKE: Final = 0.6  # of 1: how alike two names must be for one to be suggested
_DATES = ("birth_date", "archived_on", "contracted_on", "hypertension_on", "diabetes_on")
_MEASURES = ("height", "weight", "waist")


class Standing(StrEnum):
    """Where the archive with a number is kept already."""

    HERE = "here"
    ELSEWHERE = "elsewhere"


class Registry(Protocol):
    """What judging asks about the world outside the workbook."""

    @property
    def teams(self) -> Collection[str]:
        """Names of the centre's teams."""

    @property
    def hospitals(self) -> Collection[str]:
        """Names of the hospitals a contract may name."""

    def standing(self, numbers: Collection[str]) -> Mapping[str, Standing]:
        """For the numbers that have an archive: here, or with another centre. Asked once per batch of rows."""


@dataclass(frozen=True, slots=True)
class Resident:
    """An archive row as the product understands it. `None` and empty text mean that the cell was empty."""

    row: int
    number: str
    name: str
    sex: str
    birth_date: date
    ethnicity: str
    phone: str
    address: str
    village: str
    team: str
    doctor: str
    archived_on: date | None
    contracted_on: date | None
    package: str
    groups: tuple[str, ...]
    diagnoses: Mapping[str, date | None]
    height: Decimal | None
    weight: Decimal | None
    waist: Decimal | None
    smoking: str
    allergies: tuple[str, ...]
    secondary: str
    tertiary: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judged row: the resident when it may be written, and its faults and warnings."""

    row: int
    resident: Resident | None
    faults: tuple[Fault, ...]


@dataclass(slots=True)
class Numbers:
    """Which identity numbers stand in the archive sheet: what the visit sheet is held against.

    `accepted` and `refused` hold the row for each number (a duplicate's number is in both), `names` the person's name.
    """

    accepted: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


def judge_archive(
    sheet: RosterSheet, registry: Registry, numbers: Numbers, *, on: date
) -> Iterator[list[Verdict]]:
    """Judge the sheet as it stands on day `on`, batch by batch, filling `numbers` on the way."""
    rows = sheet.rows()
    seen: dict[str, int] = {}
    while batch := list(islice(rows, BATCH)):
        judged = [_judge_alone(row, registry, on) for row in batch]
        standing = registry.standing([reading.number for reading in judged if reading.number_is_valid])
        verdicts = [_judge_among(reading, seen, standing) for reading in judged]
        for reading, verdict in zip(judged, verdicts, strict=True):
            _remember(reading, verdict, numbers)
        yield verdicts


class _Reading:
    """One row while it is being judged."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.number = ""
        self.number_is_valid = False
        self.values: dict[str, Any] = {}
        self.faults: list[Fault] = []

    def text(self, field: str) -> str:
        return cells.text(self.row.cells[field])

    def plain(self, field: str) -> str:
        return cells.plain(self.row.cells[field])

    def fault(self, field: str, code: FaultCode, detail: str = "", **params: Any) -> None:
        self.faults.append(Fault(self.row.number, ARCHIVE.heading(field), code, detail, params))

    def chosen(self, field: str, choices: Mapping[str, str]) -> str:
        """The code of a word of a list; empty when the cell is empty or the word unknown (then a fault is noted)."""
        word = self.plain(field)
        if word and word not in choices:
            self.fault(field, FaultCode.UNKNOWN_VALUE, choices="、".join(choices))
        return choices.get(word, "")


def _judge_alone(row: Row, registry: Registry, on: date) -> _Reading:
    """Everything that the row itself tells."""
    reading = _Reading(row)
    if not reading.text("name"):
        reading.fault("name", FaultCode.MISSING_NAME)
    _read_dates(reading, on)
    resident = _read_number(reading, on)
    _compare_with_number(reading, resident)
    _judge_dates(reading, on)
    _read_measures(reading)
    _read_words(reading, registry)
    return reading


def _read_dates(reading: _Reading, on: date) -> None:
    for name in _DATES:
        try:
            reading.values[name] = cells.day(reading.row.cells[name])
        except cells.UnreadableCellError:
            reading.values[name] = None
            reading.fault(name, FaultCode.BAD_DATE)


def _read_number(reading: _Reading, on: date) -> ResidentNumber | None:
    cell = reading.row.cells["number"]
    reading.number = reading.plain("number").upper().replace(" ", "")
    if cells.lost_digits(cell):
        reading.fault("number", FaultCode.ID_CHECKSUM, "rounded")
        return None
    try:
        resident = parse_resident_number(reading.number, on=on)
    except ResidentNumberError as invalid:
        if invalid.fault is NumberFault.EMPTY:
            reading.fault("number", FaultCode.MISSING_ID)
        else:
            reading.fault("number", FaultCode.ID_CHECKSUM, invalid.fault.value)
        return None
    reading.number, reading.number_is_valid = resident.number, True
    return resident


def _compare_with_number(reading: _Reading, resident: ResidentNumber | None) -> None:
    """Sex and birth date must be those of the number; empty cells are filled from it."""
    sex = reading.chosen("sex", SEXES)
    born = reading.values["birth_date"]
    if resident is None:
        return
    if sex and sex != resident.sex:
        reading.fault("sex", FaultCode.ID_SEX_MISMATCH, resident.sex)
    if born is not None and born != resident.birth_date:
        reading.fault("birth_date", FaultCode.ID_BIRTH_MISMATCH)
    reading.values["sex"], reading.values["birth_date"] = resident.sex, resident.birth_date


def _judge_dates(reading: _Reading, on: date) -> None:
    born = reading.values["birth_date"]
    for name in _DATES[1:]:
        day = reading.values[name]
        if day is None:
            continue
        if day > on:
            diagnosis = name in ("hypertension_on", "diabetes_on")
            code, detail = (FaultCode.FUTURE_DIAGNOSIS, "") if diagnosis else (FaultCode.BAD_DATE, "future")
            reading.fault(name, code, detail)
        elif born is not None and day < born:
            reading.fault(name, FaultCode.BAD_DATE, "before_birth")


def _read_measures(reading: _Reading) -> None:
    for name in _MEASURES:
        try:
            value = cells.number(reading.row.cells[name])
        except cells.UnreadableCellError:
            reading.fault(name, FaultCode.BAD_NUMBER)
            continue
        reading.values[name] = None if value is None else rounded(name, value)
        if value is not None and not READINGS[name].possible(value):
            code = FaultCode.HEIGHT_OUT_OF_RANGE if name == "height" else FaultCode.VALUE_OUT_OF_RANGE
            detail, params = range_detail(name, value)
            reading.fault(name, code, detail, **params)


def rounded(name: str, value: Decimal) -> Decimal:
    """A possible value with the decimals that are kept of this reading, half up; an impossible one as it is."""
    if not READINGS[name].possible(value):
        return value
    return value.quantize(Decimal(1).scaleb(-READINGS[name].decimals), ROUND_HALF_UP)


def range_detail(name: str, value: Decimal) -> tuple[str, dict[str, Any]]:
    """The detail and the parameters of a range fault: the bounds, and the unit that the value looks like."""
    reading, hint = READINGS[name], looks_like(name, value)
    params = {"low": reading.hard[0], "high": reading.hard[1], "our_unit": reading.unit}
    return ("other_unit", params | {"unit": hint.params["unit"]}) if hint else ("", params)


def _read_words(reading: _Reading, registry: Registry) -> None:
    values = reading.values
    values["package"] = reading.chosen("package", PACKAGES)
    values["smoking"] = reading.chosen("smoking", SMOKING)
    values["groups"] = labels(reading.plain("groups"))
    values["allergies"] = labels(reading.plain("allergies"))
    values["phone"] = _phone(reading)
    values["team"] = _team(reading, registry.teams)
    for name in ("secondary", "tertiary"):
        hospital = reading.text(name)
        if hospital and hospital not in registry.hospitals:
            reading.fault(name, FaultCode.UNKNOWN_HOSPITAL)
        values[name] = hospital
    values["diagnoses"] = _diagnoses(reading)
    for name, limit in ARCHIVE.longest.items():
        if len(reading.text(name)) > limit:
            reading.fault(name, FaultCode.TEXT_TOO_LONG, limit=limit)
    for name in ("groups", "allergies"):
        if any(len(word) > LONGEST_LABEL for word in values[name]):
            reading.fault(name, FaultCode.TEXT_TOO_LONG, limit=LONGEST_LABEL)


def labels(written: str) -> tuple[str, ...]:
    """The words of a list that people separate by 、 , ; or blanks; 无 means none."""
    return tuple(word for word in LABEL_SEPARATORS.split(written) if word and word != "无")


def _phone(reading: _Reading) -> str:
    written = reading.plain("phone")
    phone = parse_phone(written)
    if written and phone is None:
        reading.fault("phone", FaultCode.PHONE_INVALID)
    return phone or ""


def _team(reading: _Reading, teams: Collection[str]) -> str:
    """A resident must have a team: worklists and indicators go by it."""
    team = reading.text("team")
    if team in teams:
        return team
    nearest = _nearest(team, teams)
    if not team:
        reading.fault("team", FaultCode.UNKNOWN_TEAM, "missing")
    elif nearest:
        reading.fault("team", FaultCode.UNKNOWN_TEAM, "nearest", team=nearest)
    elif 0 < len(teams) <= MOST_TEAMS_NAMED:
        reading.fault("team", FaultCode.UNKNOWN_TEAM, "teams", teams="、".join(teams))
    else:
        reading.fault("team", FaultCode.UNKNOWN_TEAM)
    return ""


def _nearest(team: str, teams: Collection[str]) -> str:
    """The one team whose name is clearly nearest to a misspelt one; nothing where two are equally near."""
    likeness = sorted(
        ((difflib.SequenceMatcher(None, team, each).ratio(), each) for each in teams), reverse=True
    )
    if (
        not team
        or not likeness
        or likeness[0][0] < ALIKE
        or (len(likeness) > 1 and likeness[0][0] == likeness[1][0])
    ):
        return ""
    return likeness[0][1]


def _diagnoses(reading: _Reading) -> dict[str, date | None]:
    """Diseases with their date of diagnosis; a disease that is only a label has None and a warning."""
    diagnoses: dict[str, date | None] = {}
    for disease, label in (("hypertension", "高血压"), ("diabetes", "糖尿病")):
        day = reading.values[f"{disease}_on"]
        empty = not reading.text(f"{disease}_on")
        if day is None and empty and label in reading.values["groups"]:
            reading.fault(f"{disease}_on", FaultCode.DIAGNOSIS_DATE_MISSING)
        if day is not None or label in reading.values["groups"]:
            diagnoses[disease] = day
    return diagnoses


def _judge_among(reading: _Reading, seen: dict[str, int], standing: Mapping[str, Standing]) -> Verdict:
    """What the other rows and the database add."""
    number = reading.number
    if reading.number_is_valid:
        if number in seen:
            reading.fault("number", FaultCode.DUPLICATE_ID, other_row=seen[number])
        elif standing.get(number) is Standing.ELSEWHERE:
            reading.fault("number", FaultCode.REGISTERED_ELSEWHERE)
        seen.setdefault(number, reading.row.number)
    refused = any(not fault.is_warning for fault in reading.faults)
    return Verdict(reading.row.number, None if refused else _resident(reading), tuple(reading.faults))


def _resident(reading: _Reading) -> Resident:
    fields = Resident.__dataclass_fields__
    known: dict[str, Any] = {name: reading.values[name] for name in fields if name in reading.values}
    texts: dict[str, Any] = {
        name: reading.text(name) for name in ("name", "ethnicity", "address", "village", "doctor")
    }
    return Resident(row=reading.row.number, number=reading.number, **known, **texts)


def _remember(reading: _Reading, verdict: Verdict, numbers: Numbers) -> None:
    if not reading.number:
        return
    kept = numbers.refused if verdict.resident is None else numbers.accepted
    kept.setdefault(reading.number, verdict.row)
    if verdict.resident is not None:
        numbers.names[reading.number] = verdict.resident.name
