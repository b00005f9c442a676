"""Exchange: the same use-cases for machines."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "exchange"

    def ready(self) -> None:
        """Have kept workbooks follow when keys change. Models exist only now, so the imports stand here."""
        from exchange.imports.resealing import WORKBOOKS  # noqa: PLC0415
        from patients import rotation  # noqa: PLC0415

        rotation.register(WORKBOOKS)
