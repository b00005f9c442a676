"""Sessions: how long they last, where a person is signed in, and ending them (docs/decisions/0012).

A session ends after half an hour without anything done by hand, and after twelve hours whatever is done. Both are
judged here, not by the cookie. What a page asks for by itself (polls, parts that load) carries `UNATTENDED` and keeps
nothing alive.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from qsessions.models import Session

from accounts.models import User
from journal import audit
from journal.audit import Agent

#: Sent by static/js/session.js with requests that no click, key or form caused.
UNATTENDED = "X-Yilian-Unattended"

_SINCE, _SEEN = "since", "seen"
#: The moment of the last action is written at most this often.
_NOTED_EVERY = timedelta(minutes=1)


def begin(session: SessionBase, *, at: datetime) -> None:
    """Somebody has just signed in: both limits count from now."""
    session[_SINCE] = session[_SEEN] = at.timestamp()


def since(request: HttpRequest) -> datetime:
    """When the person of the request signed in."""
    moment = request.session.get(_SINCE)
    return timezone.now() if moment is None else datetime.fromtimestamp(moment, UTC)


def ended(session: SessionBase, *, at: datetime) -> str:
    """Which limit the session has passed: "idle", "lifetime", or "" while it lasts."""
    if _SINCE not in session:  # from a sign-in that did not say so: counts from its first request
        begin(session, at=at)
    if at.timestamp() - session[_SINCE] >= settings.SESSION_LIFETIME.total_seconds():
        return "lifetime"
    if at.timestamp() - session[_SEEN] >= settings.SESSION_IDLE.total_seconds():
        return "idle"
    return ""


def note(session: SessionBase, *, at: datetime) -> None:
    """Remember that the person did something."""
    if at.timestamp() - session[_SEEN] >= _NOTED_EVERY.total_seconds():
        session[_SEEN] = at.timestamp()


@dataclass(frozen=True)
class Place:
    """A place where somebody is signed in. `handle` names it on a page: the session's key itself is a secret."""

    handle: str
    browser: str
    system: str
    address: str
    since: datetime
    seen: datetime
    is_this: bool


def places(user: User, *, this: str | None, at: datetime) -> list[Place]:
    """Where the user is signed in now, the session with the key `this` first, then the latest seen."""
    rows = Session.objects.filter(
        user=user, updated_at__gt=at - settings.SESSION_IDLE, created_at__gt=at - settings.SESSION_LIFETIME
    )
    found = [_place(row, this) for row in rows.order_by("-updated_at")]
    return sorted(found, key=lambda place: not place.is_this)


def _place(row: Session, this: str | None) -> Place:
    known = row.device_info
    browser, system = (known.user_agent, known.os) if known is not None else (None, None)
    return Place(
        handle=_handle(row.session_key),
        browser=f"{browser.family} {browser.major or ''}".strip() if browser else "",
        system=f"{system.family} {system.major or ''}".strip() if system else "",
        address=row.ip or "",
        since=row.created_at,
        seen=row.updated_at,
        is_this=row.session_key == this,
    )


def _handle(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]


@transaction.atomic
def end_elsewhere(user: User, *, this: str | None, handle: str = "", by: Agent) -> int:
    """End the user's session called `handle`, or all but the one with the key `this`; how many ended."""
    rows = [row for row in Session.objects.filter(user=user).exclude(session_key=this or "")
            if not handle or _handle(row.session_key) == handle]  # fmt: skip
    if rows:
        Session.objects.filter(pk__in=[row.pk for row in rows]).delete()
        audit.record("user.session_end", by=by, subject=user, detail={"sessions": len(rows)})
    return len(rows)


def end_all(user: User, *, keep: str | None = None) -> None:
    """End the user's sessions as a part of something larger, which is written down: a reset, a new password."""
    Session.objects.filter(user=user).exclude(session_key=keep or "").delete()
