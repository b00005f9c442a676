from dataclasses import dataclass

import pytest

from exchange.roster.archive import Numbers, judge_archive
from exchange.roster.visits import judge_visits
from exchange.roster.workbook import open_roster
from tests.rosters import ON, PaperRegistry, roster_of


@dataclass
class Judged:
    archive: list
    visits: list

    def faults(self, sheet="archive"):
        return [(fault.row, fault.code.value) for verdict in getattr(self, sheet) for fault in verdict.faults]


@pytest.fixture
def registry():
    return PaperRegistry()


@pytest.fixture
def judge(registry):
    """Judge a workbook, or a roster of the given residents and visits, as it stands on 2026-11-22."""

    def run(residents=(), visits=(), *, content=None):
        roster, numbers = open_roster(content or roster_of(residents, visits)), Numbers()
        archive = [v for batch in judge_archive(roster.archive, registry, numbers, on=ON) for v in batch]
        found = [v for batch in judge_visits(roster.visits, registry, numbers, on=ON) for v in batch]
        return Judged(archive, found)

    return run
