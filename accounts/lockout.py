"""Who was refused too often waits: django-axes, in the database, for the page and the interface for systems together.

Refusals are counted by user name (5, then half an hour) and by address with a higher limit of its own, because a whole
hospital may sit behind one address. Names are stored as keyed digests: people type passwords into the wrong field.
Nothing here depends on whether an account of the name exists.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from axes.utils import reset
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.db import transaction
from django.db.models import Max, QuerySet, Sum
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import User
from journal import audit
from journal.audit import Agent

Attempts = QuerySet[AccessAttempt]


def address_of(request: HttpRequest) -> str | None:
    """The peer's address, the one the audit trail notes: never a forwarded header, which may be forged."""
    return request.META.get("REMOTE_ADDR") or None


def stored_name(_request: HttpRequest | None, credentials: dict[str, Any] | None) -> str | None:
    """How axes stores the name that was typed."""
    name = (credentials or {}).get("username")
    return _stored(name) if name else None


def _stored(name: str) -> str:
    return salted_hmac("accounts.lockout", name, algorithm="sha256").hexdigest()


class Handler(AxesDatabaseHandler):
    """Axes' own, with a limit of its own for addresses, and a line in the audit trail for every lock."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """Refusals of the name; as many as the limit where the address has reached its own."""
        by_name, by_address = (_refusals(rows) for rows in self.get_user_attempts(request, credentials))
        locked = by_address >= settings.LOCK_ADDRESS_REFUSALS
        return max(by_name, settings.AXES_FAILURE_LIMIT) if locked else by_name

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **more: Any
    ) -> None:
        """Count the refusal; write down the one that locks."""
        was_locked = getattr(request, "axes_locked_out", False)
        super().user_login_failed(sender, credentials, request, **more)
        if was_locked or not getattr(request, "axes_locked_out", False):
            return
        minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
        known = User.objects.filter(username=credentials.get("username") or "").first()
        audit.record("user.lock", by=None, subject=known, detail={"minutes": minutes})


def wait(request: HttpRequest, name: str) -> timedelta | None:
    """How long the name has to wait before it may try again from where the request comes; None: it need not."""
    now = timezone.now()
    ends = [
        _lock_ends(_recent(now).filter(username=_stored(name)), settings.AXES_FAILURE_LIMIT),
        _lock_ends(_recent(now).filter(ip_address=address_of(request)), settings.LOCK_ADDRESS_REFUSALS),
    ]
    latest = max((end for end in ends if end is not None), default=None)
    return None if latest is None else max(latest - now, timedelta(seconds=1))


def refused(request: HttpRequest, name: str) -> None:
    """Count a refusal of a secret that Django's authentication has not seen (a system's)."""
    user_login_failed.send(sender=__name__, credentials={"username": name}, request=request)


def admitted(name: str) -> None:
    """Forget the refusals of a name that knew its secret; its address keeps those of others."""
    reset(username=_stored(name))


def locked_until(user: User, *, at: datetime) -> datetime | None:
    """Until when the user's own name is locked; None when it is not."""
    return _lock_ends(_recent(at).filter(username=_stored(user.username)), settings.AXES_FAILURE_LIMIT)


@transaction.atomic
def lift(user: User, *, by: Agent) -> None:
    """Let the user try again at once; without a refusal to forget nothing happens."""
    if reset(username=_stored(user.username)):
        audit.record("user.unlock", by=by, subject=user)


def _recent(at: datetime) -> Attempts:
    return AccessAttempt.objects.filter(attempt_time__gte=at - settings.AXES_COOLOFF_TIME)


def _refusals(rows: Attempts) -> int:
    return rows.aggregate(n=Sum("failures_since_start"))["n"] or 0


def _lock_ends(rows: Attempts, limit: int) -> datetime | None:
    counted = rows.aggregate(n=Sum("failures_since_start"), last=Max("attempt_time"))
    last: datetime | None = counted["last"]
    return last + settings.AXES_COOLOFF_TIME if last is not None and counted["n"] >= limit else None


def forget(*, at: datetime) -> None:
    """Delete refusals that no longer count."""
    AccessAttempt.objects.filter(attempt_time__lt=at - settings.AXES_COOLOFF_TIME).delete()


def locked_names(names: Iterable[str], *, at: datetime) -> set[str]:
    """Those of the names that are locked now. One statement; the names are not read when nothing is locked."""
    counted = _recent(at).exclude(username=None).values("username")
    counted = counted.annotate(n=Sum("failures_since_start")).filter(n__gte=settings.AXES_FAILURE_LIMIT)
    stored = set(counted.values_list("username", flat=True))
    return {name for name in names if _stored(name) in stored} if stored else set()
