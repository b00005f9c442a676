"""Somebody with two posts who stands in for a colleague on leave, so that the menu of posts has something to show."""

from datetime import date, timedelta
from typing import Final

from psycopg2.extras import DateRange

from alliances.models import Delegation, PractitionerRole, Role
from workbench.demo.alliance import Stage

#: A cardiologist of the hospital who sees patients at the centre too, as hospitals send specialists down.
_BOTH: Final = "yanghongmei"
_CENTRE: Final = ("nanquan", "慢病专科团队")
_AWAY: Final = "xumin"


def give(stage: Stage, *, today: date) -> None:
    """The second post, and the week in which she stands in for the endocrinologist."""
    both, away = stage.users[_BOTH], stage.users[_AWAY]
    team = stage.teams[_CENTRE]
    PractitionerRole.objects.create(
        user=both, role=Role.GENERAL_PRACTITIONER, organization=team.organization, care_team=team,
        period=DateRange(today - timedelta(days=120), None),
    )  # fmt: skip
    Delegation.objects.create(
        post=PractitionerRole.objects.get(user=away), delegator=away, delegate=both, created_by=away,
        period=DateRange(today - timedelta(days=2), today + timedelta(days=5)), reason="年休假",
    )  # fmt: skip
