"""One walk through a workbook: judge every row, compare with the database, and (when writing) keep it batch by batch.

The preview, the dry run and the import walk the same way, so that they cannot disagree. Each batch is one transaction
with its audit line and its progress: an import that is interrupted leaves whole batches, and the next walk finds
their rows unchanged.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Final

from django.db import transaction

from accounts.models import User
from exchange.imports import residents, visits
from exchange.imports.known import people
from exchange.imports.registry import DatabaseRegistry
from exchange.roster.archive import Numbers, judge_archive
from exchange.roster.faults import Fault
from exchange.roster.report import SheetReport
from exchange.roster.visits import Visit, judge_visits
from exchange.roster.workbook import Roster
from journal import audit

PEOPLE: Final = 500  # persons whose visits are one transaction

# Called within the transaction of each batch: the sheet, rows judged and rows written.
Kept = Callable[[str, int, int], None]


@dataclass(slots=True)
class Walk:
    """A walk as of day `on`. With `keep` the accepted rows are written; without it nothing is."""

    roster: Roster
    registry: DatabaseRegistry
    on: date
    at: datetime
    by: User | None = None
    keep: Kept | None = None
    _numbers: Numbers = field(default_factory=Numbers)

    def run(self) -> list[SheetReport]:
        """Walk both sheets, the archive first, and report."""
        reports = [self._archive(), self._visits()]
        if self.keep:
            self._book_first()
        return reports

    def _transaction(self) -> AbstractContextManager[object]:
        return transaction.atomic() if self.keep else nullcontext()

    def _archive(self) -> SheetReport:
        sheet = self.roster.archive
        report = SheetReport(sheet.layout.name, sheet.header_row)
        for verdicts in judge_archive(sheet, self.registry, self._numbers, on=self.on):
            report.faults += [fault for verdict in verdicts for fault in verdict.faults]
            accepted = [verdict.resident for verdict in verdicts if verdict.resident]
            with self._transaction():
                plans = residents.plan(accepted, self.registry, on=self.on, lock=self.keep is not None)
                written = sum(made.changes for made in plans)
                if self.keep:
                    residents.write(plans, self.registry, on=self.on, by=self.by)
                    self.keep(report.name, len(verdicts), written)
            report.accepted += written
            report.unchanged += len(plans) - written
            report.faults += [warning for made in plans for warning in made.warnings]
        return _in_order(report)

    def _visits(self) -> SheetReport:
        sheet = self.roster.visits
        report = SheetReport(sheet.layout.name, sheet.header_row)
        by_number: dict[str, list[Visit]] = defaultdict(list)
        for verdicts in judge_visits(sheet, self.registry, self._numbers, on=self.on):
            report.faults += [fault for verdict in verdicts for fault in verdict.faults]
            for verdict in verdicts:
                if verdict.visit:
                    by_number[verdict.visit.number].append(verdict.visit)
        for numbers in _chunks(list(by_number), PEOPLE):
            with self._transaction():
                self._visits_of({number: by_number[number] for number in numbers}, report)
        return _in_order(report)

    def _book_first(self) -> None:
        """Whoever is managed and was never visited gets a first follow-up, so that nobody falls out of sight."""
        for numbers in _chunks(list(self._numbers.accepted), PEOPLE):
            with self._transaction():
                here = self.registry.patients_here(numbers)
                booked = visits.book_first(here.values(), on=self.on)
                if booked:
                    organization = self.registry.organization.pk
                    audit.record(
                        "roster.book-first", by=self.by, organization_id=organization, detail={"rows": booked}
                    )

    def _visits_of(self, by_number: dict[str, list[Visit]], report: SheetReport) -> None:
        patient_of = self.registry.patients_here(by_number)
        persons = people(patient_of.values(), lock=self.keep is not None)
        known = {number: persons[patient] for number, patient in patient_of.items()}
        plans = {number: visits.plan(rows, known.get(number)) for number, rows in by_number.items()}
        written = sum(len(made.new) for made in plans.values())
        if self.keep:
            visits.write(((known[number], made) for number, made in plans.items()), at=self.at)
            self.keep(report.name, sum(map(len, by_number.values())), written)
        report.accepted += written
        report.unchanged += sum(made.there for made in plans.values())
        report.faults += [fault for made in plans.values() for fault in made.faults]


def _in_order(report: SheetReport) -> SheetReport:
    report.faults.sort(key=_row)
    return report


def _row(fault: Fault) -> int:
    return fault.row


def _chunks(items: Sequence[str], size: int) -> Iterator[list[str]]:
    walk = iter(items)
    while chunk := list(islice(walk, size)):
        yield chunk
