"""Accounts: who is acting."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        # Models can be read only now.
        from accounts import addressees  # noqa: PLC0415
        from journal.addressees import answers_for  # noqa: PLC0415
        from journal.models import Recipient  # noqa: PLC0415

        answers_for(Recipient.USER, addressees.addresses)
