"""Judging the rows of the visit sheet: each is a visit that can be written, or a list of faults."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any, Final

from exchange.roster import cells
from exchange.roster.archive import BATCH, Numbers, Registry, Standing, labels, range_detail, rounded
from exchange.roster.faults import Fault, FaultCode
from exchange.roster.layout import LONGEST_MEDICINE, VISITS
from exchange.roster.vocabulary import ADHERENCE, MEDICINE_SEPARATORS, METHODS, SYMPTOMS, YES_NO
from exchange.roster.workbook import RosterSheet, Row
from patients.identifiers import ResidentNumberError, lengthen
from patients.readings import READINGS

MEASURES: Final = ("systolic", "diastolic", "heart_rate", "fasting_glucose", "weight")


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit row as the product understands it. `readings` holds what was measured, in our units."""

    row: int
    number: str
    visited_on: date
    method: str
    readings: Mapping[str, Decimal]
    symptoms: tuple[str, ...]
    other_symptoms: tuple[str, ...]
    adherence: str
    adverse_reaction: bool
    answered_none: tuple[str, ...]
    medicines: tuple[str, ...]
    doctor: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judged row: the visit when it may be written, and its faults and warnings."""

    row: int
    visit: Visit | None
    faults: tuple[Fault, ...]


def judge_visits(
    sheet: RosterSheet, registry: Registry, numbers: Numbers, *, on: date
) -> Iterator[list[Verdict]]:
    """Judge the sheet as it stands on day `on`, batch by batch. `numbers` tells what the archive sheet held."""
    rows = sheet.rows()
    while batch := list(islice(rows, BATCH)):
        judged = [_judge_alone(row, on) for row in batch]
        strangers = {
            reading.number for reading in judged if reading.number and not _in_file(reading.number, numbers)
        }
        standing = registry.standing(strangers) if strangers else {}
        for reading in judged:
            _judge_person(reading, numbers, standing)
        yield [_verdict(reading) for reading in judged]


class _Reading:
    """One row while it is being judged."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.number = _number(row)
        self.visited_on: date | None = None
        self.readings: dict[str, Decimal] = {}
        self.words: dict[str, str] = {}
        self.faults: list[Fault] = []

    def text(self, field: str) -> str:
        return cells.text(self.row.cells[field])

    def plain(self, field: str) -> str:
        return cells.plain(self.row.cells[field])

    def fault(self, field: str, code: FaultCode, detail: str = "", **params: Any) -> None:
        self.faults.append(Fault(self.row.number, VISITS.heading(field), code, detail, params))


def _number(row: Row) -> str:
    """The number as the archive sheet's are kept: 15 digits become 18. A wrong one will be found in no archive."""
    number = cells.plain(row.cells["number"]).upper().replace(" ", "")
    if len(number) == 15:
        try:
            return lengthen(number)
        except ResidentNumberError:
            return number
    return number


def _judge_alone(row: Row, on: date) -> _Reading:
    reading = _Reading(row)
    if not reading.number:
        reading.fault("number", FaultCode.MISSING_ID)
    _read_day(reading, on)
    _read_words(reading)
    for name in MEASURES:
        _read_measure(reading, name)
    _compare_pressures(reading)
    return reading


def _read_day(reading: _Reading, on: date) -> None:
    try:
        day = cells.day(reading.row.cells["visited_on"])
    except cells.UnreadableCellError:
        reading.fault("visited_on", FaultCode.BAD_DATE)
        return
    if day is None:
        reading.fault("visited_on", FaultCode.MISSING_VISIT_DATE)
    elif day > on:
        reading.fault("visited_on", FaultCode.FUTURE_VISIT)
    reading.visited_on = day


