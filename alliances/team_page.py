"""What the apps above know about a team and this one may not ask: how many residents it has, and what its page adds.

Each app above registers in `AppConfig.ready()`. A panel is drawn by the app it belongs to, for the person who looks.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from datetime import date

from django.utils.safestring import SafeString

from accounts.models import User
from alliances.models import CareTeam

Residents = Callable[[Collection[int]], Mapping[int, int]]
Panel = Callable[[CareTeam, User, date], SafeString]

_residents: dict[str, Residents] = {}
_panels: dict[str, Panel] = {}


def register(app: str, *, residents: Residents, panel: Panel) -> None:
    """Have an app count the residents of teams and draw its part of a team's page."""
    _residents[app], _panels[app] = residents, panel


def residents_of(team_ids: Collection[int]) -> Mapping[int, int]:
    """How many residents each team has; a team that has none may be left out."""
    found: Counter[int] = Counter()
    for count in _residents.values():
        found.update(count(team_ids))
    return found


def panels(team: CareTeam, user: User, *, on: date) -> list[SafeString]:
    """What the apps above add to the page of a team that the caller has found within the user's scope."""
    return [panel(team, user, on) for panel in _panels.values()]
