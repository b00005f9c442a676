"""Other systems: register, change, rotate the secret, switch off and on. A secret is shown once, in the answer itself."""

from datetime import datetime
from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Max, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import BearerToken, User
from alliances import clients
from alliances.client_forms import ClientForm, NewClientForm, RotationForm, last_day
from alliances.guards import requires
from alliances.models import ClientPost
from alliances.permissions import Permission
from alliances.reach import manageable_by

PAGE = 50
may_manage = requires(Permission.CLIENT_MANAGE)


@may_manage
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """All clients of the organizations that the person runs."""
    page = Paginator(_visible(request), PAGE).get_page(request.GET.get("page"))
    now = timezone.now()
    lines = [(post, post.client.is_live(now)) for post in page]
    return render(request, "alliances/clients.html", {"page": page, "lines": lines})


@never_cache
@may_manage
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """The form; after it, the credentials, once."""
    form = NewClientForm(
        request.POST or None, organizations=manageable_by(_user(request), Permission.CLIENT_MANAGE)
    )
    if request.method == "POST" and form.is_valid():
        organization = form.cleaned_data["organization"]
        client, secret = clients.register(organization, by=_user(request), **form.terms())
        return render(
            request, "alliances/client_secret.html", {"client": client, "secret": secret, "new": True}
        )
    return render(request, "alliances/client_new.html", {"form": form}, status=422 if form.errors else 200)


@may_manage
@require_http_methods(["GET", "HEAD", "POST"])
def client(request: HttpRequest, client_pk: int) -> HttpResponse:
    """One client: what it may do, its tokens; changed in place."""
    post = _post(request, client_pk)
    form = ClientForm(request.POST or None, client=post.client)
    if request.method == "POST" and form.is_valid():
        try:
            clients.change(post.client, by=_user(request), **form.terms())
        except clients.ClientClosed:
            messages.error(request, _("The client is switched off. Switch it on before you change it."))
        else:
            messages.success(request, _("Changed. It holds from the next request of the system on."))
        return redirect("alliances:client", post.pk)
    now = timezone.now()
    running = BearerToken.objects.filter(client=post.client, expires_at__gt=now, revoked_at__isnull=True)
    context = {
        "post": post,
        "client": post.client,
        "form": form,
        "rotation": RotationForm(),
        "live": post.client.is_live(now),
        "ends": last_day(post.client.expires_at),
        "overlap": post.client.previous_secret_until if _goes_on(post, now) else None,
        "running": running.count(),
    }
    return render(request, "alliances/client.html", context, status=422 if form.errors else 200)


@never_cache
@may_manage
@require_POST
def rotate(request: HttpRequest, client_pk: int) -> HttpResponse:
    """A new secret, shown once."""
    post = _post(request, client_pk)
    form = RotationForm(request.POST)
    if not form.is_valid():
        return redirect("alliances:client", post.pk)
    try:
        secret = clients.rotate(
            post.client, keep_hours=form.cleaned_data["keep_hours"], by=_user(request), at=timezone.now()
        )
    except clients.ClientClosed:
        messages.error(request, _("The client is switched off. Switch it on before you change it."))
        return redirect("alliances:client", post.pk)
    post.client.refresh_from_db()
    return render(
        request, "alliances/client_secret.html", {"client": post.client, "secret": secret, "new": False}
    )


@may_manage
@require_POST
def switch_off(request: HttpRequest, client_pk: int) -> HttpResponse:
    """End a client and its tokens now."""
    post = _post(request, client_pk)
    clients.switch_off(post.client, by=_user(request), at=timezone.now())
    messages.success(request, _("Switched off. Its tokens ended with it."))
    return redirect("alliances:client", post.pk)


@may_manage
@require_POST
def switch_on(request: HttpRequest, client_pk: int) -> HttpResponse:
    """Let a client in again."""
    post = _post(request, client_pk)
    clients.switch_on(post.client, by=_user(request))
    messages.success(request, _("Switched on, with the secret it had."))
    return redirect("alliances:client", post.pk)


def _visible(request: HttpRequest) -> QuerySet[ClientPost]:
    """Clients of organizations that the person runs, with when each last asked for a token."""
    last = (
        BearerToken.objects.filter(client=OuterRef("client")).values("client").annotate(at=Max("created_at"))
    )
    return (
        ClientPost.objects.filter(organization__in=manageable_by(_user(request), Permission.CLIENT_MANAGE))
        .select_related("client", "organization")
        .annotate(asked_at=Subquery(last.values("at")))
        .order_by("organization__code", "client__name", "pk")
    )


def _post(request: HttpRequest, client_pk: int) -> ClientPost:
    return get_object_or_404(_visible(request), pk=client_pk)


def _goes_on(post: ClientPost, now: datetime) -> bool:
    until = post.client.previous_secret_until
    return until is not None and until > now


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)
