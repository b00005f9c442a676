"""Which posts need a second factor: the answer that accounts asks for."""

from django.utils import timezone

from accounts.models import User
from alliances.models import PractitionerRole
from alliances.permissions import ELEVATED


def holds_elevated_post(user: User) -> bool:
    """Whether any live post of the user is an elevated one, whichever post the user acts in at the moment."""
    posts = PractitionerRole.objects.live(on=timezone.localdate())
    return posts.filter(user_id=user.pk, role__in=ELEVATED).exists()
