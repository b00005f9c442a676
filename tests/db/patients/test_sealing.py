"""Identities are sealed, found without being opened, and nowhere else in plain."""

import os
from datetime import date

import pytest
from django.db import connection

from patients import identity, responsibilities, search
from patients.identity import IdentityText
from patients.models import Identity
from patients.sealing import BrokenSeal, blind_index, seal, unseal, unseal_text
from tests.world import World

NUMBER = "11010519491231002X"
PHONE = "13987654321"


def test_a_sealed_text_opens_again_and_differs_every_time() -> None:
    assert unseal_text(seal("李佩兰")) == "李佩兰"
    assert seal("x") != seal("x")


@pytest.mark.parametrize("at", [0, 1, 5, -1])
def test_a_changed_byte_breaks_the_seal(at: int) -> None:
    sealed = bytearray(seal("x"))
    sealed[at] ^= 1
    with pytest.raises(BrokenSeal):
        unseal(bytes(sealed))


def test_an_old_key_still_opens_and_the_newest_seals(settings) -> None:
    old = dict(settings.IDENTITY_KEYS)
    sealed = seal("x")
    settings.IDENTITY_KEYS = {**old, 9: os.urandom(32)}
    assert unseal_text(sealed) == "x"
    assert seal("x")[1] == 9
    settings.IDENTITY_KEYS = {9: os.urandom(32)}
    with pytest.raises(BrokenSeal, match="no key of version"):
        unseal(sealed)


def test_the_same_number_has_one_index_per_purpose() -> None:
    assert blind_index("number", "x") == blind_index("number", "x")
    assert blind_index("number", "x") != blind_index("phone", "x")
    assert blind_index("a", "bc") != blind_index("ab", "c")


def test_masks_keep_first_and_last_only(world: World) -> None:
    patient = world.patient("甲", number=NUMBER, phone=PHONE)
    mask = identity.masked(Identity.objects.get(pk=patient.pk))
    assert (mask.number, mask.phone, mask.address) == ("1****************X", "139******21", "重庆市巴南区")


def test_tails_are_found_within_the_own_organization_only_and_move_along(world: World) -> None:
    patient = world.patient("甲", number=NUMBER, phone=PHONE)
    assert list(search.find(world.doctor, "002X")) == [patient]
    assert list(search.find(world.outsider, "002X")) == []

    responsibilities.assign(
        patient,
        organization=world.other_centre,
        care_team=world.other_team,
        on=date(2025, 1, 1),
        by=world.doctor,
    )
    assert [p.pk for p in search.find(world.outsider, "4321")] == [patient.pk]
    assert list(search.find(world.doctor, "4321")) == []


def test_the_same_document_number_has_one_archive(world: World) -> None:
    patient = world.patient("甲", number=NUMBER)
    found = identity.patients_by_number([NUMBER, NUMBER.lower(), "11010519491231003X"])
    assert found == {NUMBER: patient.pk, NUMBER.lower(): patient.pk}


def test_no_identity_stands_in_plain_anywhere_in_the_database(world: World) -> None:
    patient = world.patient("甲", number=NUMBER, phone=PHONE)
    identity.unmask(patient, by=world.doctor, reason="x")
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(
                f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE ANY(%s)',
                [[f"%{NUMBER}%", f"%{PHONE}%"]],
            )
            assert cursor.fetchone() == (0,), table


def test_a_text_without_a_full_tail_has_no_index() -> None:
    assert identity.tail_index("number-tail", 1, "12") is None
    assert "…" in repr(IdentityText(NUMBER))
