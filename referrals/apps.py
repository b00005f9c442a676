"""Referrals: a handover nobody can lose."""

from django.apps import AppConfig


class ReferralsConfig(AppConfig):
    name = "referrals"

    def ready(self) -> None:
        """Register what a death settles here. Models exist only now, so the import stands here."""
        from patients import lifecycle  # noqa: PLC0415
        from referrals.handovers import settle_death  # noqa: PLC0415

        lifecycle.register(lifecycle.Event.DIED, "referrals", settle_death)
