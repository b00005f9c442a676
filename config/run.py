"""`make run`: the whole product on this machine, in the foreground, with its own servers where none are given."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from config import assets, commands, embedded, environment, messages
from config.binaries import ServerError
from config.supervisor import PartEnded, Supervisor, ignore_signals, stop_on_signals

BASE_DIR = Path(__file__).resolve().parent.parent
SIGN_INS = "demo-sign-ins.txt"


def main() -> int:
    """0 after Ctrl-C or SIGTERM, 1 when something could not start or ended by itself."""
    stop_on_signals()
    supervisor = Supervisor()
    with ExitStack() as servers:
        try:
            host, port = _address()
            _prepare(servers, host)
            _start(supervisor, host, port)
            if not supervisor.wait_until(lambda: _is_served(host, port), seconds=60):
                raise ServerError("The web server started but does not answer.")
            print(_welcome(host, port), flush=True)
            supervisor.watch()
        except KeyboardInterrupt:
            print("\nStopping.", file=sys.stderr, flush=True)
            return 0
        except (ServerError, PartEnded, subprocess.CalledProcessError) as fault:
            print(f"\n{fault}\nStopping.", file=sys.stderr, flush=True)
            return 1
        finally:
            ignore_signals()
            supervisor.stop()


def _address() -> tuple[str, int]:
    """HOST and PORT. Raises ServerError when another program listens there."""
    host, port = os.environ.get("HOST") or "127.0.0.1", environment.whole("PORT", 8000)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            raise ServerError(
                f"Cannot listen on {host}:{port}: {fault.strerror}. Choose another: make run PORT=8001"
            ) from None
    return host, port


def _prepare(servers: ExitStack, host: str) -> None:
    """Servers, tables, messages and, in an empty private database, the demo alliance."""
    if assets.missing():
        raise ServerError("Browser files are missing; run `make install`.")
    messages.compile_stale()
    data = embedded.data_folder()
    os.environ["YILIAN_DATA"] = str(data)
    os.environ.setdefault("YILIAN_HTTPS", "0")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if host in {"0.0.0.0", "::"}:  # noqa: S104  (asked for: reachable under every name of this machine)
        os.environ.setdefault("ALLOWED_HOSTS", "*")
    elif host not in {"127.0.0.1", "localhost", "::1"}:
        os.environ.setdefault("ALLOWED_HOSTS", f"{host},127.0.0.1,localhost")
    is_private = not os.environ.get("DATABASE_URL")
    if is_private:
        os.environ.update(servers.enter_context(embedded.postgres(wait_for_users=False)))
    if not os.environ.get("REDIS_URL"):
        os.environ.update(servers.enter_context(embedded.redis(wait_for_users=False)))
    if commands.pending_migrations():
        commands.migrate()
    if (is_private or environment.flag("DEMO")) and _is_empty():
        print("Building the demo alliance …", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, str(BASE_DIR / "manage.py"), "demo"], stdout=sys.stderr, check=True)


def _is_empty() -> bool:
    """Whether the database holds no residents. Django is set up by now."""
    from django.db import connection  # noqa: PLC0415

    from patients.models import Patient  # noqa: PLC0415

    try:
        return not Patient.objects.exists()
    finally:
        connection.close()


def _start(supervisor: Supervisor, host: str, port: int) -> None:
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    python = [sys.executable, "-m"]
    web = ["gunicorn", "config.wsgi:application", "--bind", bind, "--worker-class", "gthread", "--preload"]
    sizes = ["--workers", "2", "--threads", "8", "--graceful-timeout", "10", "--log-level", "warning"]
    supervisor.start("web", [*python, *web, *sizes, "--no-control-socket"])
    celery = [*python, "celery", "--quiet", "--app", "config"]
    supervisor.start(
        "worker", [*celery, "worker", "--concurrency", "2", "--loglevel", "WARNING", "--without-gossip"]
    )
    supervisor.start("beat", [*celery, "beat", "--loglevel", "WARNING", "--pidfile="])


def _is_served(host: str, port: int) -> bool:
    request = urllib.request.Request(f"{_url(host, port)}healthz", headers={"Host": "localhost"})  # noqa: S310
    try:
        # No proxy from the environment stands between us and ourselves.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=2) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError:
        return True  # it answers; whether it likes the name is the reader's business
    except OSError:
        return False


def _url(host: str, port: int) -> str:
    reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}.get(host, host)  # noqa: S104
    return f"http://{reachable}:{port}/"


def _welcome(host: str, port: int) -> str:
    """The address, and the demo's sign-ins where there is a demo."""
    file = embedded.data_folder() / SIGN_INS
    lines = ["", f"Yilian is running at {_url(host, port)}   (Ctrl-C stops it)"]
    if file.exists():
        lines += ["", file.read_text(encoding="utf-8").rstrip(), f"(kept in {file})"]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
