"""Journal: what happened, what changed, what must be told."""

from datetime import timedelta
from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

MONTHS_AHEAD = 15


def ensure_partitions(using: str = "default", **_: Any) -> None:
    """Make the journal's monthly partitions from last month to a year ahead; harmless to repeat."""
    first = timezone.localdate().replace(day=1) - timedelta(days=1)
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT journal_ensure_partitions(%s, %s)", [first, MONTHS_AHEAD])


class JournalConfig(AppConfig):
    name = "journal"

    def ready(self) -> None:
        from journal import jobs  # noqa: PLC0415

        post_migrate.connect(ensure_partitions, sender=self)
        jobs.register(
            jobs.Job(
                "journal.tasks.deliver",
                _("Deliver messages"),
                _("Sends what is due: in the app, by text message, by WeChat, by e-mail."),
            )
        )
        jobs.register(
            jobs.Job(
                "journal.tasks.seal",
                _("Seal the audit trail"),
                _("Seals the lines that were written since the last seal."),
            )
        )
        jobs.register(
            jobs.Job(
                "journal.tasks.make_partitions",
                _("Prepare the coming months"),
                _("Makes the months of the audit trail ahead of time, and forgets old runs of jobs."),
            )
        )
