"""Who is calling, for the API: a bearer token in the Authorization header, never a cookie."""

import pghistory
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts import tokens
from accounts.models import BearerToken, User


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`: `request.user` is the User or the ApiClient, `request.auth` the BearerToken.

    One query. Browsers never send the header by themselves, so nothing here needs a CSRF token.
    """

    def authenticate(self, request: Request) -> tuple[tokens.Holder, BearerToken] | None:
        """The holder; None without the header, 401 for a token that is not (or no longer) in force."""
        scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = tokens.find(text.strip(), at=timezone.now())
        if token is None:
            raise AuthenticationFailed(_("The token is unknown, has ended or was revoked."))
        holder = tokens.holder_of(token)
        if isinstance(holder, User):
            holder.by_token = True
        # The history's own `user` is a bare key: of a system it would read as that of the person with the same number.
        pghistory.context(agent_type=str(holder.agent_type), agent=holder.agent_name())
        return holder, token

    def authenticate_header(self, request: Request) -> str:
        """What 401 asks for (RFC 6750)."""
        return 'Bearer realm="yilian"'
