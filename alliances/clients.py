"""Other systems and their credentials: registered for one organization, limited by scopes, an end and a rate.

A secret is shown once. When it is rotated the one before goes on for a while, so that nobody has to change both sides in the same minute.
"""

import secrets
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db import transaction

from accounts import tokens
from accounts.models import ApiClient, ClientScope, User
from alliances.models import ClientPost, Organization
from journal import audit

#: How long the secret before may go on after a rotation, in hours.
OVERLAPS = (0, 24, 72, 168)


class ClientClosed(ValueError):
    """The client was switched off; switch it on before changing anything else."""


@transaction.atomic
def register(
    organization: Organization,
    *,
    name: str,
    scopes: Collection[ClientScope],
    expires_at: datetime | None,
    requests_per_minute: int | None,
    by: User,
) -> tuple[ApiClient, str]:
    """A new client of an organization and the only readable copy of its secret."""
    client = ApiClient(
        client_id=f"{organization.code[:24]}-{secrets.token_hex(4)}", name=name, scopes=sorted(scopes),
        expires_at=expires_at, requests_per_minute=requests_per_minute,
    )  # fmt: skip
    secret = client.set_secret()
    client.save()
    ClientPost.objects.create(client=client, organization=organization)
    _write_down("client.register", client, organization.pk, by, scopes=client.scopes)
    return client, secret


@transaction.atomic
def change(
    client: ApiClient,
    *,
    name: str,
    scopes: Collection[ClientScope],
    expires_at: datetime | None,
    requests_per_minute: int | None,
    by: User,
) -> ApiClient:
    """Change what a client may do; a scope that was taken away is gone with the next request."""
    locked = _open(client)
    before = locked.scopes
    locked.name, locked.scopes = name, sorted(scopes)
    locked.expires_at, locked.requests_per_minute = expires_at, requests_per_minute
    locked.save(update_fields=["name", "scopes", "expires_at", "requests_per_minute"])
    _write_down("client.change", locked, None, by, scopes=locked.scopes, before=before)
    return locked


@transaction.atomic
def rotate(client: ApiClient, *, keep_hours: int, by: User, at: datetime) -> str:
    """A new secret, the only readable copy. The one before goes on for `keep_hours`, running tokens until their end.

    With 0 hours (the secret became known to somebody) running tokens end too.
    """
    locked = _open(client)
    secret = locked.set_secret(keep_until=at + timedelta(hours=keep_hours) if keep_hours else None)
    locked.save(update_fields=["secret_hash", "previous_secret_hash", "previous_secret_until"])
    ended = 0 if keep_hours else tokens.revoke_all(locked, at=at)
    _write_down("client.rotate", locked, None, by, keep_hours=keep_hours, tokens_ended=ended)
    return secret


@transaction.atomic
def switch_off(client: ApiClient, *, by: User, at: datetime) -> None:
    """No token any more, and those that run end now; a second time changes nothing."""
    locked = ApiClient.objects.select_for_update().get(pk=client.pk)
    if not locked.is_active:
        return
    locked.is_active = False
    locked.save(update_fields=["is_active"])
    _write_down("client.switch_off", locked, None, by, tokens_ended=tokens.revoke_all(locked, at=at))


@transaction.atomic
def switch_on(client: ApiClient, *, by: User) -> None:
    """Let a client in again, with the secret it had; a second time changes nothing."""
    locked = ApiClient.objects.select_for_update().get(pk=client.pk)
    if locked.is_active:
        return
    locked.is_active = True
    locked.save(update_fields=["is_active"])
    _write_down("client.switch_on", locked, None, by)


def _open(client: ApiClient) -> ApiClient:
    locked = ApiClient.objects.select_for_update().get(pk=client.pk)
    if not locked.is_active:
        raise ClientClosed(client.client_id)
    return locked


def _write_down(
    action: str,
    client: ApiClient,
    organization_id: int | None,
    by: User,
    **detail: "str | int | Iterable[str]",
) -> None:
    if organization_id is None:
        organization_id = ClientPost.objects.values_list("organization_id", flat=True).get(pk=client.pk)
    audit.record(action, by=by, subject=client, organization_id=organization_id, detail=detail)
