"""`manage.py export_audit YYYY-MM --output FILE`: a month of the audit trail as CSV, with a manifest beside it."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from workbench.trail import archive


def month(text: str) -> date:
    """The first day of the month YYYY-MM."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a month like 2026-11") from None


class Command(BaseCommand):
    """Every line of the month, all organizations; memory does not grow with their number."""

    help = (
        "Write a month of the audit trail to a CSV file (UTF-8 with mark, opens in a spreadsheet) and FILE.json with its "
        "SHA-256, the number of lines and the month's last seal. The export stands in the trail itself."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Month and file."""
        parser.add_argument("month", type=month, metavar="YYYY-MM")
        parser.add_argument("--output", type=Path, required=True, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write both files."""
        try:
            done = archive.write(options["month"], options["output"], at=timezone.now())
        except OSError as error:
            raise CommandError(f"{options['output']}: {error.strerror}") from error
        self.stdout.write(f"{done.rows} lines, sha256 {done.digest}")
