"""Versions of the settings in tests: one that began in the past, which only a test and the demo may write."""

from datetime import date, datetime, timedelta
from typing import Any

import pgtrigger
from django.utils import timezone

from accounts.models import User
from followups import versions
from followups.models import ProtocolVersion, VersionStatus
from followups.protocols import knobs

WHY = "按本市慢病管理专家组意见调整"


def begun(by: User, *, days_ago: int = 30, **values: Any) -> ProtocolVersion:
    """A published version that has been in force for some days."""
    at = timezone.now() - timedelta(days=days_ago + 1)
    with pgtrigger.ignore("followups.ProtocolVersion:begun_stays"):
        return ProtocolVersion.objects.create(
            settings=knobs.check(values), valid_from=timezone.localdate() - timedelta(days=days_ago), reason=WHY,
            status=VersionStatus.PUBLISHED, drafted_by=by, drafted_at=at, published_by=by, published_at=at,
        )  # fmt: skip


def drafted(
    by: User, *, on: date | None = None, at: datetime | None = None, **values: Any
) -> ProtocolVersion:
    """A draft that would begin today unless said otherwise."""
    return versions.draft(
        values, valid_from=on or timezone.localdate(), reason=WHY, by=by, at=at or timezone.now()
    )
