"""The published tables of the Nanquan centre come out of the rollup over rows."""

import json
from datetime import date
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Sum

from performance import nanquan, rollup
from performance.models import IndicatorValue
from performance.nanquan import Counts, visits_of

# Managed, standard-managed, printed rate, follow-ups: facts 6.2 and the centre's own report.
PUBLISHED = {
    2021: {"htn": (4278, 2567, 60.00, 13689), "dm": (1590, 954, 60.00, 5262)},
    2022: {"htn": (5410, 3302, 61.03, 17475), "dm": (1880, 1148, 61.06, 6694)},
    2023: {"htn": (5631, 3975, 70.60, 21901), "dm": (2065, 1456, 70.50, 8199)},
}


@pytest.mark.parametrize("year", [2022, 2023])
def test_the_rollup_over_the_built_rows_gives_the_published_counts(db: None, year: int) -> None:
    nanquan.build(year)
    rollup.full(on=date(year, 12, 31))
    cells = IndicatorValue.objects.filter(month=date(year, 12, 1))
    sums = {
        row["indicator"]: row
        for row in cells.values("indicator").annotate(n=Sum("numerator"), d=Sum("denominator"))
    }
    for prefix, (managed, standard, rate, visits) in PUBLISHED[year].items():
        found = sums[f"{prefix}-standard-managed"]
        assert (found["n"], found["d"]) == (standard, managed)
        assert abs(found["n"] * 100 / found["d"] - rate) <= 0.02
        assert (sums[f"{prefix}-followups"]["n"], sums[f"{prefix}-followups"]["d"]) == (visits, managed)


def test_the_command_works_in_a_database_of_its_own_and_drops_it(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A tenth of 2021, so that the test is short; the whole year is the command's own business."""
    small = (Counts(428, 257, 1369), Counts(159, 95, 526))
    monkeypatch.setitem(nanquan.PUBLISHED, 2021, small)
    here = connection.settings_dict["NAME"]
    before = _databases()
    call_command("nanquan", "--year", "2021")
    told = json.loads(capsys.readouterr().out)
    assert told["year"] == 2021
    assert told["indicators"]["htn-standard-managed"] == {"numerator": 257, "denominator": 428, "rate": 60.05}
    assert told["indicators"]["dm-followups"] == {"numerator": 526, "denominator": 159, "rate": 330.82}
    assert connection.settings_dict["NAME"] == here
    assert _databases() == before


def test_the_database_is_dropped_when_building_fails(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _databases()

    def broken(year: int) -> None:
        raise RuntimeError("no population")

    monkeypatch.setattr(nanquan, "build", broken)
    with pytest.raises(RuntimeError):
        call_command("nanquan", "--year", "2021")
    assert _databases() == before


def test_a_year_that_was_not_published_is_refused_with_the_reason() -> None:
    with pytest.raises(CommandError, match="2020") as refused:
        call_command("nanquan", "--year", "2020")
    assert refused.value.returncode == 1


@pytest.mark.parametrize(
    "counts", [Counts(10, 6, 40), Counts(10, 10, 40), Counts(10, 0, 0), Counts(10, 0, 55)]
)
def test_visits_are_spread_so_that_both_totals_come_out(counts: Counts) -> None:
    spread = list(visits_of(counts, Random(1)))
    assert len(spread) == counts.managed
    assert sum(seen + called for seen, called in spread) == counts.visits
    assert sum(seen >= 4 for seen, _ in spread) == counts.standard


def test_counts_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be"):
        list(visits_of(Counts(10, 6, 23), Random(1)))


def _databases() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        return {row[0] for row in cursor.fetchall()}
