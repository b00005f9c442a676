"""`make run`'s supervisor: one part that ends ends all, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.supervisor import PartEnded, Supervisor

PROJECT = Path(__file__).resolve().parents[3]
SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(60)",
]
PARENT = """
import sys
from config.supervisor import Supervisor
supervisor = Supervisor()
supervisor.start("part", [sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)"])
print(supervisor.parts["part"].pid, flush=True)
supervisor.watch()
"""


def test_a_part_that_crashes_is_named_with_its_status_and_the_others_are_stopped() -> None:
    supervisor = Supervisor()
    supervisor.start("web", SLEEP)
    supervisor.start("worker", [sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(PartEnded, match="worker ended with status 3"):
        supervisor.watch()
    supervisor.stop()
    assert supervisor.parts["web"].returncode == -signal.SIGTERM


def test_waiting_for_readiness_does_not_outlast_a_part_that_ended() -> None:
    supervisor = Supervisor()
    supervisor.start("web", [sys.executable, "-c", "raise SystemExit(4)"])
    with pytest.raises(PartEnded, match="web ended with status 4"):
        supervisor.wait_until(lambda: False, seconds=30)


def test_a_part_that_ignores_the_request_is_ended_by_force(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("config.supervisor.GRACE_SECONDS", 0.2)
    supervisor = Supervisor()
    supervisor.start("stubborn", STUBBORN)
    said = ""
    while "1" not in said:
        said += capfd.readouterr().out
        time.sleep(0.02)
    supervisor.stop()
    assert supervisor.parts["stubborn"].returncode == -signal.SIGKILL
    assert "stubborn does not stop" in capfd.readouterr().err


def test_parts_end_when_the_supervisor_is_killed_even_those_that_ignore_requests() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    part = int(parent.stdout.readline())
    # The tie is made by the part itself in its first moments; a parent that dies within them is not covered.
    while b"setpriv" in Path(f"/proc/{part}/cmdline").read_bytes() or _is_still_us(part, parent.pid):
        time.sleep(0.01)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 15
    while _runs(part) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _runs(part)


def _is_still_us(part: int, parent: int) -> bool:
    """Whether the part has not yet begun to run its own program."""
    return Path(f"/proc/{part}/cmdline").read_bytes() == Path(f"/proc/{parent}/cmdline").read_bytes()


def _runs(pid: int) -> bool:
    """Whether the process is there and not just waiting to be collected."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
