"""The link between an account here and a subject of the provider: made by its owner, who is signed in, and undone."""

from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from accounts.models import ExternalIdentity, User
from journal import audit

#: In the session: who asked for a link, from the button to the provider's answer.
_ASKED = "single_sign_on_link"


class TakenByAnother(ValueError):
    """The subject is linked to another account here, or the account to another subject."""


def ask(request: HttpRequest) -> None:
    """Remember that the signed-in person wants to link what the provider will answer."""
    request.session[_ASKED] = request.user.pk


def asking(request: HttpRequest) -> User | None:
    """The person who asked and is still signed in. None for an ordinary sign-in."""
    user = request.user
    return user if isinstance(user, User) and request.session.get(_ASKED) == user.pk else None


def answered(request: HttpRequest) -> bool:
    """Forget the question; whether there was one."""
    return request.session.pop(_ASKED, None) is not None


def linked_at(user: User) -> datetime | None:
    """Since when the account is linked to the configured provider; None without a link or a provider."""
    if not settings.OIDC_ENABLED:
        return None
    rows = ExternalIdentity.objects.filter(user=user, issuer=settings.OIDC_ISSUER)
    return rows.values_list("linked_at", flat=True).first()


@transaction.atomic
def link(user: User, *, issuer: str, subject: str) -> User:
    """Link; the same link a second time changes nothing. TakenByAnother when either side is linked otherwise."""
    try:
        with transaction.atomic():
            identity, new = ExternalIdentity.objects.get_or_create(
                issuer=issuer, subject=subject, defaults={"user": user}
            )
    except IntegrityError:
        raise TakenByAnother from None
    if identity.user_id != user.pk:
        raise TakenByAnother
    if new:
        audit.record("single_sign_on.link", by=user, subject=user, detail={"issuer": issuer})
    return user


@transaction.atomic
def unlink(user: User, *, issuer: str) -> None:
    """Undo the link; a second time changes nothing."""
    if ExternalIdentity.objects.filter(user=user, issuer=issuer).delete()[0]:
        audit.record("single_sign_on.unlink", by=user, subject=user, detail={"issuer": issuer})
