"""The seals of the audit trail: what they find, and what commits late."""

import random
import threading
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.test import override_settings
from django.utils import timezone

from journal import audit, feed, seals, verification
from journal.models import AuditEvent, AuditSeal
from journal.seals import FORM, FORMS, seal_all, seal_next
from journal.verification import Broken, verify

NOW = timezone.now
KEYS = {1: b"1" * 32}


@pytest.fixture(autouse=True)
def _with_a_key() -> Iterator[None]:
    with override_settings(SEAL_KEYS=KEYS):
        yield


def wrote(*actions: str) -> list[AuditEvent]:
    """One transaction an action, as the product writes them."""
    return [audit.record(action, by=None, detail={"n": 1, "why": "因"}) for action in actions]


@pytest.fixture
def sealed(transactional_db: None) -> list[AuditSeal]:
    """Nine lines under five seals, up to two lines each."""
    wrote(*(f"x.{n}" for n in range(9)))
    return seal_all(at=NOW(), limit=2)


def tampered(statement: str, *values: Any) -> None:
    """What somebody who owns the tables can do."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, values)
        cursor.execute("SET LOCAL session_replication_role = origin")


def broken_batch() -> int:
    with pytest.raises(Broken) as found:
        verify()
    return found.value.number


def test_every_line_is_sealed_once_and_the_seals_hold(sealed: list[AuditSeal]) -> None:
    assert [seal.rows for seal in sealed] == [2, 2, 2, 2, 1]
    assert [seal.number for seal in sealed] == [1, 2, 3, 4, 5]
    assert seal_all(at=NOW()) == []
    wrote("x.late")
    found = verify()
    assert (found.seals, found.rows, found.unsealed) == (5, 9, 1)


def test_a_form_covers_every_column_of_a_line() -> None:
    columns = {field.column for field in AuditEvent._meta.concrete_fields}
    assert set(FORMS[FORM]) == columns, "a further column needs a further form (journal/seals.py)"


COLUMNS = [
    ("at", "at + interval '1 microsecond'"), ("action", "'other'"), ("agent_type", "'user'"), ("agent_id", "'7'"),
    ("agent_name", "'x'"), ("subject_kind", "'x'"), ("subject_id", "'x'"), ("patient_id", "gen_random_uuid()"),
    ("organization_id", "7"), ("address", "'10.0.0.1'"), ("detail", "'{}'"), ("xact_id", "xact_id + 1000000000"),
]  # fmt: skip


def test_a_change_of_any_column_is_found(sealed: list[AuditSeal]) -> None:
    for column, value in COLUMNS:
        with transaction.atomic():
            tampered(f"UPDATE journal_auditevent SET {column} = {value} WHERE action = 'x.5'")
            assert broken_batch() == 3, column
            transaction.set_rollback(True)
    verify()


def test_a_removed_line_is_found(sealed: list[AuditSeal]) -> None:
    with transaction.atomic():
        tampered("DELETE FROM journal_auditevent WHERE action = 'x.2'")
        assert broken_batch() == 2
        transaction.set_rollback(True)


def test_a_line_slipped_in_is_found(sealed: list[AuditSeal]) -> None:
    behind = AuditEvent.objects.get(action="x.6").xact_id
    for line in ({}, {"id": -5}, {"at": "2020-01-01T00:00Z"}):
        with transaction.atomic():
            AuditEvent.objects.create(action="x.6", agent_type="system", xact_id=behind, **line)
            assert broken_batch() == 4, line
            transaction.set_rollback(True)
    with transaction.atomic():
        AuditEvent.objects.create(action="x", agent_type="system", xact_id=-3)
        assert broken_batch() == 1, "below every transaction"
        transaction.set_rollback(True)


DEEDS = [
    ("UPDATE journal_auditseal SET rows = rows + 1 WHERE number = 3", 3),
    ("UPDATE journal_auditseal SET months = '{}' , rows = 0 WHERE number = 3", 3),
    ("UPDATE journal_auditseal SET sealed_at = sealed_at + interval '1 day' WHERE number = 3", 3),
    ("UPDATE journal_auditseal SET to_xact = to_xact + 1 WHERE number = 3", 3),
    ("UPDATE journal_auditseal SET mac = repeat('0', 64) WHERE number = 3", 3),
    ("DELETE FROM journal_auditseal WHERE number = 3", 3),
    ("DELETE FROM journal_auditseal WHERE number = 1", 1),
]  # fmt: skip


def test_a_changed_or_removed_seal_is_found(sealed: list[AuditSeal]) -> None:
    for statement, first in DEEDS:
        with transaction.atomic():
            tampered(statement)
            assert broken_batch() == first, statement
            transaction.set_rollback(True)


def test_seals_removed_from_the_end_are_found_by_what_was_noted_outside(
    transactional_db: None, tmp_path: Path
) -> None:
    log = tmp_path / "seals.log"
    with override_settings(SEAL_LOG=str(log)):
        wrote("x.1", "x.2")
        seal_all(at=NOW())
        wrote("x.3")
        seal_all(at=NOW())
    heads = verification.heads_in(log)
    assert verify(heads=heads).seals == 2
    with transaction.atomic():
        tampered("DELETE FROM journal_auditevent WHERE action = 'x.3'")
        tampered("DELETE FROM journal_auditseal WHERE number = 2")
        assert verify().seals == 1, "from within the database alone nothing shows: hence the note outside"
        with pytest.raises(Broken, match="batch 2: it was noted outside") as found:
            verify(heads=heads)
        assert found.value.number == 2
        transaction.set_rollback(True)


def test_a_transaction_that_commits_late_gets_a_later_seal(transactional_db: None) -> None:
    """A line with an earlier id and an earlier transaction number becomes visible after the seal: nothing breaks."""
    written, go = threading.Event(), threading.Event()

    def late() -> None:
        try:
            with transaction.atomic():
                audit.record("x.late", by=None)
                written.set()
                assert go.wait(20)
        finally:
            connections.close_all()

    thread = threading.Thread(target=late)
    wrote("x.before")
    thread.start()
    assert written.wait(20)
    wrote("x.after")
    first = seal_all(at=NOW())
    assert sum(seal.rows for seal in first) == 1, "only what ended before the running transaction began"
    go.set()
    thread.join(20)
    second = seal_all(at=NOW())
    assert sum(seal.rows for seal in second) == 2
    assert verify().rows == 3


def test_two_workers_never_seal_the_same_lines(transactional_db: None) -> None:
    wrote(*(f"x.{n}" for n in range(40)))
    start = threading.Barrier(2)
    made: list[list[AuditSeal]] = []

    def work() -> None:
        try:
            start.wait(20)
            made.append(seal_all(at=NOW(), limit=1))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(made) == 2
    seal_all(at=NOW())
    assert verify().rows == 40


def test_while_one_seals_another_leaves_it_alone(transactional_db: None) -> None:
    wrote("x.1")
    answers: list[AuditSeal | None] = []

    def other() -> None:
        try:
            answers.append(seal_next(at=NOW()))
        finally:
            connections.close_all()

    with transaction.atomic():
        assert seal_next(at=NOW()) is not None
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(20)
    assert answers == [None]


def test_a_long_transaction_stays_under_one_seal(transactional_db: None) -> None:
    with transaction.atomic():
        wrote(*(f"x.{n}" for n in range(7)))
    wrote("x.last")
    assert [seal.rows for seal in seal_all(at=NOW(), limit=3)] == [7, 1]
    assert verify().rows == 8


def test_after_rotation_the_newest_key_seals_and_the_old_one_verifies(sealed: list[AuditSeal]) -> None:
    with override_settings(SEAL_KEYS={**KEYS, 2: b"2" * 32}):
        wrote("x.new")
        assert [seal.key_version for seal in seal_all(at=NOW())] == [2]
        assert verify().rows == 10
    with override_settings(SEAL_KEYS={2: b"2" * 32}), pytest.raises(seals.NoKey):
        verify()


def test_with_another_key_nothing_holds(sealed: list[AuditSeal]) -> None:
    with override_settings(SEAL_KEYS={1: b"3" * 32}):
        assert broken_batch() == 1


def test_after_a_restore_sealing_goes_on_although_transaction_numbers_begin_anew(
    sealed: list[AuditSeal],
) -> None:
    wrote("x.unsealed at the backup")
    feed.begin_epoch()
    AuditEvent.objects.create(action="x.new cluster", agent_type="system", xact_id=3)
    made = seal_all(at=NOW())
    assert [(seal.epoch, seal.rows) for seal in made] == [(1, 1), (2, 1)]
    found = verify()
    assert (found.seals, found.rows, found.unsealed) == (7, 11, 0)
    with transaction.atomic():
        tampered("DELETE FROM journal_auditevent WHERE action = 'x.new cluster'")
        assert broken_batch() == 7
        transaction.set_rollback(True)


def test_random_tampering_is_always_found(sealed: list[AuditSeal]) -> None:
    """Whatever is changed, removed or slipped in: the first batch named is the one it happened in."""
    chance = random.Random(20261125)
    spans = [(seal.number, seal.from_xact, seal.to_xact) for seal in sealed]
    ids = list(AuditEvent.objects.order_by("xact_id", "id").values_list("id", "xact_id"))
    for _round in range(60):
        line, xact = chance.choice(ids)
        batch = next(number for number, begin, end in spans if begin <= xact < end)
        with transaction.atomic():
            deed = chance.choice(["change", "remove", "insert", "swap"])
            if deed == "change":
                column, value = chance.choice(COLUMNS)
                tampered(f"UPDATE journal_auditevent SET {column} = {value} WHERE id = %s", line)
            elif deed == "remove":
                tampered("DELETE FROM journal_auditevent WHERE id = %s", line)
            elif deed == "insert":
                AuditEvent.objects.create(action="x", agent_type="system", xact_id=xact, id=10_000 + line)
            else:
                tampered("UPDATE journal_auditevent SET id = id + 5000 WHERE id = %s", line)
            assert broken_batch() == batch, (deed, line)
            transaction.set_rollback(True)
    verify()


def test_the_command_says_what_holds_and_names_the_first_broken_batch(sealed: list[AuditSeal]) -> None:
    out = StringIO()
    call_command("verify_audit", stdout=out)
    assert "5 batches hold: 9 lines" in out.getvalue()
    with transaction.atomic():
        tampered("DELETE FROM journal_auditevent WHERE action = 'x.4'")
        with pytest.raises(CommandError, match=r"batch 3 .*1 lines of .* missing") as refused:
            call_command("verify_audit")
        assert refused.value.returncode == 1
        transaction.set_rollback(True)
    day = timezone.localdate().isoformat()
    out = StringIO()
    call_command("verify_audit", "--from", day, "--to", day, stdout=out)
    assert "5 batches hold" in out.getvalue()
    with override_settings(SEAL_KEYS={}), pytest.raises(CommandError) as refused:
        call_command("verify_audit")
    assert refused.value.returncode == 2
