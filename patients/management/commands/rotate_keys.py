"""`manage.py rotate_keys`: identities and kept workbooks to the newest keys."""

import json
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError

from patients import rotation
from patients.sealing import BrokenSeal


class Command(BaseCommand):
    """Exits 1 when a value cannot be opened with the keys that are there, or two archives have one number."""

    help = (
        "Seal and index identities (and workbooks that wait for their import) under the newest keys of "
        "YILIAN_IDENTITY_KEYS and YILIAN_INDEX_KEYS. Everybody goes on working meanwhile; a run that was interrupted "
        "is finished by the next. Give every process the new keys beside the old ones first. Prints the counts as JSON, "
        "and which old versions are used by nothing any more."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Rotate and report."""
        try:
            outcome = rotation.rotate(progress=self._progress)
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        except BrokenSeal as error:
            raise CommandError(
                f"{error}: give the key that sealed it, and run again. What was done stays."
            ) from error
        except IntegrityError as error:
            raise CommandError(
                "Two archives have the same document number: a process wrote without the keys of the others. "
                "Merge or correct them, and run again. What was done stays."
            ) from error
        unused = {"identity": outcome.unused_identity_keys, "index": outcome.unused_index_keys}
        for name, versions in unused.items():
            for version in versions:
                self.stderr.write(
                    f"Version {version} of YILIAN_{name.upper()}_KEYS is used by nothing any more and can be removed."
                )
        report = {
            "identities": outcome.identities,
            "seconds": round(outcome.seconds, 2),
            **outcome.stores,
            "sealed": {str(version): outcome.sealed[version] for version in sorted(outcome.sealed)},
            "indexed": {str(version): outcome.indexed[version] for version in sorted(outcome.indexed)},
            "unused": unused,
        }
        self.stdout.write(json.dumps(report))

    def _progress(self, done: int, total: int) -> None:
        if done == 0 or done % (20 * rotation.BATCH) == 0 or done >= total:
            self.stderr.write(f"{done} of {total} identities")
            self.stderr.flush()
