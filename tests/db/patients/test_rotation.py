"""Keys are changed while everybody works: people are found before, during and after, and a number stands once."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import date
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings as product
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from config.checks import production_keys
from exchange.imports import batches
from exchange.models import ImportBatch
from journal.models import AuditEvent
from patients import responsibilities, rotation, search
from patients.identity import IdentityText, new_identity, patients_by_number, plain
from patients.models import Identity, Patient
from patients.sealing import unseal, version_of
from tests.browser.story.processes import environment
from tests.numbers import resident_number
from tests.rings import use, variables
from tests.rosters import SAMPLE
from tests.world import World, at

NUMBER, PHONE = resident_number(1), "13987654321"


def rotate() -> tuple[dict[str, Any], str]:
    """Run the command here; what it printed and said."""
    out, err = StringIO(), StringIO()
    call_command("rotate_keys", stdout=out, stderr=err)
    return json.loads(out.getvalue()), err.getvalue()


def found(world: World, *texts: str) -> list[list[str]]:
    """Whom the doctor finds by each text."""
    return [[row.name for row in search.find(world.doctor, text)] for text in texts]


@pytest.fixture
def old(world: World, settings: Any) -> Patient:
    """A resident who was written down under key 1; the process now knows 1 and 2."""
    use(settings, 1)
    patient = world.patient("甲", number=NUMBER, phone=PHONE)
    use(settings, 1, 2)
    return patient


def test_before_the_rotation_both_old_and_new_rows_are_found(world: World, old: Patient) -> None:
    newer = world.patient("乙", number=resident_number(2), phone="13700001111")
    assert Identity.objects.get(pk=newer.pk).key_version == 2
    assert patients_by_number([NUMBER, resident_number(2)]) == {
        NUMBER: old.pk,
        resident_number(2): newer.pk,
    }
    assert found(world, NUMBER, NUMBER[-4:], PHONE[-4:], PHONE, "1111") == [["甲"]] * 4 + [["乙"]]


def test_a_rotation_leaves_everything_at_the_newest_keys_and_the_plain_values_as_they_were(
    world: World, old: Patient, settings: Any
) -> None:
    text = IdentityText(
        number=resident_number(3), phone="010-87654321", address="重庆市巴南区", email="a@example.test"
    )
    use(settings, 1)
    full = world.patient("丙")
    Identity.objects.filter(pk=full.pk).delete()
    new_identity(full.pk, full.organization_id, text).save()
    use(settings, 1, 2)
    report, said = rotate()
    assert report["identities"] == 2
    assert (report["sealed"], report["indexed"]) == ({"2": 2}, {"2": 2})
    assert report["unused"] == {"identity": [1], "index": [1]}
    assert "Version 1 of YILIAN_IDENTITY_KEYS is used by nothing any more" in said
    use(settings, 2)
    assert plain(Identity.objects.get(pk=full.pk)) == text
    assert patients_by_number([NUMBER, resident_number(3)]) == {NUMBER: old.pk, resident_number(3): full.pk}
    assert found(world, NUMBER[-4:], PHONE) == [["甲"], ["甲"]]
    assert AuditEvent.objects.filter(action="identity.rotate_keys", detail__rows=2).count() == 1


def test_a_second_run_finds_nothing_to_do(old: Patient) -> None:
    rotate()
    sealed = bytes(Identity.objects.get().number_sealed)
    report, _said = rotate()
    assert report["identities"] == 0
    assert bytes(Identity.objects.get().number_sealed) == sealed


@pytest.mark.parametrize(("first", "second"), [((1,), (1, 2)), ((1, 2), (1,)), ((1, 2), (2,))])
def test_one_number_has_one_archive_whichever_keys_the_two_writers_know(
    world: World, settings: Any, first: tuple[int, ...], second: tuple[int, ...]
) -> None:
    use(settings, *first)
    world.patient("甲", number=NUMBER)
    use(settings, *second)
    with pytest.raises(IntegrityError), transaction.atomic():
        world.patient("乙", number=NUMBER)


def test_two_imports_at_once_with_different_keys_make_one_archive(
    committed_world: World, settings: Any
) -> None:
    """An old process knows key 1, a new one 1 and 2; both have looked, found nobody, and write at the same time."""
    a, b = (committed_world.patient(name, phone="") for name in "甲乙")
    Identity.objects.all().delete()
    text = IdentityText(number=NUMBER)
    use(settings, 1)
    rows = [new_identity(a.pk, a.organization_id, text)]
    use(settings, 1, 2)
    rows.append(new_identity(b.pk, b.organization_id, text))
    both, outcome = threading.Barrier(2), []

    def write(row: Identity) -> None:
        try:
            with transaction.atomic():
                both.wait()
                row.save(force_insert=True)
                time.sleep(0.1)
            outcome.append("written")
        except IntegrityError:
            outcome.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(row,)) for row in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcome) == ["refused", "written"]
    assert Identity.objects.count() == 1


def test_a_resident_who_moves_meanwhile_is_found_at_the_new_place_alone(
    world: World, old: Patient, settings: Any
) -> None:
    responsibilities.assign(
        old, organization=world.other_centre, care_team=world.other_team, on=date(2026, 5, 1), by=world.doctor
    )
    assert Identity.objects.get().index_version == 2
    rotate()
    use(settings, 2)
    assert [row.pk for row in search.find(world.outsider, PHONE[-4:])] == [old.pk]
    assert found(world, PHONE[-4:]) == [[]]


def test_a_changed_telephone_takes_the_whole_row_to_the_newest_key(world: World, old: Patient) -> None:
    """The row says which key sealed it: the database refuses a row whose columns are sealed under two."""
    row = Identity.objects.get(pk=old.pk)
    fresh = new_identity(old.pk, old.organization_id, plain(row))
    row.phone_sealed = fresh.phone_sealed
    with pytest.raises(IntegrityError, match="sealed_under_its_key"), transaction.atomic():
        row.save(update_fields=["phone_sealed"])


def test_a_row_held_by_somebody_is_waited_for_and_done_as_it_then_is(
    committed_world: World, settings: Any
) -> None:
    use(settings, 1)
    patient = committed_world.patient("甲", number=NUMBER, phone=PHONE)
    use(settings, 1, 2)
    held, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Identity.objects.select_for_update().get(pk=patient.pk)
            held.set()
            go_on.wait(10)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(10)
    threading.Timer(0.5, go_on.set).start()
    report, _said = rotate()
    holder.join()
    assert report["identities"] == 1
    assert Identity.objects.get(pk=patient.pk).key_version == 2


def test_kept_workbooks_follow_and_open_as_before(world: World, settings: Any) -> None:
    use(settings, 1)
    batch = batches.preview(
        SAMPLE.read_bytes(), "x.xlsx", world.centre, by=world.centre_admin, on=date(2026, 11, 22),
        at=at("2026-11-22T09:00:00"),
    )  # fmt: skip
    use(settings, 1, 2)
    report, _said = rotate()
    assert (report["workbooks"], report["unused"]["identity"]) == (1, [1])
    use(settings, 2)
    stored = ImportBatch.objects.get(pk=batch.pk)
    assert version_of(stored.file_sealed) == 2
    assert unseal(stored.file_sealed) == SAMPLE.read_bytes()


def test_an_old_key_that_still_seals_something_is_not_called_unused(old: Patient) -> None:
    outcome = rotation.Outcome()
    outcome.sealed.update({1: 1, 2: 5})
    outcome.indexed.update({0: 1, 2: 5})
    assert (outcome.unused_identity_keys, outcome.unused_index_keys) == ([], [])


def test_a_missing_key_is_said_and_nothing_is_lost(old: Patient, settings: Any) -> None:
    use(settings, 2)
    with pytest.raises(CommandError, match="no key of version 1") as refused:
        rotate()
    assert refused.value.returncode == 1
    use(settings, 1)
    assert plain(Identity.objects.get()).number == NUMBER


def test_a_third_index_key_is_refused_before_anybody_is_lost(world: World, settings: Any) -> None:
    use(settings, 1, 2, 3)
    with pytest.raises(ImproperlyConfigured, match="one odd and one even"):
        patients_by_number([NUMBER])
    assert "yilian.E004" in {fault.id for fault in production_keys()}
    use(settings, 1, 2)
    assert "yilian.E004" not in {fault.id for fault in production_keys()}


def test_the_next_change_of_keys_takes_the_freed_column(world: World, old: Patient, settings: Any) -> None:
    rotate()
    use(settings, 2, 3)
    assert found(world, NUMBER) == [["甲"]]
    with pytest.raises(IntegrityError), transaction.atomic():
        world.patient("乙", number=NUMBER)
    report, _said = rotate()
    assert report["indexed"] == {"3": 1}
    use(settings, 3)
    assert (patients_by_number([NUMBER]), found(world, PHONE)) == ({NUMBER: old.pk}, [["甲"]])


def many(world: World, count: int) -> dict[UUID, str]:
    """So many residents with numbers of their own; their numbers by id."""
    first = world.patient("甲", number=resident_number(0))
    numbers = {first.pk: resident_number(0)}
    rows = [
        Patient(name=f"居民{n}", pinyin="jumin", initials="jm", sex="male", birth_date=date(1960, 1, 1),
                organization=world.centre, care_team=world.team)
        for n in range(1, count)
    ]  # fmt: skip
    Patient.objects.bulk_create(rows, batch_size=2000)
    texts = [
        IdentityText(number=resident_number(n), phone=f"138{n:08d}", address="重庆市巴南区")
        for n in range(1, count)
    ]
    Identity.objects.bulk_create(
        [new_identity(row.pk, row.organization_id, text) for row, text in zip(rows, texts, strict=True)],
        batch_size=2000,
    )
    return numbers | {row.pk: text.number for row, text in zip(rows, texts, strict=True)}


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_killed_run_is_finished_by_the_next_one(committed_world: World, settings: Any) -> None:
    use(settings, 1)
    numbers = many(committed_world, 4000)
    use(settings, 1, 2)
    command = [sys.executable, "manage.py", "rotate_keys"]
    env = environment(**variables(1, 2))
    process = subprocess.Popen(
        command, cwd=product.BASE_DIR, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    until(lambda: process.poll() is not None or Identity.objects.filter(key_version=2).count() >= 500)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    done = Identity.objects.filter(key_version=2).count()
    assert 0 < done < 4000
    # In the middle of it everybody is found, and nobody twice.
    assert patients_by_number(numbers.values()) == {number: key for key, number in numbers.items()}

    again = subprocess.run(
        command, cwd=product.BASE_DIR, env=env, capture_output=True, text=True, check=False
    )
    assert again.returncode == 0, again.stderr
    report = json.loads(again.stdout)
    left = report["identities"]
    assert 0 < left <= 4000 - done
    assert (report["sealed"], report["indexed"]) == ({"2": 4000}, {"2": 4000})
    assert f"{left} of {left} identities" in again.stderr
    use(settings, 2)
    assert patients_by_number(numbers.values()) == {number: key for key, number in numbers.items()}
    rows = Identity.objects.in_bulk()
    assert {key: plain(row).number for key, row in rows.items()} == numbers
    assert len(search.find(committed_world.doctor, numbers[next(iter(numbers))])) == 1
