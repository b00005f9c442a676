"""Performance: counted once, in SQL, and opened into patients."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PerformanceConfig(AppConfig):
    name = "performance"

    def ready(self) -> None:
        # Models can be read only now.
        from journal import jobs  # noqa: PLC0415
        from performance import succession  # noqa: PLC0415

        succession.register_all()
        jobs.register(
            jobs.Job(
                "performance.tasks.refresh", _("Refresh the figures"), _("Counts again what has changed.")
            )
        )
