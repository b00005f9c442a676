"""Alliances: who works where."""

from django.apps import AppConfig


class AlliancesConfig(AppConfig):
    name = "alliances"

    def ready(self) -> None:
        # Models can be read only now.
        from accounts import posts  # noqa: PLC0415
        from alliances import calendar_days, succession, teams, workdays  # noqa: PLC0415
        from alliances.elevated import holds_elevated_post  # noqa: PLC0415

        posts.answered_by(holds_elevated_post)
        workdays.read_from(calendar_days.days_by_organization)
        succession.register_all()
        teams.register_all()
