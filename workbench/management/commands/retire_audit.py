"""`manage.py retire_audit --archive FOLDER`: export, verify and drop months that are older than what is kept."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from journal import audit, retention, seals
from journal.verification import Broken
from workbench.trail import archive


class Command(BaseCommand):
    """Run monthly by the operator's own scheduler, with DATABASE_OWNER_URL: the web role cannot drop a month."""

    help = (
        f"Months older than YILIAN_AUDIT_MONTHS ({settings.AUDIT_MONTHS}) leave the database: each is written to the "
        "archive folder with a manifest, its seals are verified, and only then its partition is dropped."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where the files go."""
        parser.add_argument("--archive", type=Path, required=True, metavar="FOLDER")
        parser.add_argument("--dry-run", action="store_true", help="only name the months")

    def handle(self, *args: Any, **options: Any) -> None:
        """The oldest month first; the first that must stay ends the run with exit 1."""
        now = timezone.now()
        today = timezone.localdate(now)
        found = retention.due(today)
        if not found:
            self.stderr.write("No month is older than what is kept.")
        if found and not options["dry_run"]:
            seals.seal_all(at=now)
        for month in found:
            if options["dry_run"]:
                self.stdout.write(f"{month:%Y-%m}")
                continue
            file = options["archive"] / f"audit-{month:%Y-%m}.csv"
            try:
                done = archive.write(month, file, at=now)
                retention.retire(month, rows=done.rows, digest=done.digest, today=today, at=now)
            except (retention.NotYet, Broken, seals.NoKey, OSError, DatabaseError) as why:
                raise CommandError(f"{month:%Y-%m} stays: {why}") from why
            detail = {"month": f"{month:%Y-%m}", "rows": done.rows, "file": file.name}
            audit.record("trail.retire", by=None, detail=detail)
            self.stdout.write(f"{month:%Y-%m}: {done.rows} lines → {file}, sha256 {done.digest}")
