"""The settings that the national text leaves open, as they stand from a day on."""

from typing import ClassVar, Final

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from journal.enumerations import known

REASON_FROM: Final = 5  # characters: a sentence, not a dot

_KEEP_WHAT_BEGAN = """
today := (now() AT TIME ZONE 'Asia/Shanghai')::date;
IF TG_OP <> 'INSERT' AND OLD.status = 'published' AND OLD.valid_from <= today THEN
    RAISE EXCEPTION 'version % has begun: % refused', OLD.id, TG_OP USING ERRCODE = 'integrity_constraint_violation';
END IF;
IF TG_OP = 'DELETE' THEN
    IF OLD.status <> 'draft' THEN
        RAISE EXCEPTION 'only a draft is discarded' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END IF;
IF TG_OP = 'UPDATE' AND OLD.status <> 'draft' AND (
    OLD.status = 'withdrawn' OR NEW.status <> 'withdrawn' OR NEW.valid_from <> OLD.valid_from
    OR NEW.settings <> OLD.settings OR NEW.reason <> OLD.reason
) THEN
    RAISE EXCEPTION 'a published version is only withdrawn' USING ERRCODE = 'integrity_constraint_violation';
END IF;
IF NEW.status = 'published' AND NEW.valid_from < today THEN
    RAISE EXCEPTION 'a version begins today or later' USING ERRCODE = 'integrity_constraint_violation';
END IF;
RETURN NEW;
"""
BEGUN_STAYS: Final = pgtrigger.Trigger(
    name="begun_stays",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    declare=[("today", "DATE")],
    func=_KEEP_WHAT_BEGAN,
)


class VersionStatus(models.TextChoices):
    """A draft may be changed; what is published may be withdrawn before it begins, and is never changed after."""

    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    WITHDRAWN = "withdrawn", _("withdrawn")


class ProtocolVersionQuerySet(models.QuerySet["ProtocolVersion"]):
    def published(self) -> "ProtocolVersionQuerySet":
        """What judges visits, or will."""
        return self.filter(status=VersionStatus.PUBLISHED)


class ProtocolVersion(models.Model):
    """Settings of the protocols from a day on, until the next published version begins. One line for the installation.

    Its key is the number that assessments keep beside the version of the rule table. Two published versions never begin
    on one day; what a version that has begun says is never changed (trigger), so a judgement can always be repeated.
    """

    settings = models.JSONField(help_text="Every setting of followups.protocols.definition.Settings by name.")
    valid_from = models.DateField()
    reason = models.TextField()
    status = models.CharField(max_length=10, choices=VersionStatus, default=VersionStatus.DRAFT)
    drafted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    drafted_at = models.DateTimeField()
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawal_reason = models.TextField(blank=True)

    objects = ProtocolVersionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            known("status", VersionStatus, table="protocolversion"),
            models.UniqueConstraint(
                fields=["valid_from"], condition=Q(status="published"), name="protocolversion_one_a_day"
            ),
            models.CheckConstraint(
                condition=Q(reason__regex=r"\S.{3,}\S"), name="protocolversion_reason_is_a_sentence"
            ),
            models.CheckConstraint(
                condition=~Q(status="published") | Q(published_by__isnull=False, published_at__isnull=False),
                name="protocolversion_published_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(status="withdrawn")
                | Q(withdrawn_by__isnull=False, withdrawn_at__isnull=False, published_at__isnull=False),
                name="protocolversion_withdrawn_by_somebody",
            ),
        ]
        triggers: ClassVar = [BEGUN_STAYS]

    def __str__(self) -> str:
        return str(self.pk)
