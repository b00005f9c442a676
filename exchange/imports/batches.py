"""An uploaded roster on its way: checked, queued, imported or discarded.

The workbook lies sealed in its `ImportBatch` until it is imported, discarded or thirty days old. One import runs at a
time per organization: the running one holds an advisory lock of its database session, which a crash releases, so that
an interrupted import is recognised and can go on.
"""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import PurePath
from typing import Any, Final

import pghistory
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from alliances.models import Organization
from exchange.imports.registry import DatabaseRegistry
from exchange.imports.walk import Kept, Walk
from exchange.models import ImportBatch, ImportRow, ImportStatus
from exchange.roster.faults import Fault
from exchange.roster.report import SheetReport
from exchange.roster.workbook import Roster, RosterError, open_roster
from journal import audit
from patients.sealing import BrokenSeal, blind_index, seal, unseal

KEPT_FOR: Final = timedelta(days=30)
_LOCK_CLASS: Final = 0x59494D50  # any number that no other advisory lock of this database uses
_OPEN: Final = (ImportStatus.PREVIEWED, ImportStatus.QUEUED, ImportStatus.RUNNING, ImportStatus.FAILED)


class ImportRunningError(RuntimeError):
    """Another import of the same organization is running."""


class ImportEndedError(RuntimeError):
    """The batch is imported or discarded, or its workbook is gone."""


def check(content: bytes, organization: Organization, *, on: date, at: datetime) -> list[SheetReport]:
    """Judge a workbook against the database; writes nothing. Raises `RosterError` when it is refused as a whole."""
    return Walk(open_roster(content), DatabaseRegistry(organization), on, at).run()


def preview(
    content: bytes, file_name: str, organization: Organization, *, by: User | None, on: date, at: datetime
) -> ImportBatch:
    """Keep an uploaded workbook, sealed, with what was found in it. Raises `RosterError` and keeps nothing."""
    roster = open_roster(content)
    reports = Walk(roster, DatabaseRegistry(organization), on, at).run()
    with transaction.atomic():
        batch = ImportBatch.objects.create(
            organization=organization,
            uploaded_by=by,
            file_name=PurePath(file_name).name[:200],
            file_digest=hashlib.sha256(content).hexdigest(),
            file_sealed=seal(content),
            rows_total=sum(report.accepted + report.unchanged + report.rejected_rows for report in reports),
            report=_summary(reports),
        )
        _keep_faults(batch, roster, reports)
        audit.record("roster.preview", by=by, subject=batch, detail={"file": batch.file_digest})
    return batch


@transaction.atomic
def confirm(batch: ImportBatch, *, by: User | None) -> ImportBatch:
    """Queue a checked, failed or interrupted batch for import. Raises `ImportEndedError` for any other."""
    row = _locked(batch)
    if row.status not in _OPEN or row.file_sealed is None:
        raise ImportEndedError
    row.status, row.error = ImportStatus.QUEUED, ""
    row.save(update_fields=["status", "error"])
    audit.record("roster.confirm", by=by, subject=row)
    return row


@transaction.atomic
def discard(batch: ImportBatch, *, by: User | None, at: datetime) -> ImportBatch:
    """Throw a workbook away that shall not be imported. Raises `ImportEndedError` when it is or is being imported."""
    row = _locked(batch)
    if row.status not in (ImportStatus.PREVIEWED, ImportStatus.FAILED):
        raise ImportEndedError
    row.status, row.file_sealed, row.finished_at = ImportStatus.CANCELLED, None, at
    row.save(update_fields=["status", "file_sealed", "finished_at"])
    audit.record("roster.discard", by=by, subject=row)
    return row


def load(batch: ImportBatch, *, by: User | None, on: date, at: datetime) -> ImportBatch:
    """Import a queued batch, or go on with an interrupted one. An import that ended is returned as it is.

    Raises `ImportRunningError` when one of the organization runs already. A failure is written to the batch and
    raised; batches of rows that were kept before it stay, and loading again goes on behind them.
    """
    with _only_one(batch.organization_id):
        row = ImportBatch.objects.get(pk=batch.pk)
        if row.status in (ImportStatus.DONE, ImportStatus.CANCELLED) or row.file_sealed is None:
            return row
        row.status, row.rows_done, row.error = ImportStatus.RUNNING, 0, ""
        row.save(update_fields=["status", "rows_done", "error"])
        try:
            roster = open_roster(unseal(row.file_sealed))
            reports = _import(row, roster, by=by, on=on, at=at)
        except Exception as error:
            _fail(row, error, at)
            raise
        return _finish(row, roster, reports, by=by, at=at)


def import_now(
    content: bytes, file_name: str, organization: Organization, *, by: User | None, on: date, at: datetime
) -> list[SheetReport]:
    """Check and import in one go, for the command. The workbook is not kept; raises `RosterError`, `ImportRunningError`."""
    roster = open_roster(content)
    with _only_one(organization.pk):
        row = ImportBatch.objects.create(
            organization=organization,
            uploaded_by=by,
            file_name=PurePath(file_name).name[:200],
            file_digest=hashlib.sha256(content).hexdigest(),
            status=ImportStatus.RUNNING,
        )
        try:
            reports = _import(row, roster, by=by, on=on, at=at)
        except Exception as error:
            _fail(row, error, at)
            raise
        row.rows_total = sum(report.accepted + report.unchanged + report.rejected_rows for report in reports)
        row.save(update_fields=["rows_total"])
        _finish(row, roster, reports, by=by, at=at)
        return reports