def _read_words(reading: _Reading) -> None:
    for field, choices in (("method", METHODS), ("adherence", ADHERENCE), ("adverse_reaction", YES_NO)):
        word = reading.plain(field)
        needed = field == "method"
        if (word or needed) and word not in choices:
            reading.fault(field, FaultCode.UNKNOWN_VALUE, choices="、".join(choices))
        reading.words[field] = choices.get(word, "")
    if len(reading.text("doctor")) > VISITS.longest["doctor"]:
        reading.fault("doctor", FaultCode.TEXT_TOO_LONG, limit=VISITS.longest["doctor"])
    if any(len(part) > LONGEST_MEDICINE for part in medicines(reading.text("medicines"))):
        reading.fault("medicines", FaultCode.TEXT_TOO_LONG, limit=LONGEST_MEDICINE)


def medicines(written: str) -> tuple[str, ...]:
    """The medicines of a cell, one text each with name and dose."""
    return tuple(part.strip() for part in MEDICINE_SEPARATORS.split(written) if part.strip())


def _read_measure(reading: _Reading, name: str) -> None:
    try:
        value = cells.number(reading.row.cells[name])
    except cells.UnreadableCellError:
        reading.fault(name, FaultCode.BAD_NUMBER)
        return
    if value is None:
        return
    # Rounded as it will be stored, so that what is compared here is what the table compares.
    reading.readings[name] = rounded(name, value)
    if not READINGS[name].possible(value):
        detail, params = range_detail(name, value)
        code = FaultCode.SBP_IMPOSSIBLE if name == "systolic" else FaultCode.VALUE_OUT_OF_RANGE
        reading.fault(name, code, detail, **params)


def _compare_pressures(reading: _Reading) -> None:
    """Both pressures or neither; an impossible one proves nothing about the other."""
    systolic, diastolic = reading.readings.get("systolic"), reading.readings.get("diastolic")
    if diastolic is None or any(fault.code is FaultCode.SBP_IMPOSSIBLE for fault in reading.faults):
        return
    if systolic is None:
        if not reading.text("systolic"):
            reading.fault("systolic", FaultCode.SBP_IMPOSSIBLE, "missing")
    elif diastolic >= systolic:
        reading.fault("diastolic", FaultCode.DBP_ABOVE_SBP)


def _in_file(number: str, numbers: Numbers) -> bool:
    return number in numbers.accepted or number in numbers.refused


def _judge_person(reading: _Reading, numbers: Numbers, standing: Mapping[str, Standing]) -> None:
    """Whose visit it is: an accepted row of this file first, a refused one next, then the database."""
    number = reading.number
    if number in numbers.accepted:
        name = reading.text("name")
        if name and name != numbers.names[number]:
            reading.fault("name", FaultCode.NAME_DIFFERS)
    elif number in numbers.refused:
        reading.fault("number", FaultCode.PATIENT_ROW_REJECTED, other_row=numbers.refused[number])
    elif standing.get(number) is Standing.ELSEWHERE:
        reading.fault("number", FaultCode.REGISTERED_ELSEWHERE)
    elif number and number not in standing:
        reading.fault("number", FaultCode.UNKNOWN_PATIENT)


def _answered_none(reading: _Reading) -> Iterator[str]:
    """The questions whose cell says 无; an empty cell was not answered."""
    if reading.plain("symptoms") == "无":
        yield "symptoms"
    if reading.words["adverse_reaction"] == "no":
        yield "adverse_reaction"


def _verdict(reading: _Reading) -> Verdict:
    row, faults = reading.row.number, tuple(reading.faults)
    if reading.visited_on is None or any(not fault.is_warning for fault in faults):
        return Verdict(row, None, faults)
    words = labels(reading.plain("symptoms"))
    symptoms = tuple(dict.fromkeys(SYMPTOMS.get(word, "other") for word in words))
    visit = Visit(
        row=row,
        number=reading.number,
        visited_on=reading.visited_on,
        method=reading.words["method"],
        readings=reading.readings,
        symptoms=symptoms,
        other_symptoms=tuple(word for word in words if word not in SYMPTOMS),
        adherence=reading.words["adherence"],
        adverse_reaction=reading.words["adverse_reaction"] == "yes",
        answered_none=tuple(_answered_none(reading)),
        medicines=medicines(reading.text("medicines")),
        doctor=reading.text("doctor"),
    )
    return Verdict(row, visit, faults)
