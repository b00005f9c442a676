"""To the provider and back; linking and unlinking one's account."""

import logging
from typing import Any

import jwt
import requests
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from mozilla_django_oidc.views import OIDCAuthenticationCallbackView, OIDCAuthenticationRequestView

from accounts.guards import OwnRequest, signed_in
from accounts.single_sign_on import links
from accounts.views import sign_in
from journal import audit

logger = logging.getLogger(__name__)


class Begin(OIDCAuthenticationRequestView):
    """Sends the browser to the provider, with state, nonce and PKCE."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """404 where no provider is configured."""
        if not settings.OIDC_ENABLED:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def __init__(self, **kwargs: Any) -> None:
        """The library reads its settings here; without a provider there are none."""
        if settings.OIDC_ENABLED:
            super().__init__(**kwargs)


class Return(OIDCAuthenticationCallbackView):
    """The provider's answer: a session for the linked account, or a link for who is signed in."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """As the library's; a provider that does not answer, or answers nonsense, is told and costs nothing."""
        if not settings.OIDC_ENABLED:
            raise Http404
        try:
            answer: HttpResponse = super().get(request)
        except links.TakenByAnother:
            links.answered(request)
            messages.error(request, _("This hospital account is already linked to somebody else here."))
            return redirect("accounts:account")
        except (requests.RequestException, jwt.PyJWTError) as fault:
            logger.warning("single sign-on failed: %s", type(fault).__name__)
            messages.error(
                request, _("The hospital's sign-in does not answer properly. Sign in here instead.")
            )
            return redirect("accounts:sign-in")
        return answer

    def login_success(self) -> HttpResponse:
        """Start the session, or finish the link in the session that is there."""
        if links.answered(self.request):
            messages.success(
                self.request, _("Linked. You can sign in with your hospital account from now on.")
            )
            return redirect("accounts:account")
        sign_in(self.request, self.user, way="single_sign_on")
        return redirect(self.success_url)

    def login_failure(self) -> HttpResponse:
        """Back to the door, with what to do; to the account where the provider refused to link."""
        if links.answered(self.request):
            messages.error(self.request, _("The hospital's sign-in refused. Nothing was linked."))
            return redirect("accounts:account")
        audit.record("user.sign_in_refused", by=None, detail={"way": "single_sign_on"})
        messages.error(
            self.request,
            _(
                "This hospital account is not linked here yet. Sign in with user name and password, then link it under “My account”."
            ),
        )
        return redirect("accounts:sign-in")


@never_cache
@require_POST
@signed_in
def link(request: OwnRequest) -> HttpResponse:
    """Begin to link the account of who is signed in."""
    if not settings.OIDC_ENABLED:
        raise Http404
    links.ask(request)
    return redirect("accounts:single-sign-on")


@never_cache
@require_POST
@signed_in
def unlink(request: OwnRequest) -> HttpResponse:
    """Undo the link."""
    if not settings.OIDC_ENABLED:
        raise Http404
    links.unlink(request.user, issuer=settings.OIDC_ISSUER)
    messages.success(request, _("The link to your hospital account is undone."))
    return redirect("accounts:account")
