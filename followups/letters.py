"""The reminder as a letter to the resident. It names the day and the centre, no disease and no reading."""

from datetime import date

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from alliances.models import Organization
from journal.letters import Letter
from journal.models import Communication


def reminder(message: Communication) -> Letter:
    """A follow-up is due. Written in Chinese: a resident has no language setting."""
    with translation.override("zh-hans"):
        day = date_format(date.fromisoformat(message.content["due_on"]), "DATE_FORMAT")
        centre = Organization.objects.filter(pk=message.organization_id).first()
        where = {"day": day, "centre": centre.name if centre else "", "phone": centre.phone if centre else ""}
        subject = _("Your follow-up on %(day)s") % where
        body = (
            _(
                "Your next follow-up at %(centre)s is due on %(day)s. Please come, or call us to arrange another day."
            )
            % where
        )
        if where["phone"]:
            body += "\n" + _("Telephone: %(phone)s") % where
    return Letter(subject, body)