def is_interrupted(batch: ImportBatch) -> bool:
    """Whether the batch says it is running while no session is running it."""
    return batch.status == ImportStatus.RUNNING and not _held(batch.organization_id)


def forget_uploads(*, at: datetime) -> int:
    """Delete workbooks that were kept for thirty days; returns how many."""
    old = ImportBatch.objects.filter(created_at__lt=at - KEPT_FOR, file_sealed__isnull=False)
    old.filter(status=ImportStatus.PREVIEWED).update(status=ImportStatus.CANCELLED, finished_at=at)
    return old.update(file_sealed=None)


def _locked(batch: ImportBatch) -> ImportBatch:
    return ImportBatch.objects.select_for_update().get(pk=batch.pk)


def _import(
    batch: ImportBatch, roster: Roster, *, by: User | None, on: date, at: datetime
) -> list[SheetReport]:
    """Walk and keep. The history of the archives that change says which import changed them, and whose it was."""
    agent = by.agent_name() if by is not None else ""
    with pghistory.context(action="roster.import", batch=str(batch.pk), agent=agent):
        return Walk(roster, DatabaseRegistry(batch.organization), on, at, by, _keeper(batch, by)).run()


def _keeper(batch: ImportBatch, by: User | None) -> Kept:
    """Progress and audit line of one batch of rows, within its transaction."""

    def keep(sheet: str, judged: int, written: int) -> None:
        total: dict[str, int] = batch.report.setdefault("written", {})
        total[sheet] = total.get(sheet, 0) + written
        batch.rows_done += judged
        batch.save(update_fields=["report", "rows_done"])
        if written:
            detail = {"sheet": sheet, "rows": written}
            audit.record("roster.import", by=by, subject=batch, detail=detail)

    return keep


def _finish(
    row: ImportBatch, roster: Roster, reports: list[SheetReport], *, by: User | None, at: datetime
) -> ImportBatch:
    """Set the result down and delete the workbook. What earlier, interrupted runs wrote counts as accepted."""
    written = row.report.get("written", {})
    for report in reports:
        report.unchanged += report.accepted - written.get(report.name, 0)
        report.accepted = written.get(report.name, 0)
    with transaction.atomic():
        row.report = _summary(reports) | {"written": written}
        row.status, row.rows_done, row.file_sealed, row.finished_at = (
            ImportStatus.DONE,
            row.rows_total,
            None,
            at,
        )
        row.save(update_fields=["report", "status", "rows_done", "file_sealed", "finished_at"])
        row.rows.all().delete()
        _keep_faults(row, roster, reports)
        audit.record("roster.done", by=by, subject=row, detail={"written": written})
    return row


def _fail(row: ImportBatch, error: Exception, at: datetime) -> None:
    """Say on the batch that it failed, in words that name no cell. A lost connection leaves it to be found interrupted."""
    if isinstance(error, RosterError | BrokenSeal):
        said = str(error)
    else:
        said = _(
            "The import stopped because of an error (%(kind)s). Whole batches were kept; import again to go on."
        )
        said %= {"kind": type(error).__name__}
    if connection.is_usable():
        ImportBatch.objects.filter(pk=row.pk).update(
            status=ImportStatus.FAILED, error=said[:300], finished_at=at
        )


def _summary(reports: Iterable[SheetReport]) -> dict[str, Any]:
    """The counts of a batch; the faults themselves are `ImportRow`s."""
    return {
        "sheets": [
            {
                "name": report.name,
                "header_row": report.header_row,
                "accepted": report.accepted,
                "unchanged": report.unchanged,
                "rejected": report.rejected_rows,
                "warned": len(
                    {fault.row for fault in report.warned} - {fault.row for fault in report.rejected}
                ),
                "codes": dict(report.by_code),
            }
            for report in reports
        ]
    }


def _keep_faults(batch: ImportBatch, roster: Roster, reports: Iterable[SheetReport]) -> None:
    sheets = (roster.archive, roster.visits)
    for sheet, report in zip(sheets, reports, strict=True):
        faulty = {fault.row for fault in report.faults}
        digests = {
            row.number: blind_index("import-row", batch.organization_id, *row.cells.values()).hex()
            for row in sheet.rows()
            if row.number in faulty
        }
        rows = (_fault_row(batch, report.name, fault, digests[fault.row]) for fault in report.faults)
        ImportRow.objects.bulk_create(rows, batch_size=2000)


def _fault_row(batch: ImportBatch, sheet: str, fault: Fault, digest: str) -> ImportRow:
    return ImportRow(
        batch=batch,
        sheet=sheet,
        row=fault.row,
        column=fault.column,
        fault=fault.code,
        message=fault.message[:300],
        rejected=not fault.is_warning,
        digest=digest,
    )


@contextmanager
def _only_one(organization_id: int) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK_CLASS, organization_id])
        if not cursor.fetchone()[0]:
            raise ImportRunningError
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK_CLASS, organization_id])


def _held(organization_id: int) -> bool:
    """Whether any session of this database holds the organization's import lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = %s AND objid = %s"
            " AND objsubid = 2 AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
            [_LOCK_CLASS, organization_id],
        )
        return bool(cursor.fetchone()[0])
