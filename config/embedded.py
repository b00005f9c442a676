"""The private PostgreSQL and Redis of this project folder: one of each at most, shared by all who work here.

A server belongs to the process that started it (`make run`, or a command for its own duration) and ends with it. That
process holds a lock on `.data/<server>.lock` meanwhile, and `.data/<server>.json` says where the server listens: the
kernel drops the lock with the process, so a stale note is never believed.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from config import servers
from config.binaries import ServerError

BASE_DIR = Path(__file__).resolve().parent.parent


def data_folder() -> Path:
    """`.data/` of the project (or YILIAN_DATA), made when absent; others may pass but not list it."""
    folder = Path(os.environ.get("YILIAN_DATA") or BASE_DIR / ".data")
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    return folder.resolve()


def generated_keys(data: Path) -> dict[str, str]:
    """Secrets of the private installation, made once and kept in `keys.json` (readable by its owner alone).

    Raises ServerError when a database is there without its keys: new ones could not read it.
    """
    file = data / "keys.json"
    try:
        kept: dict[str, str] = json.loads(file.read_text(encoding="ascii"))
    except FileNotFoundError:
        if (data / "pg").exists():
            raise ServerError(f"{file} is missing, and {data}/pg cannot be read without it.") from None
    except PermissionError:
        raise ServerError(f"{file} belongs to another user: run as that user, or as root.") from None
    else:
        return _completed(file, kept)
    made = {name: secrets.token_urlsafe(24) for name in ("superuser", "owner", "web", "redis")}
    made["secret_key"] = secrets.token_urlsafe(50)
    for name in ("identity_keys", "index_keys", "seal_keys"):
        made[name] = _versioned_key()
    return _keep(file, made)


def _versioned_key() -> str:
    return "1:" + base64.urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii")


def _completed(file: Path, kept: dict[str, str]) -> dict[str, str]:
    """An installation from before the audit trail was sealed gets its key for that now."""
    return kept if "seal_keys" in kept else _keep(file, {**kept, "seal_keys": _versioned_key()})


def _keep(file: Path, keys: dict[str, str]) -> dict[str, str]:
    draft = _owned(file.with_suffix(f".{os.getpid()}"), mode=0o600)
    draft.write_text(json.dumps(keys, indent=1), encoding="ascii")
    draft.rename(file)
    return keys


def _owned(path: Path, mode: int = 0o644) -> Path:
    """Make the file `path`; root leaves what it makes in somebody's folder to that somebody."""
    if not path.exists():
        path.touch(mode=mode)
        if os.geteuid() == 0:
            os.chown(path, path.parent.stat().st_uid, path.parent.stat().st_gid)
    return path


def passwords(keys: dict[str, str]) -> servers.Passwords:
    """The servers' part of the generated keys."""
    return servers.Passwords(**{name: keys[name] for name in ("superuser", "owner", "web", "redis")})


def key_variables(keys: dict[str, str]) -> dict[str, str]:
    """The product's part of the generated keys, as environment variables; given ones are not overruled."""
    made = {
        "SECRET_KEY": keys["secret_key"],
        "YILIAN_IDENTITY_KEYS": keys["identity_keys"],
        "YILIAN_INDEX_KEYS": keys["index_keys"],
        "YILIAN_SEAL_KEYS": keys["seal_keys"],
    }
    return {name: os.environ.get(name) or value for name, value in made.items()}


def database_variables(port: int, keys: dict[str, str]) -> dict[str, str]:
    """DATABASE_URL and DATABASE_OWNER_URL of a private PostgreSQL."""
    return {
        "DATABASE_URL": servers.postgres_url(port, servers.WEB, keys["web"]),
        "DATABASE_OWNER_URL": servers.postgres_url(port, servers.OWNER, keys["owner"]),
        "YILIAN_PRIVATE_DATABASE": "1",
    }


def redis_variables(port: int, keys: dict[str, str]) -> dict[str, str]:
    """REDIS_URL of a private Redis."""
    return {"REDIS_URL": servers.redis_url(port, keys["redis"])}


