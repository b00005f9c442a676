"""Follow-ups: a protocol turns a visit into the next step."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FollowupsConfig(AppConfig):
    name = "followups"

    def ready(self) -> None:
        # Models can be read only now.
        from followups import reminders, settling, succession  # noqa: PLC0415
        from followups.reminders import letters  # noqa: PLC0415
        from followups.reminders import registry as reminder_kinds  # noqa: PLC0415
        from journal import jobs  # noqa: PLC0415
        from journal.letters import register, register_text  # noqa: PLC0415

        settling.register_all()
        succession.register_all()
        reminder_kinds.register_all()
        for kind in letters.KINDS:
            register_text(kind)
        for code in reminders.message_kinds():
            register(code, letters.parts)
        jobs.register(
            jobs.Job(
                "followups.tasks.tend_calendar",
                _("Tend the calendar"),
                _(
                    "Plans a day for follow-ups that have none, and tells team leads of what is overdue for too long."
                ),
            )
        )
        jobs.register(
            jobs.Job(
                "followups.tasks.forget_drafts",
                _("Forget drafts"),
                _("Deletes drafts of follow-ups that nobody took up again."),
            )
        )
        jobs.register(
            jobs.Job(
                "followups.tasks.plan_reminders",
                _("Plan reminders"),
                _("Writes the messages that are due, and takes back what is not true any more."),
            )
        )
