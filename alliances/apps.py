"""Alliances: who works where."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AlliancesConfig(AppConfig):
    name = "alliances"

    def ready(self) -> None:
        # Models can be read only now.
        from accounts import posts  # noqa: PLC0415
        from alliances import calendar_days, owners, succession, teams, workdays  # noqa: PLC0415
        from alliances.elevated import holds_elevated_post  # noqa: PLC0415
        from journal import jobs  # noqa: PLC0415
        from journal.wordings import owners_answered_by  # noqa: PLC0415

        posts.answered_by(holds_elevated_post)
        workdays.read_from(calendar_days.days_by_organization)
        succession.register_all()
        teams.register_all()
        owners_answered_by(owners.owners_of)
        jobs.register(
            jobs.Job(
                "alliances.tasks.warn_of_certificates",
                _("Warn of certificates"),
                _("Tells holders and administrators of certificates that end soon."),
            )
        )
