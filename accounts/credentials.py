"""Accounts of people: made with a password to hand over, reset, closed and opened again."""

import secrets
from datetime import datetime
from typing import Final

from django.db import transaction

from accounts.models import User
from journal import audit

_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # none that are taken for another


def _drawn() -> str:
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


@transaction.atomic
def new_user(*, username: str, name: str, email: str = "", phone: str = "", by: User) -> tuple[User, str]:
    """A new account and its initial password, readable only now."""
    password = _drawn()
    user = User.objects.create_user(username, password, name=name, email=email, phone=phone)
    audit.record("user.create", by=by, subject=user)
    return user, password


@transaction.atomic
def reset_password(user: User, *, by: User) -> str:
    """A new initial password."""
    password = _drawn()
    user.set_password(password)
    user.save(update_fields=["password"])
    audit.record("user.reset_password", by=by, subject=user)
    return password


@transaction.atomic
def reset_second_factor(user: User, *, by: User) -> None:
    """Forget the second factor."""
    audit.record("user.reset_second_factor", by=by, subject=user)


@transaction.atomic
def close(user: User, *, by: User, at: datetime) -> None:
    """Close the account."""
    user.is_active = False
    user.save(update_fields=["is_active"])
    audit.record("user.close", by=by, subject=user, detail={"at": at.isoformat()})


@transaction.atomic
def reopen(user: User, *, by: User) -> None:
    """Open a closed account again."""
    user.is_active = True
    user.save(update_fields=["is_active"])
    audit.record("user.reopen", by=by, subject=user)
