"""Accounts and their secrets, as administrators handle them: made, reset, closed, opened again."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import lockout, notes, policy, second_factor, sessions, tokens
from accounts.models import User
from journal import audit
from journal.audit import Agent


class UserNameTaken(ValueError):
    """Somebody else signs in with this name."""

    def __init__(self) -> None:
        super().__init__(_("This user name is taken."))


@transaction.atomic
def new_user(*, username: str, name: str, email: str = "", phone: str = "", by: Agent) -> tuple[User, str]:
    """A new account and its initial password, the only readable copy. Nothing opens before the person has changed it.

    Raises UserNameTaken.
    """
    password = policy.initial_password()
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                username, password, name=name, email=email, phone=phone, password_initial=True
            )
    except IntegrityError:
        raise UserNameTaken from None
    audit.record("user.create", by=by, subject=user)
    return user, password


@transaction.atomic
def reset_password(user: User, *, by: Agent) -> str:
    """A new initial password, the only readable copy. Sessions and tokens end, a lock is lifted, the person is told."""
    locked = _locked(user)
    password = policy.initial_password()
    locked.set_password(password)
    locked.password_initial, locked.password_changed_at = True, timezone.now()
    locked.save(update_fields=["password", "password_initial", "password_changed_at"])
    shut_out(locked)
    lockout.admitted(locked.username)
    audit.record("user.password_reset", by=by, subject=locked)
    notes.password_reset(locked, by=by)
    return password


@transaction.atomic
def reset_second_factor(user: User, *, by: Agent) -> None:
    """Take the device and the recovery codes away: the phone is lost. Sessions and tokens end, the person is told."""
    locked = _locked(user)
    second_factor.remove(locked)
    shut_out(locked)
    audit.record("second_factor.reset", by=by, subject=locked)
    notes.second_factor_reset(locked, by=by)


@transaction.atomic
def close(user: User, *, by: Agent, at: datetime) -> None:
    """The person may no longer sign in; sessions and tokens end now. A second time changes nothing."""
    locked = _locked(user)
    if not locked.is_active:
        return
    locked.is_active = False
    locked.save(update_fields=["is_active"])
    shut_out(locked, at=at)
    audit.record("user.close", by=by, subject=locked)


@transaction.atomic
def reopen(user: User, *, by: Agent) -> None:
    """A closed account may sign in again, with the password it had. A second time changes nothing."""
    locked = _locked(user)
    if locked.is_active:
        return
    locked.is_active = True
    locked.save(update_fields=["is_active"])
    audit.record("user.reopen", by=by, subject=locked)


@transaction.atomic
def change_password(user: User, password: str, *, keep_session: str | None) -> None:
    """The person's own new password, judged by the form before. All other sessions and all tokens end."""
    locked = _locked(user)
    locked.set_password(password)
    locked.password_initial, locked.password_changed_at = False, timezone.now()
    locked.save(update_fields=["password", "password_initial", "password_changed_at"])
    shut_out(locked, keep_session=keep_session)
    audit.record("user.password_change", by=locked, subject=locked)


def _locked(user: User) -> User:
    """The user's row as it is now, ours until the transaction ends."""
    return User.objects.select_for_update().get(pk=user.pk)


def shut_out(user: User, *, keep_session: str | None = None, at: datetime | None = None) -> None:
    """End the user's sessions, but the one with the key `keep_session`, and tokens, as a part of something larger."""
    sessions.end_all(user, keep=keep_session)
    tokens.revoke_all(user, at=at or timezone.now())
