"""Bearer tokens: issued for twelve hours, stored as a digest, looked up by one query, revocable."""

import secrets
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q

from accounts.models import ApiClient, BearerToken, User, digest
from journal import audit

LIFETIME = timedelta(hours=12)
#: Ended tokens are kept this long, for questions about who held one.
KEPT = timedelta(days=30)

Holder = User | ApiClient


def holder_of(token: BearerToken) -> Holder:
    """The user or the client whom the token stands for."""
    holder = token.user or token.client
    if holder is None:
        raise ValueError("a token without a holder")  # the database refuses one
    return holder


@transaction.atomic
def issue(holder: Holder, *, at: datetime) -> tuple[str, datetime]:
    """A new token of the holder and when it ends (a client's own end comes first). The text is not kept anywhere."""
    text = secrets.token_urlsafe(32)
    ends = at + LIFETIME
    if isinstance(holder, ApiClient) and holder.expires_at is not None:
        ends = min(ends, holder.expires_at)
    whose = {"client": holder} if isinstance(holder, ApiClient) else {"user": holder}
    BearerToken.objects.filter(**whose, expires_at__lt=at - KEPT).delete()
    BearerToken.objects.create(digest=digest(text), expires_at=ends, **whose)
    audit.record("token.issue", by=holder, subject=holder)
    return text, ends


def find(text: str, *, at: datetime) -> BearerToken | None:
    """The token in force with its holder, or None when it is unknown, ended or revoked, or its holder is closed.

    A person who has been let into the back office since needs a second factor, which a token has not shown.
    """
    token = (
        BearerToken.objects.select_related("user", "client")
        .filter(digest=digest(text), expires_at__gt=at, revoked_at__isnull=True)
        .filter(
            Q(user__isnull=True) | Q(user__is_active=True, user__is_staff=False, user__is_superuser=False)
        )
        .first()
    )
    if token is not None and token.client is not None and not token.client.is_live(at):
        return None
    return token


@transaction.atomic
def revoke(token: BearerToken, *, at: datetime) -> None:
    """End the token now; a second time changes nothing."""
    holder = holder_of(token)
    if BearerToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=at):
        audit.record("token.revoke", by=holder, subject=holder)


def client_with(client_id: str, secret: str, *, at: datetime) -> ApiClient | None:
    """The live client with these credentials. An unknown id costs as much time as a wrong secret."""
    client = ApiClient.objects.filter(client_id=client_id).first()
    if client is None:
        make_password(secret)
        return None
    return client if client.check_secret(secret, at=at) and client.is_live(at) else None


def revoke_all(holder: Holder, *, at: datetime) -> int:
    """End every token of a holder; how many there were. The caller writes the audit line of why."""
    whose = {"client": holder} if isinstance(holder, ApiClient) else {"user": holder}
    return BearerToken.objects.filter(**whose, expires_at__gt=at, revoked_at__isnull=True).update(
        revoked_at=at
    )
