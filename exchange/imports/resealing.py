"""Kept workbooks are sealed under the newest key when keys change."""

from typing import Final

from django.db import transaction
from django.db.models import Count, F, Func, IntegerField

from exchange.models import ImportBatch
from journal import audit
from patients.rotation import Store
from patients.sealing import newest_version, seal, unseal

# The second byte of a sealed value names its key (patients.sealing).
_VERSION: Final = Func(F("file_sealed"), 1, function="get_byte", output_field=IntegerField())


def in_use() -> dict[int, int]:
    """How many kept workbooks are sealed under each key version."""
    kept = ImportBatch.objects.filter(file_sealed__isnull=False).annotate(version=_VERSION).order_by()
    return dict(kept.values_list("version").annotate(n=Count("*")))


def reseal() -> int:
    """Seal workbooks of old keys again, each in a transaction of its own; returns how many."""
    done = 0
    kept = ImportBatch.objects.filter(file_sealed__isnull=False).annotate(version=_VERSION)
    for batch_id in list(kept.exclude(version=newest_version()).values_list("pk", flat=True)):
        with transaction.atomic():
            batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
            if batch.file_sealed is None:  # imported or discarded meanwhile
                continue
            batch.file_sealed = seal(unseal(batch.file_sealed))
            batch.save(update_fields=["file_sealed"])
            audit.record("roster.rotate_keys", by=None, subject=batch, detail={"key": newest_version()})
            done += 1
    return done


WORKBOOKS: Final = Store("workbooks", in_use, reseal)
