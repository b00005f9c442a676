"""Exchange: the same use-cases for machines."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "exchange"

    def ready(self) -> None:
        # Models can be read only now.
        from exchange import succession  # noqa: PLC0415

        succession.register_all()
