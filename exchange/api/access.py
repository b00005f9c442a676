"""Who may ask for what: the same table as the pages for people, granted scopes for systems. Forbidden is 404."""

from typing import Any, ClassVar, cast

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, NotFound
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.authentication import BearerAuthentication
from accounts.models import ApiClient, ClientScope
from accounts.tokens import Holder
from alliances.permissions import ELEVATED, Permission
from alliances.scope import Scope, scope_of
from exchange.api.pace import CallerPace


def caller(request: Request) -> Holder:
    """Who holds the request's token; the permission below has let nobody else through."""
    return cast("Holder", request.user)


class Allowed(BasePermission):
    """The caller has a live post (or an organization) and what the view asks for."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """True, or 401 for a caller whose post has ended, or 404 for one who may not."""
        if not request.user.is_authenticated:
            raise NotAuthenticated
        scope = scope_of(request.user)
        if not scope.own_organization_ids or scope.roles & ELEVATED:
            raise AuthenticationFailed(_("The token ended with the post it was given for."))
        if not may(request.user, scope, view):
            raise NotFound
        return True


def may(caller: Holder, scope: Scope, view: Any) -> bool:
    """Whether the caller's scopes (a system) or posts (a person) open the view."""
    if isinstance(caller, ApiClient):
        return view.client_scope in caller.scopes
    return not view.permissions or any(scope.may(permission) for permission in view.permissions)


class Guarded(APIView):
    """A view behind a bearer token. `permissions` as of the who-sees-whom table (any one of them), `client_scope`
    what a system needs to have been granted."""

    authentication_classes = (BearerAuthentication,)
    permission_classes = (Allowed,)
    throttle_classes = (CallerPace,)
    permissions: ClassVar[tuple[Permission, ...]] = ()
    client_scope: ClassVar[ClientScope] = ClientScope.READ

    @classmethod
    def as_view(cls, *args: Any, **kwargs: Any) -> Any:
        """As REST framework's; the function carries `permissions` for the who-sees-whom test."""
        view: Any = super().as_view(*args, **kwargs)
        view.permissions = cls.permissions
        return view
