"""Follow-ups: a protocol turns a visit into the next step."""

from django.apps import AppConfig


class FollowupsConfig(AppConfig):
    name = "followups"

    def ready(self) -> None:
        # Models can be read only now.
        from followups import letters, reminders, settling, succession  # noqa: PLC0415
        from journal.letters import register  # noqa: PLC0415

        settling.register_all()
        succession.register_all()
        register(reminders.KIND, letters.reminder)
