"""What becomes of the population register when a centre becomes a part of another. Values computed for past days stay."""

from datetime import date

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from alliances.lifecycle import Event, Happening, Matter, Part, register
from performance.models import Population


def _lines(happening: Happening) -> QuerySet[Population]:
    """The register's lines that count on the day or later."""
    counts = Q(until__isnull=True) | Q(until__gt=happening.on)
    return Population.objects.filter(
        counts, organization=happening.organization, year__gte=happening.on.year
    ).order_by("pk")


def register_lines(happening: Happening) -> list[Matter]:
    """Lines of the register that go on in the successor's name."""
    return [Matter(_("lines of the population register"), _lines(happening).count())]


def follow(happening: Happening) -> None:
    """From the day on the register's people count at the successor: the rate's two parts change hands together."""
    begins = happening.on
    for line in _lines(happening).select_for_update():
        if _counted_before(line, begins):
            line.until = begins
            line.save(update_fields=["until"])
            line.pk, line._state.adding, line.until = None, True, None
        # One that lies ahead simply goes on, as an addition to the successor's own line.
        line.since = max(begins, line.since or begins)
        line.organization = happening.successor
        line.care_team_id = happening.teams.get(line.care_team_id or 0)
        line.save()


def _counted_before(line: Population, day: date) -> bool:
    return line.year == day.year and (line.since is None or line.since < day) and day > date(line.year, 1, 1)


def register_all() -> None:
    """Called once, when the app is ready. A closed organization's figures stay what they were."""
    register(Event.ORGANIZATION_MERGED, "performance", Part(None, register_lines, follow))
    register(Event.ORGANIZATION_CLOSED, "performance", Part())
