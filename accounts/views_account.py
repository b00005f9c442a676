"""One's own account: password, second factor, sessions."""

from io import BytesIO
from typing import Any

import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.password_validation import password_validators_help_texts
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import credentials, gate, policy, second_factor, sessions, single_sign_on
from accounts.forms import EnrolmentForm, OwnPasswordForm
from accounts.guards import OwnRequest, signed_in
from accounts.single_sign_on import links
from accounts.views import wanted


@never_cache
@require_GET
@signed_in
def account(request: OwnRequest) -> HttpResponse:
    """Who one is here, and the ways to password, second factor and sessions."""
    context = {
        "device": second_factor.device_of(request.user),
        "codes_left": second_factor.codes_left(request.user),
        "places": sessions.places(request.user, this=request.session.session_key, at=timezone.now()),
        "change_by": policy.expires_at(request.user),
        "single_sign_on": single_sign_on.provider_name(),
        "linked": links.linked_at(request.user),
    }
    return render(request, "accounts/account.html", context)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@signed_in
def password(request: OwnRequest) -> HttpResponse:
    """A new password; before anything else where the present one is an administrator's or too old."""
    form = OwnPasswordForm(request.user, request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        _change(request, form.cleaned_data["new_password1"])
        messages.success(request, _("The password is changed. You are signed out everywhere else."))
        return redirect(wanted(request, "accounts:account"))
    forced = gate.next_step(request) is gate.Step.PASSWORD
    context = {
        "form": form, "layout": _layout(forced), "forced": forced, "next": wanted(request, "accounts:account"),
        "initial": request.user.password_initial, "rules": password_validators_help_texts(),
    }  # fmt: skip
    return render(request, "accounts/password.html", context, status=422 if form.is_bound else 200)


def _layout(forced: bool) -> str:
    """Where nothing else opens yet there is no frame around the form."""
    return "door.html" if forced else "base.html"


def _change(request: OwnRequest, password: str) -> None:
    """The session that changes the password goes on under a new key; all others end."""
    with transaction.atomic():
        credentials.change_password(request.user, password, keep_session=request.session.session_key)
        request.user.refresh_from_db()
        update_session_auth_hash(request, request.user)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@signed_in
def factor(request: OwnRequest) -> HttpResponse:
    """Set up a second factor, or replace it; the first code makes it valid and brings the recovery codes."""
    device = second_factor.device_of(request.user)
    if device is not None and request.method == "GET" and request.GET.get("replace") != "1":
        return render(request, "accounts/second_factor.html", _state(request, device))
    form = EnrolmentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made, codes = second_factor.confirm(request.user, form.cleaned_data["code"])
        except (second_factor.CodeRefused, second_factor.NotBegun) as refused:
            form.add_error("code", str(refused))
        else:
            second_factor.log_in(request, made)
            return _show_codes(request, codes, is_new=True)
    waiting = second_factor.begin(request.user, at=timezone.now())
    forced = gate.next_step(request) is gate.Step.ENROLMENT
    context = {
        "form": form, "layout": _layout(forced), "forced": forced, "next": wanted(request, "accounts:account"),
        "replaces": device is not None, "picture": _picture(waiting), "secret": secret_of(waiting),
    }  # fmt: skip
    return render(request, "accounts/enrolment.html", context, status=422 if form.is_bound else 200)


@never_cache
@require_POST
@signed_in
def codes(request: OwnRequest) -> HttpResponse:
    """Ten fresh recovery codes, shown once."""
    if not second_factor.is_verified(request):
        return redirect("accounts:second-factor")
    return _show_codes(request, second_factor.new_codes(request.user), is_new=False)


def _show_codes(request: OwnRequest, codes: list[str], *, is_new: bool) -> HttpResponse:
    gate.passed(request)
    today = timezone.localdate()
    head = _("Recovery codes of %(who)s, %(day)s") % {"who": request.user.username, "day": today.isoformat()}
    context = {
        "codes": codes, "text": "\r\n".join([head, "", *codes, ""]), "is_new": is_new, "today": today,
        "next": wanted(request, "accounts:account"),
    }  # fmt: skip
    return render(request, "accounts/recovery_codes.html", context)


def _state(request: OwnRequest, device: TOTPDevice) -> dict[str, Any]:
    left = second_factor.codes_left(request.user)
    return {"device": device, "codes_left": left, "due": second_factor.is_due(request.user)}


def secret_of(device: TOTPDevice) -> str:
    """The secret in groups of four, for typing."""
    text = second_factor.typed_secret(device)
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def _picture(device: TOTPDevice) -> SafeString:
    """The QR code as inline SVG without style attributes: the content security policy allows none."""
    out = BytesIO()
    code = segno.make(device.config_url, error="m")
    code.save(
        out, kind="svg", xmldecl=False, svgns=False, omitsize=True, border=2, svgclass="yl-qr", lineclass=None
    )
    return mark_safe(out.getvalue().decode())  # noqa: S308 - drawn here, from no text of a person


@never_cache
@require_GET
@signed_in
def places(request: OwnRequest) -> HttpResponse:
    """Where one is signed in."""
    found = sessions.places(request.user, this=request.session.session_key, at=timezone.now())
    context = {
        "places": found,
        "idle": int(settings.SESSION_IDLE.total_seconds() // 60),
        "lifetime": int(settings.SESSION_LIFETIME.total_seconds() // 3600),
    }
    return render(request, "accounts/sessions.html", context)


@never_cache
@require_POST
@signed_in
def end(request: OwnRequest) -> HttpResponse:
    """Sign out elsewhere: one place, or all others."""
    ended = sessions.end_elsewhere(
        request.user, this=request.session.session_key, handle=request.POST.get("place", ""), by=request.user
    )
    if ended:
        messages.success(request, _("Signed out there."))
    return redirect(resolve_url("accounts:sessions"))
