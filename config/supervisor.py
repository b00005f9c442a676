"""Runs the parts of the product side by side: when one ends, all end; nothing outlives the one who started them."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType
from typing import NoReturn

GRACE_SECONDS = 15


class PartEnded(RuntimeError):
    """A part ended although nobody asked it to; the message names it and its exit status."""


@dataclass
class Supervisor:
    """Started processes by name, in the order in which they were started."""

    parts: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, command: list[str]) -> None:
        """Start a part with this process's environment and output.

        It runs in a session of its own, so that Ctrl-C in the terminal reaches only us. Should we be killed, the
        kernel kills it: a worker asked politely would wait for ever for the Redis that went with us.
        """
        setpriv = shutil.which("setpriv")
        tie = [setpriv, "--pdeathsig", "KILL"] if setpriv else []
        self.parts[name] = subprocess.Popen(
            [*tie, *command], stdin=subprocess.DEVNULL, start_new_session=True
        )

    def check(self) -> None:
        """Raise PartEnded when a part is gone."""
        for name, process in self.parts.items():
            status = process.poll()
            if status is not None:
                raise PartEnded(f"{name} ended with status {status}")

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> bool:
        """Whether `ready()` came true within `seconds`, while all parts run. Raises PartEnded."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.check()
            if ready():
                return True
            time.sleep(0.1)
        return False

    def watch(self) -> NoReturn:
        """Wait for ever. Raises PartEnded when a part ends, KeyboardInterrupt when we are asked to stop."""
        while True:
            self.check()
            time.sleep(0.2)

    def stop(self) -> None:
        """Ask all parts to end, the last started first; by force after GRACE_SECONDS."""
        for process in reversed(self.parts.values()):
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for name, process in self.parts.items():
            try:
                process.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                print(f"{name} does not stop; ending it by force", file=sys.stderr)
                process.kill()
                process.wait()


def stop_on_signals() -> None:
    """Make SIGTERM and SIGHUP end this process as Ctrl-C does: by KeyboardInterrupt, through every `finally`."""

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


def ignore_signals() -> None:
    """While stopping, a second Ctrl-C must not leave half of it running."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
