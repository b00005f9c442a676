"""Unhurried work of the exchange: imports of rosters."""

import logging
from uuid import UUID

from celery import shared_task
from django.db import transaction
from django.utils import timezone, translation

from accounts.models import User
from exchange.imports import batches
from exchange.models import ImportBatch, ImportStatus

log = logging.getLogger(__name__)


@shared_task(name="exchange.tasks.import_batch")
def import_batch(batch_id: str, user_id: int | None = None, language: str = "zh-hans") -> None:
    """Import a queued roster; run twice, the second finds nothing to do. `language` is that of the kept messages."""
    batch = ImportBatch.objects.get(pk=UUID(batch_id))
    by = batch.uploaded_by if user_id is None else User.objects.get(pk=user_id)
    now = timezone.now()
    with translation.override(language):
        try:
            batches.load(batch, by=by, on=timezone.localdate(now), at=now)
        except batches.ImportRunningError:
            log.info(
                "an import of organization %s is running; %s stays queued", batch.organization_id, batch_id
            )


@shared_task(name="exchange.tasks.tend_imports")
def tend_imports() -> None:
    """Send queued and interrupted imports to a worker again, and delete workbooks that were kept for thirty days."""
    for batch in ImportBatch.objects.filter(status__in=[ImportStatus.QUEUED, ImportStatus.RUNNING]).defer(
        "file_sealed"
    ):
        if batch.status == ImportStatus.QUEUED or batches.is_interrupted(batch):
            import_batch.delay(str(batch.pk))
    batches.forget_uploads(at=timezone.now())


def send(batch: ImportBatch, *, by: User | None) -> None:
    """Give a queued batch to a worker once the transaction is committed.

    Without a broker the request still succeeds: the batch stays queued, and beat sends it when the broker is back.
    """
    language = translation.get_language() or "zh-hans"
    user_id = by.pk if by is not None else None
    transaction.on_commit(lambda: import_batch.delay(str(batch.pk), user_id, language), robust=True)
