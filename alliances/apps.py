"""Alliances: who works where."""

from django.apps import AppConfig


class AlliancesConfig(AppConfig):
    name = "alliances"

    def ready(self) -> None:
        # Models can be read only now.
        from accounts import posts  # noqa: PLC0415
        from alliances import succession, teams  # noqa: PLC0415
        from alliances.elevated import holds_elevated_post  # noqa: PLC0415

        posts.answered_by(holds_elevated_post)
        succession.register_all()
        teams.register_all()
