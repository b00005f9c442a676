"""The operator's archive: a month of the trail whole in a file, with a manifest that says what it is."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from journal import exports
from journal.models import AuditEvent, AuditSeal
from workbench.trail.files import CHUNK, as_csv, month_lines


@dataclass(frozen=True)
class Archived:
    """What was written."""

    rows: int
    digest: str


class _Counted:
    """Lines, counted as they pass: the manifest says what stands in the file, whatever was added meanwhile."""

    def __init__(self, rows: Iterator[AuditEvent]) -> None:
        self._rows, self.number = rows, 0

    def __iter__(self) -> Iterator[AuditEvent]:
        for row in self._rows:
            self.number += 1
            yield row


def write(month: date, file: Path, *, at: datetime) -> Archived:
    """Write the month to `file` and its manifest beside it (`file`.json). The export is a line of the trail itself."""
    stamp = exports.take(
        "trail.export", by=None, at=at, detail={"month": f"{month:%Y-%m}", "file": file.name}
    )
    rows = _Counted(month_lines(month).filter(at__lt=at).iterator(chunk_size=CHUNK))
    digest = hashlib.sha256()
    with file.open("wb") as out:
        for piece in as_csv(rows, month, stamp, whole=True):
            digest.update(piece)
            out.write(piece)
    written = Archived(rows.number, digest.hexdigest())
    newest = AuditSeal.objects.filter(months__has_key=f"{month:%Y-%m}").order_by("-number").first()
    manifest = {
        "month": f"{month:%Y-%m}", "file": file.name, "rows": written.rows, "sha256": written.digest,
        "exported_by": stamp.name, "exported_at": at.isoformat(),
        "last_seal": {"number": newest.number, "mac": newest.mac} if newest else None,
    }  # fmt: skip
    file.with_name(file.name + ".json").write_text(
        json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    return written
