"""A month of the audit trail as a file: CSV that a spreadsheet opens, streamed, with who took it and when on top."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from journal.exports import Stamp
from journal.models import AuditEvent
from journal.months import before, begin_of
from workbench.trail.lines import Line, lines_of

CHUNK: Final = 1000
# What a spreadsheet would run as a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def month_lines(month: date, condition: Q | None = None) -> QuerySet[AuditEvent]:
    """The lines of a month, oldest first."""
    rows = AuditEvent.objects.filter(at__gte=begin_of(month), at__lt=begin_of(before(month, -1)))
    return (rows if condition is None else rows.filter(condition)).order_by("at", "id")


def as_csv(rows: Iterable[AuditEvent], month: date, stamp: Stamp, *, whole: bool = False) -> Iterator[bytes]:
    """The file in pieces; memory stays the same for any number of lines (give an iterator of the queryset).

    `whole` is the operator's archive, every column as it stands; without it what an officer may read.
    """
    head = [(_("Audit trail"), f"{month:%Y-%m}"), *stamp.lines(), ()]
    titles = [
        _("Line"), _("Time"), _("Kind"), _("Action"), _("Code"), _("Agent"), _("Agent type"), _("Agent id"),
        _("Resident"), _("Archive number"), _("Organization"), _("Network address"), _("Reason"),
    ]  # fmt: skip
    if whole:
        titles += ["subject_kind", "subject_id", "patient_id", "organization_id", "xact_id", "detail"]
    yield "\ufeff".encode() + _written([*head, titles])
    events = iter(rows)
    while chunk := list(islice(events, CHUNK)):
        yield _written(_cells(line, whole=whole) for line in lines_of(chunk))


def _cells(line: Line, *, whole: bool) -> list[Any]:
    row, resident = line.event, line.patient
    cells = [
        row.pk, f"{timezone.localtime(row.at):%Y-%m-%d %H:%M:%S.%f}", line.kind.label if line.kind else "", line.text,
        row.action, row.agent_name, row.get_agent_type_display(), row.agent_id, resident.name if resident else "",
        (resident.archive_number or "") if resident else "", line.organization, row.address or "", line.told,
    ]  # fmt: skip
    if whole:
        detail = json.dumps(row.detail, ensure_ascii=False, sort_keys=True)
        cells += [
            row.subject_kind,
            row.subject_id,
            row.patient_id or "",
            row.organization_id or "",
            row.xact_id,
            detail,
        ]
    return cells


def _written(rows: Any) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([_harmless(str(cell)) for cell in row])
    return text.getvalue().encode()


def _harmless(cell: str) -> str:
    """A name that begins like a formula must not become one in the reader's spreadsheet."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
