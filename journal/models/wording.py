"""What messages say, as an organization or an alliance wrote it; what nobody wrote says what is built in."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from journal.enumerations import known
from journal.models.communication import Channel
from journal.triggers import APPEND_ONLY


class Owner(models.TextChoices):
    """Whose wording it is."""

    ORGANIZATION = "organization", _("organization")
    ALLIANCE = "alliance", _("alliance")


class Language(models.TextChoices):
    """The languages of messages."""

    CHINESE = "zh-hans", "简体中文"
    ENGLISH = "en", "English"


class Wording(models.Model):
    """One edition of the text of a kind of message on a channel, in a language. Append-only; the latest one counts.

    Empty subject and body: back to the built-in text.
    """

    kind = models.CharField(max_length=40)
    channel = models.CharField(max_length=8, choices=Channel)
    language = models.CharField(max_length=8, choices=Language)
    owner = models.CharField(max_length=12, choices=Owner)
    owner_id = models.BigIntegerField()
    number = models.PositiveIntegerField()
    subject = models.CharField(max_length=100, blank=True)
    body = models.CharField(max_length=1000, blank=True)
    written_by = models.CharField(max_length=150)
    written_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            known("channel", Channel, table="wording"),
            known("language", Language, table="wording"),
            known("owner", Owner, table="wording"),
            models.UniqueConstraint(
                fields=["kind", "channel", "language", "owner", "owner_id", "number"],
                name="wording_edition_once",
            ),
        ]
        triggers: ClassVar = [APPEND_ONLY]
