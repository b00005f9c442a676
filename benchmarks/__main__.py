"""`make bench`: RESIDENTS=100000 by default. Starts a PostgreSQL of its own, as durable as production, and removes it."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> None:
    """Fill, measure, print."""
    residents = int(os.environ.get("RESIDENTS", "100000"))
    with tempfile.TemporaryDirectory(prefix="yilian-bench-") as folder:
        Path(folder).chmod(0o711)
        os.environ.update(
            YILIAN_DATA=folder,
            YILIAN_AS_OWNER="1",
            DJANGO_SETTINGS_MODULE="config.settings",
            YILIAN_HTTPS="0",
        )
        for given in ("DATABASE_URL", "DATABASE_OWNER_URL"):
            os.environ.pop(given, None)
        from config import embedded, servers  # noqa: PLC0415 - after the environment

        keys = embedded.generated_keys(Path(folder))
        server = servers.start_postgres(
            Path(folder) / "pg", embedded.passwords(keys), Path(folder) / "postgres.log"
        )
        try:
            os.environ.update(embedded.database_variables(server.port, keys) | embedded.key_variables(keys))
            # Checkpoints between the runs are the superuser's.
            os.environ["DATABASE_OWNER_URL"] = servers.postgres_url(
                server.port, "postgres", keys["superuser"]
            )
            subprocess.run(
                [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0"], check=True
            )
            _measure(residents)
        finally:
            server.stop()


def _measure(residents: int) -> None:
    import django  # noqa: PLC0415

    django.setup()
    from benchmarks import frame, planning  # noqa: PLC0415

    frame.report(planning.rows(residents), residents=residents, visits=residents * 4)


if __name__ == "__main__":
    main()
