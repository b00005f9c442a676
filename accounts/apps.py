"""Accounts: who is acting."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        # Models can be read only now.
        from accounts import addressees  # noqa: PLC0415
        from journal import jobs  # noqa: PLC0415
        from journal.addressees import answers_for  # noqa: PLC0415
        from journal.models import Recipient  # noqa: PLC0415

        answers_for(Recipient.USER, addressees.addresses)
        jobs.register(
            jobs.Job(
                "accounts.tasks.tidy",
                _("Tidy the sign-in"),
                _("Forgets ended sessions, old refusals and spent codes."),
            )
        )
