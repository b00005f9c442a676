"""One PostgreSQL or Redis process: started in the foreground of this one, never outliving it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import redis
from psycopg2 import sql

from config.binaries import Account, ServerError, postgres_programs, redis_program

OWNER, WEB, DATABASE = "yilian_owner", "yilian_web", "yilian"
HOST = "127.0.0.1"

# Statements and their parameters stay out of the server's log: they may name people.
_QUIET_LOG = ["-c", "log_min_error_statement=panic", "-c", "log_error_verbosity=terse"]
_THROWAWAY = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]


@dataclass(frozen=True)
class Passwords:
    """Of the private servers; random, so that other users of the machine cannot enter."""

    superuser: str
    owner: str
    web: str
    redis: str


@dataclass
class Server:
    """A running server process and where it listens."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it and wait; by force after half a minute."""
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def free_port() -> int:
    """A port that nobody listens at right now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def start_postgres(data: Path, passwords: Passwords, log: Path, *, durable: bool = True) -> Server:
    """PostgreSQL on the folder `data` (made when absent), with the two roles and the empty database.

    Not `durable`: for tests, fast, and worthless after a crash. Raises ServerError.
    """
    account = Account.for_data(data)
    version = _version_of(data)
    programs = postgres_programs(version)
    if version is None:
        _make_cluster(data, programs.folder, account, passwords)
    _forget_stale_pid(data)
    words = account.prefix("INT", [data, programs.folder])
    options = ["-c", "unix_socket_directories=", "-c", "listen_addresses=" + HOST, *_QUIET_LOG]
    command = [
        *words,
        str(programs.folder / "postgres"),
        "-D",
        str(data),
        *options,
        *([] if durable else _THROWAWAY),
    ]
    for _ in range(3):
        port = free_port()
        server = Server(_spawn([*command, "-p", str(port)], log), port, log)
        if _answers(server, passwords):
            _make_roles(port, passwords)
            return server
        if "Address already in use" not in _tail(log):
            break
    raise ServerError(f"PostgreSQL did not start; the end of {log}:\n{_tail(log)}")


def postgres_url(port: int, role: str, password: str, database: str = DATABASE) -> str:
    """The address as DATABASE_URL takes it."""
    return f"postgresql://{role}:{password}@{HOST}:{port}/{database}"


@contextmanager
def opened(url: str) -> Iterator[psycopg2.extensions.cursor]:
    """A cursor that commits each statement at once, for what cannot stand in a transaction."""
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor


def start_redis(password: str, log: Path) -> Server:
    """Redis without a store: what it holds can be lost. Raises ServerError."""
    program = redis_program()
    words = Account.for_data(log.parent / "pg").prefix("TERM", [program])
    for _ in range(3):
        port = free_port()
        process = _spawn([*words, str(program), "-"], log, stdin=subprocess.PIPE)
        lines = [
            f"port {port}",
            f"bind {HOST}",
            f"requirepass {password}",
            'save ""',
            "appendonly no",
            "daemonize no",
        ]
        assert process.stdin is not None  # noqa: S101  (PIPE was asked for)
        process.stdin.write(("\n".join(lines) + "\n").encode())
        process.stdin.close()
        server = Server(process, port, log)
        if _pongs(server, password):
            return server
        server.stop()
    raise ServerError(f"Redis did not start; the end of {log}:\n{_tail(log)}")


def redis_url(port: int, password: str) -> str:
    """The address as REDIS_URL takes it."""
    return f"redis://:{password}@{HOST}:{port}/0"


def _spawn(command: list[str], log: Path, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C in the terminal reaches us, and we stop the servers last.
    with log.open("ab") as output:
        return subprocess.Popen(
            command, stdin=stdin, stdout=output, stderr=output, cwd="/", start_new_session=True
        )


def _version_of(data: Path) -> int | None:
    try:
        return int((data / "PG_VERSION").read_text(encoding="ascii").split(".")[0])
    except FileNotFoundError:
        return None
    except PermissionError:
        raise ServerError(f"{data} belongs to another user: run as that user, or as root.") from None


def _make_cluster(data: Path, programs: Path, account: Account, passwords: Passwords) -> None:
    """initdb into a new folder that takes its final name only when it is complete."""
    making = data.with_name(data.name + ".making")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(mode=0o700)
    secret = making.with_name("initdb.password")
    secret.touch(mode=0o600)
    try:
        secret.write_text(passwords.superuser, encoding="ascii")
        for path in (making, secret):
            os.chown(path, account.uid, account.gid)
        command = [
            *account.prefix("INT", [making, programs]), str(programs / "initdb"), "-D", str(making), "-U", "postgres",
            "--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync",
        ]  # fmt: skip
        made = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)
        if made.returncode:
            raise ServerError(f"initdb failed:\n{made.stdout}{made.stderr}")
    finally:
        secret.unlink()
    if data.exists():
        data.rmdir()  # only an empty one is replaced
    making.rename(data)


def _forget_stale_pid(data: Path) -> None:
    """Wait for a server that is just ending on `data`; remove the note of one that is gone.

    After a restart of a container another process may bear the old number: PostgreSQL would refuse to start.
    """
    note = data / "postmaster.pid"
    for _ in range(150):
        try:
            pid = int(note.read_text(encoding="ascii").split()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return
        try:
            alive = Path(f"/proc/{pid}/cwd").resolve(strict=True) == data.resolve()
        except FileNotFoundError:
            alive = False
        if not alive:
            note.unlink(missing_ok=True)
            return
        time.sleep(0.1)
    raise ServerError(f"Another PostgreSQL (process {pid}) is running on {data}.")


def _answers(server: Server, passwords: Passwords) -> bool:
    """Wait until it takes connections (recovery after a crash can take a while); False when it ended instead."""
    deadline = time.monotonic() + 120
    while server.process.poll() is None and time.monotonic() < deadline:
        try:
            psycopg2.connect(
                host=HOST, port=server.port, user="postgres", password=passwords.superuser, dbname="postgres"
            ).close()
        except psycopg2.OperationalError as fault:
            if "password authentication failed" in str(fault):
                server.stop(signal.SIGINT)
                raise ServerError(
                    "The private database has other passwords than keys.json beside it."
                ) from None
            time.sleep(0.05)
        else:
            return True
    server.stop(signal.SIGINT)
    return False


def _make_roles(port: int, passwords: Passwords) -> None:
    """The owner (migrates), the web role (rows only) and the database, as far as they are missing."""
    arguments = {"host": HOST, "port": port, "user": "postgres", "password": passwords.superuser}
    with closing(psycopg2.connect(dbname="postgres", **arguments)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for role, password, rights in ((OWNER, passwords.owner, "CREATEDB"), (WEB, passwords.web, "")):
                cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
                if not cursor.fetchone():
                    statement = sql.SQL("CREATE ROLE {} LOGIN " + rights + " PASSWORD %s")
                    cursor.execute(statement.format(sql.Identifier(role)), [password])
            if connection.server_version >= 150000:
                # The owner cleans up after tests and restores backups past the triggers that refuse both.
                cursor.execute(f"GRANT SET ON PARAMETER session_replication_role TO {OWNER}")
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if not cursor.fetchone():
                cursor.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
                cursor.execute(f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC")
                cursor.execute(f"GRANT CONNECT, TEMPORARY ON DATABASE {DATABASE} TO {WEB}")


def _pongs(server: Server, password: str) -> bool:
    deadline = time.monotonic() + 15
    while server.process.poll() is None and time.monotonic() < deadline:
        with redis.Redis(host=HOST, port=server.port, password=password, socket_timeout=1) as client:
            try:
                return bool(client.ping())
            except redis.RedisError:
                time.sleep(0.02)
    return False


def _tail(log: Path, lines: int = 12) -> str:
    try:
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""