@contextmanager
def postgres(*, wait_for_users: bool = True) -> Iterator[dict[str, str]]:
    """The variables of the private PostgreSQL: the one running here, else one for the duration of this block.

    Whoever started it waits at the end for commands that joined it, unless `wait_for_users` is off.
    """
    data = data_folder()
    with _shared(data, "pg", wait_for_users=wait_for_users) as (running_at, claim):
        keys = generated_keys(data)
        port = running_at
        if port is None:
            log = _owned(data / "postgres.log", 0o600)
            server = servers.start_postgres(data / "pg", passwords(keys), log)
            port = claim.hold(server, signal.SIGINT)
        yield database_variables(port, keys) | key_variables(keys)


@contextmanager
def redis(*, wait_for_users: bool = True) -> Iterator[dict[str, str]]:
    """The same for Redis."""
    data = data_folder()
    with _shared(data, "redis", wait_for_users=wait_for_users) as (running_at, claim):
        keys = generated_keys(data)
        port = running_at
        if port is None:
            server = servers.start_redis(keys["redis"], _owned(data / "redis.log", 0o600))
            port = claim.hold(server, signal.SIGTERM)
        yield redis_variables(port, keys)


class _Claim:
    """The right to run one kind of server in this folder, held until the server has stopped."""

    def __init__(self, data: Path, kind: str) -> None:
        self._note = data / f"{kind}.json"
        self._stack = ExitStack()

    def hold(self, server: servers.Server, how: signal.Signals) -> int:
        """Let others find the server, and stop it when the claim ends; its port."""
        self._stack.callback(self._note.unlink, missing_ok=True)
        self._stack.callback(server.stop, how)
        draft = _owned(self._note.with_suffix(".draft"))
        draft.write_text(json.dumps({"port": server.port, "pid": os.getpid()}), encoding="ascii")
        draft.rename(self._note)
        return server.port

    def end(self) -> None:
        """Stop the server and take back the note."""
        self._stack.close()


@contextmanager
def _shared(data: Path, kind: str, *, wait_for_users: bool) -> Iterator[tuple[int | None, _Claim]]:
    """(port, …) of a server that another process runs, or (None, claim) for the one who is to start it."""
    users = _open_lock(data / f"{kind}.users")
    lock = _open_lock(data / f"{kind}.lock")
    claim = _Claim(data, kind)
    with users, lock:
        # Joining comes first: whoever runs the server cannot stop it between our look and our use.
        fcntl.flock(users, fcntl.LOCK_SH)
        port = _join_or_claim(data, kind, lock)
        try:
            yield port, claim
        finally:
            if port is None and wait_for_users:
                _wait_alone(users)
            claim.end()


def _wait_alone(users: IO[str]) -> None:
    """Wait until no other process of this folder uses the server."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("Done; another command still uses the private server, waiting for it.", file=sys.stderr)
        fcntl.flock(users, fcntl.LOCK_EX)


def _open_lock(path: Path) -> IO[str]:
    try:
        return _owned(path).open("a", encoding="ascii")
    except PermissionError:
        raise ServerError(f"{path.parent} belongs to another user: run as that user, or as root.") from None


def _join_or_claim(data: Path, kind: str, lock: IO[str]) -> int | None:
    """The port of the running server, or None once this process holds the lock. Waits for one that is starting."""
    deadline = time.monotonic() + 150
    while time.monotonic() < deadline:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            port = _noted_port(data / f"{kind}.json")
            if port is not None:
                return port
            time.sleep(0.05)
        else:
            (data / f"{kind}.json").unlink(missing_ok=True)
            return None
    raise ServerError(f"Another process holds {data / kind}.lock but starts no server.")


def _noted_port(note: Path) -> int | None:
    """The port in a note whose writer lives; a killed predecessor's note may lie there for a moment."""
    try:
        told = json.loads(note.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return None
    return int(told["port"]) if Path(f"/proc/{told['pid']}").exists() else None
