"""What a command line needs, and what a command finds when it runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.commands import Needs, needs

PROJECT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("line", "need"),
    [
        ("assess", Needs.NOTHING),
        ("score --list", Needs.NOTHING),
        ("demo --help", Needs.NOTHING),
        ("", Needs.NOTHING),
        ("--version", Needs.NOTHING),
        ("check --deploy", Needs.NOTHING),
        ("check --database default", Needs.ROWS),
        ("migrate", Needs.TABLES),
        ("nanquan --year 2020", Needs.TABLES),
        ("demo", Needs.ROWS),
        ("import_roster file.xlsx --organization nanquan", Needs.ROWS),
    ],
)
def test_a_command_line_needs(line: str, need: Needs) -> None:
    assert needs(line.split()) is need


def _manage(*arguments: str, data: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    removed = (
        "DATABASE_URL",
        "DATABASE_OWNER_URL",
        "REDIS_URL",
        "YILIAN_AS_OWNER",
        "YILIAN_PRIVATE_DATABASE",
    )
    inherited = {name: value for name, value in os.environ.items() if name not in removed}
    settings = {"YILIAN_DATA": str(data), "DJANGO_SETTINGS_MODULE": "config.settings"}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=PROJECT, env=inherited | settings | environment,
        capture_output=True, text=True, input="", check=False,
    )  # fmt: skip


def test_a_pure_command_leaves_no_trace(tmp_path: Path) -> None:
    done = _manage("assess", data=tmp_path / "data")
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "data").exists()


def test_a_command_brings_the_private_database_up_to_date_and_works_as_the_web_role(tmp_path: Path) -> None:
    question = "from django.db import connection as c; k = c.cursor(); k.execute('SELECT current_user'); print(k.fetchone())"
    done = _manage("shell", "--no-imports", "-c", question, data=tmp_path / "data")
    assert done.returncode == 0, done.stderr
    assert "yilian_web" in done.stdout
    assert "Migrating the private database" in done.stderr
    assert "Migrating" not in _manage("shell", "--no-imports", "-c", "1", data=tmp_path / "data").stderr


def test_a_given_database_that_is_behind_is_refused(tmp_path: Path) -> None:
    """The servers' own database `postgres` has never seen a migration."""
    behind = os.environ["DATABASE_OWNER_URL"].rsplit("/", 1)[0] + "/postgres"
    done = _manage("shell", "-c", "1", data=tmp_path / "data", DATABASE_URL=behind)
    assert done.returncode == 1
    assert "lacks" in done.stderr
    assert "migrate" in done.stderr
    assert done.stdout == ""


def test_a_given_database_that_does_not_answer_is_refused_without_a_stack_trace(tmp_path: Path) -> None:
    nowhere = "postgresql://web:secret-word@127.0.0.1:1/yilian"
    done = _manage("shell", "-c", "1", data=tmp_path / "data", DATABASE_URL=nowhere)
    assert done.returncode == 1
    assert "does not answer" in done.stderr
    assert "Traceback" not in done.stderr
    assert "secret-word" not in done.stderr
