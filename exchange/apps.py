"""Exchange: the same use-cases for machines."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExchangeConfig(AppConfig):
    name = "exchange"

    def ready(self) -> None:
        """Carry imports along, and have kept workbooks follow when keys change. Models exist only now."""
        from exchange import succession  # noqa: PLC0415
        from exchange.imports.resealing import WORKBOOKS  # noqa: PLC0415
        from journal import jobs  # noqa: PLC0415
        from patients import rotation  # noqa: PLC0415

        succession.register_all()
        rotation.register(WORKBOOKS)
        jobs.register(
            jobs.Job(
                "exchange.tasks.tend_imports",
                _("Tend the imports"),
                _("Goes on with imports that were broken off, and deletes uploaded files in time."),
            )
        )
