"""Alliances: who works where."""

from django.apps import AppConfig


class AlliancesConfig(AppConfig):
    name = "alliances"

    def ready(self) -> None:
        # Models can be read only now.
        from alliances import succession, teams  # noqa: PLC0415

        succession.register_all()
        teams.register_all()
