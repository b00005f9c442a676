"""`manage.py rollup`: refresh the indicator values, or recompute them."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from performance import rollup
from performance.months import period


class Command(BaseCommand):
    help = "Refresh indicator values from the change feed; with --full or --period recompute them whole."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--period", metavar="YYYY|YYYY-MM", help="recompute the months of a year, or one month"
        )
        parser.add_argument("--full", action="store_true", help="recompute every month of the kept years")

    def handle(self, *args: Any, **options: Any) -> None:
        on = timezone.localdate()
        if options["period"]:
            try:
                months = period(options["period"], on=on)
            except ValueError:
                raise CommandError(
                    f"--period {options['period']}: not YYYY or YYYY-MM", returncode=2
                ) from None
            if not months:
                raise CommandError(f"--period {options['period']} has not begun", returncode=1)
            done = rollup.of_months(months)
        else:
            done = rollup.full(on=on) if options["full"] else rollup.refresh(on=on)
        self.stdout.write(
            f"{done.cells} cells recomputed, {done.changed} changed, {done.seconds:.2f} seconds"
        )
