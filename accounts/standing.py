"""How the accounts on a list stand: who has a second factor, whose name is locked. Two statements for any number."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import lockout
from accounts.models import User


@dataclass(frozen=True)
class AccountStanding:
    """What a list tells about an account beside its own columns."""

    second_factor: bool
    locked: bool


def standing_of(users: Iterable[User], *, at: datetime) -> dict[int, AccountStanding]:
    """The standing of each user by key."""
    rows = list(users)
    devices = TOTPDevice.objects.filter(user__in=rows, confirmed=True)
    enrolled = set(devices.values_list("user_id", flat=True))
    locked = lockout.locked_names((user.username for user in rows), at=at)
    return {user.pk: AccountStanding(user.pk in enrolled, user.username in locked) for user in rows}
