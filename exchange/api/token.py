"""`POST auth/token/`: credentials against a bearer token, and its end."""

from typing import Any, ClassVar, cast

from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import AuthenticationFailed, Throttled, ValidationError
from rest_framework.parsers import FormParser, JSONParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import lockout, policy, second_factor, tokens
from accounts.authentication import BearerAuthentication
from accounts.models import ApiClient, BearerToken, ClientScope, User
from accounts.tokens import Holder
from alliances.permissions import Permission
from alliances.scope import scope_of
from journal import audit


class Credentials(serializers.Serializer[Any]):
    """Either pair. Both fields of a pair are needed."""

    client_id = serializers.CharField(required=False, max_length=40)
    client_secret = serializers.CharField(required=False, max_length=200, trim_whitespace=False)
    username = serializers.CharField(required=False, max_length=60)
    password = serializers.CharField(required=False, max_length=200, trim_whitespace=False)

    def validate(self, attrs: dict[str, str]) -> dict[str, str]:
        """One whole pair and nothing of the other."""
        if set(attrs) not in ({"client_id", "client_secret"}, {"username", "password"}):
            raise ValidationError(_("Give client_id and client_secret, or username and password."))
        return attrs


class Token(serializers.Serializer[Any]):
    access_token = serializers.CharField()
    token_type = serializers.CharField(default="Bearer")
    expires_in = serializers.IntegerField(help_text="Seconds.")
    expires_at = serializers.DateTimeField()
    scope = serializers.CharField(help_text="What it opens, separated by spaces.")


class TokenView(APIView):
    """Issue and revoke."""

    authentication_classes = (BearerAuthentication,)
    permission_classes = (IsAuthenticated,)
    parser_classes = (JSONParser, FormParser)
    permissions: ClassVar[tuple[Permission, ...]] = ()

    def get_authenticators(self) -> list[Any]:
        """Whoever asks for a token has none to show; an old one in the header must not stand in the way."""
        return [] if self.request and self.request.method == "POST" else super().get_authenticators()

    def get_permissions(self) -> list[Any]:
        """Everybody may try."""
        return [] if self.request and self.request.method == "POST" else list(super().get_permissions())

    def get_authenticate_header(self, request: Request) -> str:
        """A refusal is 401 also where no token was asked for."""
        return BearerAuthentication().authenticate_header(request)

    @extend_schema(request=Credentials, responses=Token, auth=[])
    def post(self, request: Request) -> Response:
        """A bearer token for twelve hours. It ends with the post, the client or the account it was given for.

        People with an elevated role, a second factor or a password to be changed get none: they sign in on the pages.
        Every refusal reads alike.
        """
        credentials = Credentials(data=request.data)
        credentials.is_valid(raise_exception=True)
        holder = self._admitted(credentials.validated_data)
        now = timezone.now()
        text, ends = tokens.issue(holder, at=now)
        answer = {
            "access_token": text,
            "token_type": "Bearer",
            "expires_in": int((ends - now).total_seconds()),
            "expires_at": ends,
            "scope": " ".join(scopes_of(holder)),
        }
        return Response(Token(answer).data, headers={"Cache-Control": "no-store"})

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        """Revoke the token that the request carries."""
        tokens.revoke(cast("BearerToken", request.auth), at=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _admitted(self, given: dict[str, str]) -> Holder:
        request: HttpRequest = self.request._request
        name = _counted_as(given, request)
        self._let_wait(request, name)
        holder = _holder(given, request)
        if holder is None:
            kind = "client" if "client_id" in given else "user"
            audit.record("token.refused", by=None, detail={"kind": kind})
            raise AuthenticationFailed(_("These credentials open nothing here."))
        lockout.admitted(name)
        return holder

    def _let_wait(self, request: HttpRequest, name: str) -> None:
        left = lockout.wait(request, name)
        if left is not None:
            raise Throttled(
                wait=left.total_seconds(), detail=gettext("Refused too often. Wait, then try again.")
            )


class RevokeView(APIView):
    """For programs that cannot send DELETE."""

    authentication_classes = (BearerAuthentication,)
    permission_classes = (IsAuthenticated,)
    permissions: ClassVar[tuple[Permission, ...]] = ()

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """Revoke the token that the request carries."""
        tokens.revoke(cast("BearerToken", request.auth), at=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


def _counted_as(given: dict[str, str], request: HttpRequest) -> str:
    """The name whose refusals count. A person's is that of the sign-in page; a system's includes the address, so that
    nobody elsewhere can lock a hospital's system out."""
    if "client_id" not in given:
        return given["username"]
    return f"client {given['client_id']} at {lockout.address_of(request)}"


def _holder(given: dict[str, str], request: HttpRequest) -> Holder | None:
    """Who the credentials are, if a token may be given for them. Unknown, wrong and not allowed take the same time."""
    now = timezone.now()
    holder: Holder | None
    if "client_id" in given:
        holder = tokens.client_with(given["client_id"], given["client_secret"], at=now)
    else:
        user = authenticate(request, username=given["username"], password=given["password"])
        if not isinstance(user, User):
            return None  # counted by the authentication itself
        holder = user if _may_hold(user) else None
    if holder is None:
        lockout.refused(request, _counted_as(given, request))
    return holder


def _may_hold(user: User) -> bool:
    """People who care for residents, whose password is their own and the only thing asked of them. Whoever has a second
    factor, or needs one, signs in on the pages."""
    user.by_token = True
    if second_factor.is_due(user) or second_factor.is_enrolled(user):
        return False
    return bool(scope_of(user).permissions) and not policy.must_change(user, at=timezone.now())


def scopes_of(holder: Holder) -> list[str]:
    """What a token of the holder opens, in the words of client scopes."""
    if isinstance(holder, ApiClient):
        return sorted(holder.scopes)
    may = scope_of(holder).may
    return [ClientScope.READ.value] * may(Permission.PATIENT_OPEN) + [ClientScope.WRITE.value] * may(
        Permission.VISIT_RECORD
    )
