"""`make check`: everything a reviewer should not have to look for, each by its own tool; all run, failures are named last."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

_PRODUCTION = {
    "SECRET_KEY": "checks-only-" + "k3J9x" * 12,
    "DATABASE_URL": "postgresql://web@db.example/yilian",
    "DATABASE_OWNER_URL": "postgresql://owner@db.example/yilian",
    "REDIS_URL": "redis://redis.example/0",
    "ALLOWED_HOSTS": "yilian.example",
    "YILIAN_IDENTITY_KEYS": "1:" + "A" * 42 + "A=",
    "YILIAN_INDEX_KEYS": "1:" + "B" * 42 + "A=",
    "YILIAN_SEAL_KEYS": "1:" + "C" * 42 + "A=",
    "YILIAN_STATIC_ROOT": str(BASE_DIR / "build" / "static"),
}


def checks() -> dict[str, tuple[list[str], dict[str, str]]]:
    """Name of a check → its command and what it adds to the environment."""
    python = [sys.executable, "-m"]
    manage = [sys.executable, "manage.py"]
    templates = [str(file) for file in sorted((BASE_DIR / "templates").rglob("*.html"))]
    return {
        "types": ([*python, "mypy"], {}),
        "formatting": ([*python, "ruff", "format", "--check", "."], {}),
        "lint": ([*python, "ruff", "check", "."], {}),
        "layers": (
            [str(Path(sys.executable).parent / "lint-imports"), "--cache-dir", "build/cache/layers"],
            {},
        ),
        "migrations": ([*manage, "makemigrations", "--check", "--dry-run"], {}),
        "messages": ([*python, "config.messages", "--check"], {}),
        "templates": (
            [str(Path(sys.executable).parent / "djade"), "--target-version", "5.2", "--check", *templates],
            {},
        ),
        "deployment": ([*manage, "check", "--deploy", "--fail-level", "WARNING"], _PRODUCTION),
    }


def main() -> int:
    """0 when every check (or every one named on the command line) passes."""
    asked = sys.argv[1:] or list(checks())

    def run(name: str) -> tuple[str, int, str, float]:
        command, added = checks()[name]
        started = time.monotonic()
        done = subprocess.run(
            command, cwd=BASE_DIR, env=os.environ | added, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        return name, done.returncode, done.stdout, time.monotonic() - started

    failed = []
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        for name, status, output, seconds in pool.map(run, asked):
            print(f"{'FAILED' if status else 'ok':7}{name} ({seconds:.1f} s)", flush=True)
            if status:
                failed.append(name)
                print(output, flush=True)
    print(f"checks failed: {', '.join(failed)}" if failed else "all checks passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
