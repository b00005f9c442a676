"""A month of the trail as a file with a manifest, and months that leave the database once they may."""

import csv
import hashlib
import json
from collections.abc import Iterator
from datetime import date, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import override_settings
from django.utils import timezone

from config import environment
from journal import retention
from journal.models import AuditEvent, RetiredMonth
from journal.seals import seal_all
from journal.verification import Broken, verify
from tests.world import World, at

OLD = date(2022, 3, 1)


@pytest.fixture(autouse=True)
def _with_a_key() -> Iterator[None]:
    with override_settings(SEAL_KEYS={1: b"1" * 32}):
        yield


def line(moment: datetime, action: str = "patient.open", **about: Any) -> AuditEvent:
    return AuditEvent.objects.create(action=action, agent_type="system", at=moment, **about)


@pytest.fixture
def old_month(transactional_db: None) -> Iterator[list[AuditEvent]]:
    """Three lines of March 2022 and one of today; a partition for the month, which goes with the test."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT journal_ensure_partitions(%s, 1)", [OLD])
    yield [
        line(at("2022-03-01T00:00:00")), line(at("2022-03-15T10:00:00")), line(at("2022-03-31T23:59:59")),
        line(timezone.now()),
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS journal_auditevent_2022_03, journal_change_2022_03")


def test_a_month_is_written_with_its_manifest(world: World, tmp_path: Path) -> None:
    patient = world.patient("李佩兰")
    inside = line(at("2026-03-31T23:59:59"), patient_id=patient.pk, detail={"reason": "@x"})
    line(at("2026-04-01T00:00:00"))
    out = StringIO()
    file = tmp_path / "march.csv"
    call_command("export_audit", "2026-03", "--output", str(file), stdout=out)
    content = file.read_bytes()
    assert content.startswith("\ufeff审计日志,2026-03".encode())
    rows = list(csv.reader(content.decode("utf-8-sig").splitlines()))
    assert [row[0] for row in rows[5:]] == [str(inside.pk)]
    assert "李佩兰" in rows[5]
    assert "'@x" in rows[5]
    manifest = json.loads((tmp_path / "march.csv.json").read_text())
    assert manifest["rows"] == 1
    assert manifest["sha256"] == hashlib.sha256(content).hexdigest()
    assert manifest["last_seal"] is None
    assert AuditEvent.objects.get(action="trail.export").detail == {"month": "2026-03", "file": "march.csv"}


def test_a_file_that_cannot_be_written_is_said(world: World, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="nowhere"):
        call_command("export_audit", "2026-03", "--output", str(tmp_path / "nowhere" / "x.csv"))


def test_an_old_month_leaves_exported_and_the_seals_still_hold(
    old_month: list[AuditEvent], tmp_path: Path
) -> None:
    today = timezone.localdate()
    seal_all(at=timezone.now(), limit=2)
    assert retention.due(today) == [OLD]
    call_command("retire_audit", "--archive", str(tmp_path), stdout=StringIO())
    assert not AuditEvent.objects.filter(at__lt=at("2022-04-01T00:00:00")).exists()
    assert retention.due(today) == []
    row = RetiredMonth.objects.get()
    assert (row.month, row.rows) == (OLD, 3)
    assert row.export_digest == hashlib.sha256((tmp_path / "audit-2022-03.csv").read_bytes()).hexdigest()
    found = verify()
    assert (found.retired, found.rows) == (3, found.rows)
    assert AuditEvent.objects.filter(action="trail.retire").exists()


def test_a_month_that_was_merely_dropped_is_found(old_month: list[AuditEvent]) -> None:
    seal_all(at=timezone.now())
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE journal_auditevent_2022_03")
        with pytest.raises(Broken, match="3 lines of 2022-03 missing"):
            verify()
        # Whoever can drop it can write that it was retired, but has not the key.
        RetiredMonth.objects.create(
            month=OLD, rows=3, export_digest="0" * 64, seal_number=1, key_version=1, mac="0" * 64,
            retired_at=timezone.now(),
        )  # fmt: skip
        with pytest.raises(Broken, match="was not written by Yilian"):
            verify()
        transaction.set_rollback(True)


def test_a_month_stays_while_it_is_young_unsealed_broken_or_not_exported_whole(
    old_month: list[AuditEvent], tmp_path: Path
) -> None:
    today, now = timezone.localdate(), timezone.now()

    def retire(month: date = OLD, rows: int = 3) -> None:
        retention.retire(month, rows=rows, digest="0" * 64, today=today, at=now)

    with pytest.raises(retention.NotYet, match="is to be kept"):
        retire(today.replace(day=1))
    with pytest.raises(retention.NotYet, match="3 lines, the export 2"):
        retire(rows=2)
    with pytest.raises(retention.NotYet, match="not sealed yet"):
        retire()
    seal_all(at=now)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("UPDATE journal_auditevent SET action = 'x' WHERE id = %s", [old_month[0].pk])
        with pytest.raises(Broken):
            retire()
        transaction.set_rollback(True)
    assert AuditEvent.objects.filter(at__lt=at("2022-04-01T00:00:00")).count() == 3
    with override_settings(AUDIT_MONTHS=120):
        assert retention.due(today) == []


def test_less_than_six_months_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YILIAN_AUDIT_MONTHS", "5")
    with pytest.raises(ImproperlyConfigured, match="below 6"):
        environment.whole("YILIAN_AUDIT_MONTHS", 36, least=6)
    monkeypatch.setenv("YILIAN_AUDIT_MONTHS", "6")
    assert environment.whole("YILIAN_AUDIT_MONTHS", 36, least=6) == 6
