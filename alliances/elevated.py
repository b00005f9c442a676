"""Which posts need a second factor: the answer that accounts asks for."""

from django.utils import timezone

from accounts.models import User
from alliances.models import Role
from alliances.permissions import ELEVATED
from alliances.scope import posts_of


def holds_elevated_post(user: User) -> bool:
    """Whether any live post of the user is an elevated one, whichever post the user acts in at the moment.

    The lead of a team has a second factor; whoever stands in for the lead has the same access and needs one too.
    """
    return any(Role(post.role) in ELEVATED for post in posts_of(user, on=timezone.localdate()))
