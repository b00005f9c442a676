"""`manage.py nanquan --year YYYY`: the published tables of the Nanquan centre, out of the real rollup over real rows."""

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.db.models import Sum

from journal.templatetags.yl import percent
from performance import nanquan, rollup, temporary
from performance.models import IndicatorValue

CODES = ("htn-standard-managed", "dm-standard-managed", "htn-followups", "dm-followups")


class Command(BaseCommand):
    help = "Rebuild a published year of the Nanquan centre in a temporary database and print its indicators as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--year", type=int, required=True, metavar="YYYY")

    def handle(self, *args: Any, **options: Any) -> None:
        year = options["year"]
        if year not in nanquan.PUBLISHED:
            known = ", ".join(str(one) for one in nanquan.PUBLISHED)
            raise CommandError(f"Nothing was published for {year}; there are {known}.", returncode=1)
        try:
            with temporary.database("nanquan") as name:
                self.stderr.write(f"Building {year} in the temporary database {name}.")
                nanquan.build(year)
                rollup.full(on=date(year, 12, 31))
                answer = {"year": year, "indicators": _indicators(year)}
        except DatabaseError as fault:
            raise CommandError(f"The temporary database failed: {fault}".strip(), returncode=1) from fault
        self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=1))


def _indicators(year: int) -> dict[str, dict[str, Any]]:
    """The year's last month, summed over the teams."""
    cells = IndicatorValue.objects.filter(month=date(year, 12, 1), indicator__in=CODES)
    sums = cells.values("indicator").annotate(n=Sum("numerator"), d=Sum("denominator"))
    found = {row["indicator"]: (row["n"], row["d"]) for row in sums}
    return {code: _figures(*found.get(code, (0, 0))) for code in CODES}


def _figures(numerator: int, denominator: int) -> dict[str, Any]:
    rate = percent(numerator, denominator)
    return {"numerator": numerator, "denominator": denominator, "rate": None if rate is None else float(rate)}
