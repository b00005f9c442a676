"""`manage.py verify_audit`: are the audit lines still those that were sealed?"""

from argparse import ArgumentParser
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from journal import verification
from journal.seals import NoKey


class Command(BaseCommand):
    """Exit 0 with what was checked, 1 with the first batch that does not hold, 2 without the key or on wrong usage."""

    help = (
        "Check the seals of the audit trail. Finds a line that was changed, removed or slipped in, and a seal that was "
        "changed or removed; names the first batch that does not hold."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The days and the file of seals noted outside."""
        day = date.fromisoformat
        parser.add_argument(
            "--from", dest="since", type=day, metavar="DAY", help="seals made from this day on"
        )
        parser.add_argument("--to", dest="until", type=day, metavar="DAY", help="seals made up to this day")
        parser.add_argument(
            "--heads",
            type=Path,
            metavar="FILE",
            default=Path(settings.SEAL_LOG) if settings.SEAL_LOG else None,
            help="where the newest seals were noted (default: YILIAN_SEAL_LOG)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, and say what was found."""
        until = options["until"]
        try:
            found = verification.verify(
                since=_begin(options["since"]),
                until=_begin(until + timedelta(days=1) if until else None),
                heads=verification.heads_in(options["heads"]) if options["heads"] else None,
            )
        except verification.Broken as broken:
            raise CommandError(str(broken), returncode=1) from broken
        except NoKey as missing:
            raise CommandError(str(missing), returncode=2) from missing
        except (OSError, ValueError) as fault:
            raise CommandError(f"{options['heads']}: {fault}", returncode=2) from fault
        self.stdout.write(
            f"{found.seals} batches hold: {found.rows} lines as they were sealed, "
            f"{found.retired} exported and retired, {found.unsealed} not sealed yet"
        )


def _begin(day: date | None) -> Any:
    return None if day is None else timezone.make_aware(timezone.datetime(day.year, day.month, day.day))  # type: ignore[attr-defined]
