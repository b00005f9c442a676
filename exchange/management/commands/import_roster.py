"""`manage.py import_roster FILE --organization CODE`: a roster workbook into the database, a report to stdout."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from alliances.models import Organization
from exchange.imports import batches
from exchange.roster.report import SheetReport, as_json, as_workbook, lines_of
from exchange.roster.workbook import RosterError


class Command(BaseCommand):
    """Reads, judges and imports; exits 1 when the file, a sheet or a header is refused."""

    help = (
        "Import a roster workbook (sheets 居民档案 and 随访记录) for a community centre. Prints the report as JSON. "
        "Rejected rows do not stop the import; importing the same file again changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """File, organization and the two options."""
        parser.add_argument("file", type=Path, help="the workbook (.xlsx, .xls, .xlsb, .ods)")
        parser.add_argument("--organization", required=True, metavar="CODE", help="code of the centre")
        parser.add_argument("--dry-run", action="store_true", help="judge only, write nothing")
        parser.add_argument(
            "--report",
            type=Path,
            metavar="FILE",
            help="also write the report here: a workbook for .xlsx, else JSON",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import one workbook."""
        organization = Organization.objects.filter(code=options["organization"]).first()
        if organization is None:
            raise CommandError(f"no organization has the code {options['organization']!r}", returncode=2)
        reports = self._import(options["file"], organization, dry_run=options["dry_run"])
        text = json.dumps(as_json(reports), ensure_ascii=False, indent=1)
        if options["report"] is not None:
            _write(options["report"], reports, text)
        self.stdout.write(text)

    def _import(self, path: Path, organization: Organization, *, dry_run: bool) -> list[SheetReport]:
        now = timezone.now()
        today = timezone.localdate(now)
        try:
            content = path.read_bytes()
            if dry_run:
                return batches.check(content, organization, on=today, at=now)
            return batches.import_now(content, path.name, organization, by=None, on=today, at=now)
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        except RosterError as error:
            raise CommandError(f"{path}: {error}") from error
        except batches.ImportRunningError as error:
            raise CommandError("an import of this organization is running; wait for it to end") from error


def _write(path: Path, reports: list[SheetReport], text: str) -> None:
    try:
        if path.suffix.lower() == ".xlsx":
            path.write_bytes(as_workbook({report.name: lines_of(report) for report in reports}))
        else:
            path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
