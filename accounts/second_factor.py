"""The second factor: a code from an authenticator app (TOTP) or a recovery code, on django-otp's devices.

A person has at most one confirmed device and ten recovery codes. Recovery codes are stored as keyed digests. Throttled
by django-otp: after each refusal the wait doubles, for the device and for the recovery codes apart.
"""

import base64
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeAlias, TypeVar, cast

import django_otp
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import posts, tokens
from accounts.models import User
from journal import audit

CODES = 10
#: None that are taken for another when they are copied from paper.
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
#: A secret that was shown longer ago was perhaps seen by somebody else: a new one is drawn.
_SHOWN_FOR = timedelta(minutes=30)

Device: TypeAlias = TOTPDevice | StaticDevice
D = TypeVar("D", TOTPDevice, StaticDevice)


class CodeRefused(ValueError):
    """Not the code, a code already used, or too soon after a refusal: the message says which of the latter."""


class NotBegun(ValueError):
    """There is no secret waiting to be confirmed: the page has to be opened again."""

    def __init__(self) -> None:
        super().__init__(_("The secret has changed. Scan the new picture, then type its code."))


def is_verified(request: HttpRequest) -> bool:
    """Whether the person of this session has shown a second factor."""
    return bool(request.user.is_authenticated and getattr(request.user, "otp_device", None) is not None)


def is_enrolled(user: User) -> bool:
    """Whether the user has a confirmed device: from then on every sign-in asks for it."""
    return TOTPDevice.objects.filter(user_id=user.pk, confirmed=True).exists()


def is_due(user: User) -> bool:
    """Whether the user may open nothing without one: elevated posts and the back office."""
    return user.is_staff or user.is_superuser or posts.is_elevated(user)


def device_of(user: User) -> TOTPDevice | None:
    """The confirmed device."""
    return TOTPDevice.objects.filter(user_id=user.pk, confirmed=True).first()


def typed_secret(device: TOTPDevice) -> str:
    """The device's secret as it is typed into an app (base32)."""
    return base64.b32encode(device.bin_key).decode().rstrip("=")


def codes_left(user: User) -> int:
    """How many recovery codes have not been used."""
    return StaticToken.objects.filter(device__user_id=user.pk).count()


@transaction.atomic
def begin(user: User, *, at: datetime) -> TOTPDevice:
    """The device that waits to be confirmed; the same for half an hour, so that a page may be opened again."""
    User.objects.select_for_update().get(pk=user.pk)
    waiting = TOTPDevice.objects.filter(user_id=user.pk, confirmed=False)
    waiting.filter(created_at__lte=at - _SHOWN_FOR).delete()
    return waiting.first() or TOTPDevice.objects.create(user_id=user.pk, name="app", confirmed=False)


def confirm(user: User, code: str) -> tuple[TOTPDevice, list[str]]:
    """The first code of a new device: it is the person's device from now on, instead of an earlier one.

    Returns it with fresh recovery codes, the only readable copy. Tokens of the interface end: a password alone no longer
    opens it. Raises NotBegun, CodeRefused.
    """
    waiting = TOTPDevice.objects.filter(user_id=user.pk, confirmed=False).first()
    if waiting is None:
        raise NotBegun
    _check(user, waiting, lambda device: device.verify_token(_digits(code)))
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        TOTPDevice.objects.filter(user_id=user.pk).exclude(pk=waiting.pk).delete()
        TOTPDevice.objects.filter(pk=waiting.pk).update(confirmed=True)
        tokens.revoke_all(user, at=timezone.now())
        audit.record("second_factor.enrol", by=user, subject=user)
        codes = _draw_codes(user)
    return TOTPDevice.objects.get(pk=waiting.pk), codes


def verify(user: User, code: str) -> TOTPDevice:
    """The device whose code was typed. Raises CodeRefused."""
    device = device_of(user)
    if device is None:
        raise CodeRefused(_("There is no second factor to ask for."))
    _check(user, device, lambda locked: locked.verify_token(_digits(code)))
    audit.record("second_factor.verify", by=user, subject=user)
    return device


def recover(user: User, code: str) -> StaticDevice:
    """The holder of the recovery codes, one of which was typed and is now used up. Raises CodeRefused."""
    device = StaticDevice.objects.filter(user_id=user.pk).first()
    if device is None:
        raise CodeRefused(_("The code is not correct."))
    _check(user, device, lambda locked: locked.verify_token(_matching(locked, code)))
    audit.record("second_factor.recover", by=user, subject=user, detail={"left": codes_left(user)})
    return device


def log_in(request: HttpRequest, device: Device) -> None:
    """This session has shown its second factor."""
    django_otp.login(request, device)


@transaction.atomic
def new_codes(user: User) -> list[str]:
    """Ten fresh recovery codes, the only readable copy; the earlier ones no longer work."""
    User.objects.select_for_update().get(pk=user.pk)
    audit.record("second_factor.codes", by=user, subject=user)
    return _draw_codes(user)


def remove(user: User) -> None:
    """Forget every device and code, as a part of a reset that is written down."""
    TOTPDevice.objects.filter(user_id=user.pk).delete()
    StaticDevice.objects.filter(user_id=user.pk).delete()


def _check(user: User, device: D, matches: Callable[[D], bool]) -> None:
    """Try a code under the device's lock; the refusal is counted and written down before it is raised."""
    with transaction.atomic():
        locked = cast("D", type(device).objects.select_for_update().get(pk=device.pk))
        allowed, why = locked.verify_is_allowed()
        if allowed and matches(locked):
            return
        audit.record("second_factor.refuse", by=user, subject=user)
    if allowed:
        raise CodeRefused(_("The code is not correct."))
    seconds = max(1, int((why["locked_until"] - timezone.now()).total_seconds()) + 1)
    raise CodeRefused(
        ngettext(
            "Refused too often. Try again in %(n)d second.",
            "Refused too often. Try again in %(n)d seconds.",
            seconds,
        )
        % {"n": seconds}
    )


def _digits(code: str) -> str:
    return "".join(each for each in code if each.isascii() and each.isdigit())


def _draw_codes(user: User) -> list[str]:
    device, _made = StaticDevice.objects.get_or_create(user_id=user.pk, defaults={"name": "codes"})
    StaticToken.objects.filter(device=device).delete()
    drawn = ["".join(secrets.choice(_ALPHABET) for _each in range(10)) for _code in range(CODES)]
    StaticToken.objects.bulk_create(
        StaticToken(device=device, token=_stored(user.pk, code, settings.SECRET_KEY)) for code in drawn
    )
    return [f"{code[:5]}-{code[5:]}" for code in drawn]


def _matching(device: StaticDevice, code: str) -> str:
    """The stored form of what was typed: under the key of now, or an earlier one that still counts."""
    plain = "".join(each for each in code.lower() if each in _ALPHABET)
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    candidates = [_stored(device.user_id, plain, key) for key in keys]
    known = StaticToken.objects.filter(device=device, token__in=candidates).values_list("token", flat=True)
    return known.first() or candidates[0]


def _stored(user_id: int, code: str, key: str) -> str:
    text = f"{user_id}:{code}"
    return salted_hmac("accounts.recovery", text, secret=key, algorithm="sha256").hexdigest()[:16]
