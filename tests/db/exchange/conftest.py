from datetime import date

import pytest

from alliances.models import CareTeam
from exchange.imports import batches
from tests.rosters import roster_of
from tests.world import World, at, committed_world, world  # noqa: F401

ON = date(2026, 11, 22)
NOW = at("2026-11-22T09:00:00")


@pytest.fixture
def nanquan(world: World) -> World:  # noqa: F811
    """The small alliance with the five area teams that the sample roster names."""
    for at_, which in enumerate("三四五", start=3):
        CareTeam.objects.create(organization=world.centre, code=f"t{at_}", name=f"第{which}片区团队")
    return world


@pytest.fixture
def load(nanquan):
    """Import a roster of the given residents and visits into the centre, as of 2026-11-22; returns the two sheet reports."""

    def run(residents=(), visits=(), *, content=None, organization=None, on=ON):
        return batches.import_now(
            content or roster_of(residents, visits),
            "roster.xlsx",
            organization or nanquan.centre,
            by=None,
            on=on,
            at=NOW,
        )

    return run
