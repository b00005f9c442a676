"""Worker, beat, PostgreSQL and Redis of their own, which are killed while messages leave; the other ends live on."""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from unittest import mock

from config import embedded, servers
from tests import private_servers

CELERY = [sys.executable, "-m", "celery", "--quiet", "--app", "config"]
PACE = {
    "YILIAN_DELIVER_SECONDS": "1", "YILIAN_MESSAGE_LEASE_SECONDS": "8", "YILIAN_MESSAGE_TIMEOUT_SECONDS": "3",
    "YILIAN_SMS_A_MINUTE": "1000000", "YILIAN_WECHAT_A_MINUTE": "1000000", "YILIAN_EMAIL_A_MINUTE": "1000000",
    "YILIAN_SMS_HONOURS_KEY": "1", "YILIAN_SMS_SECRET": "s" * 32, "YILIAN_WECHAT_SECRET": "w" * 32,
    "YILIAN_QUIET_HOURS": "none", "YILIAN_HTTPS": "0", "ALLOWED_HOSTS": "testserver,127.0.0.1", "LOG_LEVEL": "WARNING",
    "DJANGO_SETTINGS_MODULE": "config.settings", "YILIAN_AS_OWNER": "0",
}  # fmt: skip


@dataclass
class Stage:
    """Everything that runs, in one folder."""

    folder: Path
    pause: int  # milliseconds that each other end takes
    env: dict[str, str] = field(default_factory=dict)
    parts: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    killed: Counter[str] = field(default_factory=Counter)
    revived: Counter[str] = field(default_factory=Counter)

    def __enter__(self) -> "Stage":
        self.folder.chmod(0o711)
        private_servers._copy(private_servers._migrated_cluster(), self.folder)
        self.keys = embedded.generated_keys(self.folder)
        for name in ("postgres", "redis", "smtp", "honours", "forgets"):
            self.ports[name] = servers.free_port()
        for name in ("smtp", "honours", "forgets"):
            self._spawn(name, [sys.executable, "-m", "tests.hard.peers", name, str(self.ports[name]),
                               str(self.file(name)), str(self.pause)])  # fmt: skip
            self.file(name).touch()
        urls = {
            "EMAIL_URL": f"smtp://127.0.0.1:{self.ports['smtp']}",
            "YILIAN_SMS_URL": f"http://127.0.0.1:{self.ports['honours']}/",
            "YILIAN_WECHAT_URL": f"http://127.0.0.1:{self.ports['forgets']}/",
        }
        given = {
            k: v
            for k, v in os.environ.items()
            if k not in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")
        }
        self.env = given | PACE | urls | {"YILIAN_DATA": str(self.folder)}
        self.start("postgres")
        self.start("redis")
        address = servers.postgres_url(
            self.ports["postgres"], servers.WEB, self.keys["web"], private_servers.TEMPLATE
        )
        owner = servers.postgres_url(
            self.ports["postgres"], servers.OWNER, self.keys["owner"], private_servers.TEMPLATE
        )
        self.env |= {"DATABASE_URL": address, "DATABASE_OWNER_URL": owner}
        self.env |= embedded.redis_variables(self.ports["redis"], self.keys)
        self.env |= {
            "SECRET_KEY": self.keys["secret_key"], "YILIAN_IDENTITY_KEYS": self.keys["identity_keys"],
            "YILIAN_INDEX_KEYS": self.keys["index_keys"], "YILIAN_SEAL_KEYS": self.keys["seal_keys"],
        }  # fmt: skip
        return self

    def __exit__(self, *_: Any) -> None:
        for name in reversed(list(self.parts)):
            self._end(name)

    def file(self, peer: str) -> Path:
        """Where a peer writes what arrived."""
        return self.folder / f"{peer}.arrived"

    def arrived(self, peer: str) -> list[str]:
        """The keys that arrived at a peer, in order."""
        return self.file(peer).read_text().split()

    def start(self, name: str) -> None:
        """Start a part, or start it again where it was."""
        if name == "worker":
            self._spawn(
                name, [*CELERY, "worker", "--concurrency", "2", "--loglevel", "WARNING", "--without-gossip"]
            )
        elif name == "beat":
            self._spawn(name, [*CELERY, "beat", "--loglevel", "WARNING", "--pidfile="])
        else:
            with mock.patch.object(servers, "free_port", return_value=self.ports[name]):
                self.parts[name] = self._server(name).process

    def _server(self, name: str) -> servers.Server:
        log = self.folder / f"{name}.log"
        if name == "redis":
            return servers.start_redis(self.keys["redis"], log)
        # Durable: what was committed before a kill is there after it.
        return servers.start_postgres(self.folder / "pg", embedded.passwords(self.keys), log, durable=True)

    def kill(self, name: str) -> None:
        """kill -9 of a part with all that it started, and a new start."""
        os.killpg(self.parts[name].pid, signal.SIGKILL)
        self.parts[name].wait()
        self.killed[name] += 1
        self.start(name)

    def revive(self) -> None:
        """What a service manager does: a worker or beat that ended by itself (Celery's worker may, when its broker dies
        while it owes an answer) is started again."""
        for name in ("worker", "beat"):
            if name in self.parts and self.parts[name].poll() is not None:
                self.revived[name] += 1
                self.start(name)

    def _spawn(self, name: str, command: list[str]) -> None:
        with (self.folder / f"{name}.out").open("ab") as out:
            self.parts[name] = subprocess.Popen(
                command, env=self.env or None, cwd=private_servers.PROJECT, stdout=out, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip

    def _end(self, name: str) -> None:
        process = self.parts[name]
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def tell(self, *words: str) -> Any:
        """What tests.hard.fill answers."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.hard.fill", *words], env=self.env, cwd=private_servers.PROJECT,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout) if done.stdout.strip() else None


@dataclass(frozen=True)
class Told:
    """How it ended."""

    seconds: float
    killed: dict[str, int]
    states: list[list[str]]
    on_page: list[str]
    honours: list[str]
    forgets: list[str]
    smtp: list[str]


def play(count: int, kills: int, *, seed: int, pause: int = 20, patience: float = 240) -> Told:
    """Send `count` messages while parts are killed at random moments, and wait until nothing is on its way."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="yilian-hard-") as folder, Stage(Path(folder), pause) as stage:
        stage.tell("fill", str(count))
        begun = monotonic()
        stage.start("worker")
        stage.start("beat")
        victims = [("worker", "postgres", "redis", "beat")[n % 4] for n in range(kills)]
        chance.shuffle(victims)
        moments = sorted(chance.randint(count // 20, count * 8 // 10) for _ in victims)

        def there() -> int:
            return sum(len(stage.arrived(peer)) for peer in ("honours", "forgets", "smtp"))

        for victim, moment in zip(victims, moments, strict=True):
            _until(lambda moment=moment: there() >= moment, patience, stage)  # type: ignore[misc]
            stage.kill(victim)
        _until(lambda: all(row[3] in ("completed", "uncertain") for row in _slowly(stage)), patience, stage)
        seconds = monotonic() - begun
        return Told(
            seconds, dict(stage.killed), stage.tell("states"), stage.tell("page"), stage.arrived("honours"),
            stage.arrived("forgets"), stage.arrived("smtp"),
        )  # fmt: skip


def _slowly(stage: Stage) -> list[list[str]]:
    sleep(1)
    found: list[list[str]] = stage.tell("states")
    return found


def _until(happened: Callable[[], bool], patience: float, stage: Stage) -> None:
    deadline = monotonic() + patience
    while not happened():
        if monotonic() > deadline:
            logs = {name: (stage.folder / f"{name}.out").read_text()[-2000:] for name in ("worker", "beat")}
            raise AssertionError(f"it did not happen: {stage.killed} {stage.revived} {logs}")
        stage.revive()
        sleep(0.02)


if __name__ == "__main__":  # python -m tests.hard.stage 10000 40
    told = play(int(sys.argv[1]), int(sys.argv[2]), seed=int(sys.argv[3]) if len(sys.argv) > 3 else 1,
                pause=3, patience=1200)  # fmt: skip
    states = Counter((channel, status) for channel, _id, _key, status in told.states)
    twice = {peer: len(keys) - len(set(keys)) for peer, keys in
             (("honours", told.honours), ("forgets", told.forgets), ("smtp", told.smtp))}  # fmt: skip
    print(
        f"{told.seconds:.0f} s, killed {told.killed}, {dict(states)}, twice {twice}, on the page {len(told.on_page)}"
    )
