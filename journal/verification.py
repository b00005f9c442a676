"""Checking the seals of the audit trail: what was sealed must be there, unchanged, and nothing besides it."""

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q

from journal.models import AuditEvent, AuditSeal, RetiredMonth
from journal.seals import FORMS, Line, Span, Tally, lines, mac_of, signed, spans


class Broken(Exception):
    """The first batch that does not hold, and why."""

    def __init__(self, number: int, why: str, seal: AuditSeal | None = None) -> None:
        about = (
            f" (transactions {seal.from_xact} to {seal.to_xact}, sealed {seal.sealed_at.isoformat()})"
            if seal
            else ""
        )
        super().__init__(f"batch {number}{about}: {why}")
        self.number = number


@dataclass
class Verdict:
    """What was found in order. `retired`: sealed lines of months that were exported and dropped."""

    seals: int = 0
    rows: int = 0
    retired: int = 0
    unsealed: int = 0


def heads_in(file: Path) -> dict[int, str]:
    """The seals noted outside the database (`YILIAN_SEAL_LOG`): number → mac. OSError or ValueError where unreadable."""
    found = {}
    for line in file.read_text(encoding="ascii").splitlines():
        _at, number, mac = line.split()
        found[int(number)] = mac
    return found


def retired_months() -> dict[str, RetiredMonth]:
    """The months that were dropped rightly, by "2026-11". Broken where one is not signed by us."""
    found = {}
    for row in RetiredMonth.objects.order_by("month"):
        if row.mac != mac_of_retirement(row):
            raise Broken(row.seal_number, f"the retirement of {row.month:%Y-%m} was not written by Yilian")
        found[f"{row.month:%Y-%m}"] = row
    return found


def mac_of_retirement(row: RetiredMonth) -> str:
    """The HMAC that the retirement of a month must have."""
    return signed(
        row.key_version, "retired", row.month.isoformat(), row.rows, row.export_digest, row.seal_number,
        row.retired_at.astimezone(UTC).isoformat(),
    )  # fmt: skip


@transaction.atomic
def verify(
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    heads: dict[int, str] | None = None,
) -> Verdict:
    """Walk the seals made in a time (default all) with the lines under them; raises Broken at the first that fails.

    `heads`: seals noted outside; one of them that is missing from the table tells that the newest were removed.
    NoKey where a seal was made with a key that was not given.
    """
    condition = Q() if since is None else Q(sealed_at__gte=since)
    if until is not None:
        condition &= Q(sealed_at__lt=until)
    asked = AuditSeal.objects.filter(condition).order_by("number")
    first = asked.first()
    before = (
        AuditSeal.objects.filter(number__lt=first.number).order_by("-number").first()
        if first and since
        else None
    )
    walk = _Walk(retired_months(), heads or {}, before)
    with closing(walk):
        for seal in asked.iterator(chunk_size=2000):
            walk.check(seal)
        if until is None:
            walk.end()
    return walk.verdict


class _Walk:
    """Seals and lines side by side, both in sealing order: one pass over each, whatever the number of seals."""

    def __init__(
        self, retired: dict[str, RetiredMonth], heads: dict[int, str], before: AuditSeal | None
    ) -> None:
        self.retired, self.heads, self.last = retired, heads, before
        self.verdict = Verdict()
        self._spans = {span.epoch: span for span in spans()}
        self._lines: Generator[Line, None, None] | None = None
        self._waiting: Line | None = None
        self._opened: tuple[int, int] | None = None

    def check(self, seal: AuditSeal) -> None:
        """One seal: its own mac, its place in the chain, the lines under it."""
        if seal.mac != mac_of(seal) or seal.rows != sum(rows for rows, _digest in seal.months.values()):
            raise Broken(seal.number, "the seal itself was changed", seal)
        self._follows(seal)
        if self.heads.get(seal.number, seal.mac) != seal.mac:
            raise Broken(seal.number, "it is not the seal that was noted outside the database", seal)
        tally = self._tally(seal)
        self._compare(seal, tally)
        self.verdict.seals += 1
        self.verdict.rows += tally.rows
        self.last = seal

    def end(self) -> None:
        """After the last seal: the ones noted outside are there, and how many lines wait for a seal."""
        newest = self.last.number if self.last else 0
        if missing := [number for number in self.heads if number > newest]:
            raise Broken(min(missing), "it was noted outside the database and is not there")
        waiting = AuditEvent.objects.all()
        if self.last is not None:
            span = self._spans[self.last.epoch]._replace(from_xact=self.last.to_xact)
            later = Q(id__gt=span.ceiling) if any(s > span.epoch for s in self._spans) else Q(pk__in=[])
            waiting = waiting.filter(Q(xact_id__gte=span.from_xact, id__gt=span.floor) | later)
        self.verdict.unsealed = waiting.count()

    def close(self) -> None:
        """Let go of the lines."""
        if self._lines is not None:
            self._lines.close()

    def _follows(self, seal: AuditSeal) -> None:
        last = self.last
        number, mac = (last.number, last.mac) if last else (0, "")
        if seal.number != number + 1:
            raise Broken(number + 1, "the seal is missing")
        span = self._spans.get(seal.epoch)
        if seal.previous_mac != mac or span is None:
            raise Broken(seal.number, "it does not follow the seal before", seal)
        begins = last.to_xact if last and last.epoch == seal.epoch else span.from_xact
        if seal.from_xact != begins:
            raise Broken(seal.number, "it does not begin where the seal before ends", seal)

    def _tally(self, seal: AuditSeal) -> Tally:
        if self._opened != (seal.epoch, seal.form):
            self._open(seal)
        tally = Tally()
        while self._lines is not None and self._waiting is not None and self._waiting[0] < seal.to_xact:
            _xact, columns, month = self._waiting
            tally.add(columns, month)
            self._waiting = next(self._lines, None)
        return tally

    def _open(self, seal: AuditSeal) -> None:
        if seal.form not in FORMS:
            raise Broken(seal.number, f"its form {seal.form} is unknown to this release", seal)
        self.close()
        span: Span = self._spans[seal.epoch]._replace(from_xact=seal.from_xact)
        self._lines = lines(span, seal.form)
        self._waiting = next(self._lines, None)
        self._opened = (seal.epoch, seal.form)

    def _compare(self, seal: AuditSeal, tally: Tally) -> None:
        found: dict[str, list[Any]] = tally.months
        for month in sorted({*seal.months, *found}):
            rows, digest = seal.months.get(month, [0, ""])
            there, now = found.get(month, [0, ""])
            if month in self.retired and not there:
                self.verdict.retired += rows
            elif there != rows:
                word = "missing" if there < rows else "too many"
                raise Broken(seal.number, f"{abs(rows - there)} lines of {month} {word}", seal)
            elif now != digest:
                raise Broken(seal.number, f"lines of {month} were changed", seal)
