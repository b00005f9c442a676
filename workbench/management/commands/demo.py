"""`manage.py demo`: the demo alliance with its history, in an empty database."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError
from django.utils import timezone

from workbench import demo


def _whole(low: int, high: int) -> Any:
    def parse(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise ArgumentTypeError(f"not a whole number from {low} to {high}: {text!r}")
        return int(text)

    return parse


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"not a day like 2026-11-22: {text!r}") from None


class Command(BaseCommand):
    """Builds the demo alliance, refreshes its indicators, writes the list of sign-ins."""

    help = (
        "Build the demo alliance with people, visits and referrals. Refused (exit 1) on a database with residents. "
        "The same seed and day give the same rows; passwords are drawn anew and kept in the data folder."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Size, length, seed and day."""
        parser.add_argument("--residents", type=_whole(1, 200_000), default=2000, metavar="N")
        parser.add_argument(
            "--months", type=_whole(1, 60), default=12, metavar="M", help="length of the history"
        )
        parser.add_argument("--seed", default="1", metavar="S")
        parser.add_argument(
            "--today", type=_day, default=None, metavar="DATE", help="the last day of the history"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Build, and print what stands there now."""
        today = options["today"] or timezone.localdate()
        try:
            built = demo.build(
                residents=options["residents"], months=options["months"], seed=options["seed"], today=today
            )
        except demo.NotEmpty as refused:
            raise CommandError(str(refused), returncode=1) from refused
        except IntegrityError as clash:
            raise CommandError(f"Nothing was written: {clash}".strip(), returncode=1) from clash
        for table, rows in built.rows.items():
            self.stdout.write(f"{rows:>8} {table}")
        self.stdout.write(f"{built.cells:>8} indicator cells")
        self.stderr.write(f"The sign-ins stand in {built.sign_ins}.")
