"""A file that leaves the product says who took it and when, and the audit trail says so too: one home for both.

Every answer with `Content-Disposition` is made here (tests/guards/exports.py finds one that is not).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from journal import audit
from journal.audit import Agent

PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"


@dataclass(frozen=True)
class Stamp:
    """Who took a file, and when, as it stands in the file."""

    name: str
    at: datetime

    def lines(self) -> list[tuple[str, str]]:
        """Label and value of each line."""
        moment = timezone.localtime(self.at)
        return [(_("Exported by"), self.name), (_("Exported at"), f"{moment:%Y-%m-%d %H:%M:%S}")]

    def __str__(self) -> str:
        return " · ".join(f"{label} {value}" for label, value in self.lines())

    def mark(self, book: Any) -> None:
        """Write the stamp into a workbook (xlsxwriter) whose sheets are made: a sheet of its own, and every printed page."""
        text = str(self)
        for sheet in book.worksheets():
            sheet.set_footer("&L" + text.replace("&", "&&") + "&R&P / &N")
        book.set_properties({"author": self.name, "comments": text, "created": timezone.make_naive(self.at)})
        own = book.add_worksheet(_("Export details"))
        own.set_column(0, 1, 24)
        for at, (label, value) in enumerate(self.lines()):
            own.write_string(at, 0, label)
            own.write_string(at, 1, value)


def take(action: str, *, by: Agent | None, at: datetime, **about: Any) -> Stamp:
    """Record that a file is taken out (arguments as `audit.record`), and return the stamp to write into it."""
    audit.record(action, by=by, **about)
    return Stamp(by.agent_name() if by is not None else _("Yilian"), at)


def answer(
    content: bytes | Iterable[bytes], name: str, *, stamp: Stamp, kind: str = XLSX, shown: bool = False
) -> HttpResponseBase:
    """The file as a download, `shown` in the browser instead; an iterable is streamed. `stamp` is what `take` gave: no
    file without a line."""
    made: HttpResponseBase = (
        HttpResponse(content, content_type=kind)
        if isinstance(content, bytes)
        else StreamingHttpResponse(content, content_type=kind)
    )
    return _download(made, name, how="inline" if shown else "attachment")


def blank(content: bytes, name: str, *, kind: str = XLSX) -> HttpResponseBase:
    """An empty form to fill in as a download: nothing of anybody stands in it, so nothing is recorded."""
    return _download(HttpResponse(content, content_type=kind), name)


def _download(made: HttpResponseBase, name: str, *, how: str = "attachment") -> HttpResponseBase:
    made["Content-Disposition"] = f"{how}; filename*=UTF-8''{quote(name)}"
    return made
