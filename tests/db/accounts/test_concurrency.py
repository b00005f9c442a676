"""Two real connections at the same moment: a code opens one door, a person has one device."""

from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import second_factor
from accounts.models import User
from tests.at_once import at_once
from tests.second_factors import code_of, device_of
from tests.world import World


def test_one_code_typed_in_two_places_opens_one(committed_world: World) -> None:
    code = code_of(device_of(committed_world.doctor))
    results = at_once(*[lambda: second_factor.verify(committed_world.doctor, code)] * 2)
    assert sum(isinstance(each, TOTPDevice) for each in results) == 1, results
    assert sum(isinstance(each, second_factor.CodeRefused) for each in results) == 1, results


def test_one_recovery_code_typed_in_two_places_is_used_once(committed_world: World) -> None:
    device_of(committed_world.doctor)
    code = second_factor.new_codes(committed_world.doctor)[0]
    results = at_once(*[lambda: second_factor.recover(committed_world.doctor, code)] * 2)
    assert sum(isinstance(each, second_factor.CodeRefused) for each in results) == 1, results
    assert second_factor.codes_left(committed_world.doctor) == 9


def test_the_page_opened_twice_shows_one_secret(committed_world: World) -> None:
    doctor = User.objects.get(username="doctor")
    results = at_once(*[lambda: second_factor.begin(doctor, at=timezone.now())] * 2)
    assert results[0].key == results[1].key
    assert TOTPDevice.objects.filter(user=doctor).count() == 1
