"""Referrals: a handover nobody can lose."""

from django.apps import AppConfig


class ReferralsConfig(AppConfig):
    name = "referrals"

    def ready(self) -> None:
        """Register what a death or a merge settles here. Models exist only now, so the imports stand here."""
        from patients import lifecycle  # noqa: PLC0415
        from referrals import succession  # noqa: PLC0415
        from referrals.handovers import settle_death  # noqa: PLC0415

        lifecycle.register(lifecycle.Event.DIED, "referrals", settle_death)
        succession.register_all()
