"""People's authenticator apps in tests: a device in the database, and the code that it would show now."""

from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import User


def device_of(user: User) -> TOTPDevice:
    """The confirmed device of the user, made when there is none."""
    device, _made = TOTPDevice.objects.get_or_create(
        user_id=user.pk, confirmed=True, defaults={"name": "app"}
    )
    return device


def code_of(device: TOTPDevice) -> str:
    """What the app shows now. The device forgets that a code was used: nobody in a test waits for the next half minute."""
    TOTPDevice.objects.filter(pk=device.pk).update(
        last_t=-1, drift=0, throttling_failure_count=0, throttling_failure_timestamp=None
    )
    return f"{totp(device.bin_key):06d}"
