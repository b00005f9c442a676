"""Exchange: the same use-cases for machines."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "exchange"

    def ready(self) -> None:
        """Carry imports along, and have kept workbooks follow when keys change. Models exist only now."""
        from exchange import succession  # noqa: PLC0415
        from exchange.imports.resealing import WORKBOOKS  # noqa: PLC0415
        from patients import rotation  # noqa: PLC0415

        succession.register_all()
        rotation.register(WORKBOOKS)
