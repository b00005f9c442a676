"""Performance: counted once, in SQL, and opened into patients."""

from django.apps import AppConfig


class PerformanceConfig(AppConfig):
    name = "performance"

    def ready(self) -> None:
        # Models can be read only now.
        from performance import succession  # noqa: PLC0415

        succession.register_all()
