"""What the provider says, checked, and whose account here it is linked to."""

from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from mozilla_django_oidc.auth import OIDCAuthenticationBackend

from accounts.models import ExternalIdentity, User
from accounts.single_sign_on import links


class LinkedBackend(OIDCAuthenticationBackend):
    """The library's code flow. An account is found by a link that its owner made, never by a name or an address.

    Whoever runs a provider decides what names it gives out: matching by name would let one hospital sign in as anybody
    of the alliance.
    """

    def get_or_create_user(self, access_token: str, id_token: str, payload: dict[str, Any]) -> User | None:
        """The user whom the subject is linked to; None for a subject nobody linked, or of a closed account."""
        subject = self._subject(access_token, id_token, payload)
        asking = links.asking(self.request)
        if asking is not None:
            return links.link(asking, issuer=settings.OIDC_ISSUER, subject=subject)
        identity = (
            ExternalIdentity.objects.select_related("user")
            .filter(issuer=settings.OIDC_ISSUER, subject=subject)
            .first()
        )
        return identity.user if identity is not None and identity.user.is_active else None

    def _subject(self, access_token: str, id_token: str, payload: dict[str, Any]) -> str:
        """The subject, after the checks of OpenID Connect Core 3.1.3.7 and 5.3.2 that the library leaves to its user."""
        audience = payload.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        if payload.get("iss") != settings.OIDC_ISSUER:
            raise SuspiciousOperation("the token is another provider's")
        if settings.OIDC_RP_CLIENT_ID not in audiences:
            raise SuspiciousOperation("the token is for somebody else")
        subject = payload.get("sub")
        if not subject or self.get_userinfo(access_token, id_token, payload).get("sub") != subject:
            raise SuspiciousOperation("token and user information name different people")
        return str(subject)

    def get_user(self, user_id: int) -> User | None:
        """The user of a running session; a closed account has none."""
        return User.objects.filter(pk=user_id, is_active=True).first()
