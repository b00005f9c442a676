"""Searching the audit trail: conditions that an index answers, pages by key in both directions, names for a page."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import ngettext

from accounts.models import ApiClient, User
from alliances.models import Organization
from journal.models import AgentType, AuditEvent
from journal.months import begin_of
from patients.models import Patient
from patients.search import archives, named
from workbench.trail.reach import Reach
from workbench.trail.words import WORDS, Kind, word_of

PAGE: Final = 50
MOST_MATCHES: Final = 50
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# Of what a line says besides, the page shows what is meant for people; never readings or classes of a visit.
_TOLD: Final = ("reason", "why", "month")
# A word of the product's own, which the action says already.
_CODE: Final = re.compile(r"[a-z_-]+")


class Key(NamedTuple):
    """A place in the trail, newest first."""

    at: datetime
    id: int

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // timedelta(microseconds=1)}.{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Key":
        """From `str(key)`; ValueError for anything else."""
        micros, number = (int(part) for part in text.split("."))
        try:
            return cls(_EPOCH + timedelta(microseconds=micros), number)
        except OverflowError as beyond:
            raise ValueError(text) from beyond


@dataclass(frozen=True)
class Asked:
    """What is looked for. Empty lists narrow nothing; None means that nobody matches."""

    since: date
    until: date
    patient_ids: Sequence[UUID] | None = ()
    users: Sequence[str] | None = ()
    clients: Sequence[str] = ()
    actions: Sequence[str] = ()
    organization_id: int | None = None
    address: str = ""


@dataclass(frozen=True)
class Line:
    """A line as the page shows it."""

    event: AuditEvent
    text: Any
    kind: Kind | None
    patient: Patient | None
    organization: str
    told: str


@dataclass
class Page:
    """A page of the trail with the keys of its neighbours ("" where there are none)."""

    lines: list[Line] = field(default_factory=list)
    older: str = ""
    newer: str = ""


def residents_named(reach: Reach, text: str) -> list[Patient]:
    """Residents of the reach whom the text names, at most MOST_MATCHES and one more."""
    return list(named(archives(reach.organization_ids), text)[: MOST_MATCHES + 1])


def resident_of(reach: Reach, patient_id: UUID) -> list[Patient]:
    """The resident with this id, where the reach has one."""
    return list(archives(reach.organization_ids).filter(pk=patient_id))


def agents_named(text: str) -> tuple[list[str], list[str]]:
    """Ids, as the trail keeps them, of users and systems whom the text names; an exact user name means that user alone."""
    exact = User.objects.filter(username__iexact=text).values_list("pk", flat=True)
    if found := list(exact[:1]):
        return [str(pk) for pk in found], []
    users = User.objects.filter(Q(name__icontains=text) | Q(username__icontains=text)).order_by("pk")
    clients = ApiClient.objects.filter(Q(name__icontains=text) | Q(client_id__icontains=text)).order_by("pk")
    return tuple(  # type: ignore[return-value]
        [str(pk) for pk in rows.values_list("pk", flat=True)[:MOST_MATCHES]] for rows in (users, clients)
    )


def events(reach: Reach, asked: Asked) -> QuerySet[AuditEvent]:
    """The lines, unordered. Both ends of the time are given, so that months outside are never looked at."""
    rows = AuditEvent.objects.filter(reach.lines())
    rows = rows.filter(at__gte=begin_of(asked.since), at__lt=begin_of(asked.until + timedelta(days=1)))
    if asked.patient_ids is None or asked.users is None:
        return rows.none()
    if asked.patient_ids:
        rows = rows.filter(_one_of("patient_id", asked.patient_ids))
    if asked.users or asked.clients:
        rows = rows.filter(_acted(AgentType.USER, asked.users) | _acted(AgentType.CLIENT, asked.clients))
    if asked.actions:
        rows = rows.filter(_one_of("action", asked.actions))
    if asked.organization_id is not None:
        rows = rows.filter(organization_id=asked.organization_id)
    return rows.filter(address=asked.address) if asked.address else rows


def _one_of(column: str, values: Sequence[Any]) -> Q:
    """One value is asked for as such: then an index gives the order, too."""
    return Q(**{column: values[0]}) if len(values) == 1 else Q(**{f"{column}__in": list(values)})


def _acted(kind: AgentType, ids: Sequence[str]) -> Q:
    return Q(agent_type=kind) & _one_of("agent_id", ids) if ids else Q(pk__in=[])


def page(rows: QuerySet[AuditEvent], *, after: str = "", before: str = "", size: int = PAGE) -> Page:
    """The page older than the key `after`, or newer than `before`, else the newest. ValueError for a key that is none."""
    if before:
        key = Key.parse(before)
        later = Q(at__gte=key.at) & (Q(at__gt=key.at) | Q(at=key.at, id__gt=key.id))
        found = list(rows.filter(later).order_by("at", "id")[: size + 1])
        more, shown = len(found) > size, found[:size][::-1]
        return Page(lines_of(shown), older=_key(shown[-1:]), newer=_key(shown[:1]) if more else "")
    if after:
        key = Key.parse(after)
        rows = rows.filter(Q(at__lte=key.at) & (Q(at__lt=key.at) | Q(at=key.at, id__lt=key.id)))
    found = list(rows.order_by("-at", "-id")[: size + 1])
    shown = found[:size]
    return Page(
        lines_of(shown),
        older=_key(shown[-1:]) if len(found) > size else "",
        newer=_key(shown[:1]) if after else "",
    )


def _key(at_the_edge: Sequence[AuditEvent]) -> str:
    return str(Key(at_the_edge[0].at, at_the_edge[0].pk)) if at_the_edge else ""


def lines_of(rows: Iterable[AuditEvent]) -> list[Line]:
    """Lines in words, with the names of residents and organizations: two statements, whatever the number."""
    found = list(rows)
    patients = Patient.objects.only("name", "archive_number", "sex", "birth_date").in_bulk(
        {row.patient_id for row in found if row.patient_id}
    )
    organizations = dict(
        Organization.objects.filter(pk__in={row.organization_id for row in found}).values_list("pk", "name")
    )
    return [
        Line(
            event=row,
            text=word_of(row.action),
            kind=WORDS[row.action].kind if row.action in WORDS else None,
            patient=patients.get(row.patient_id) if row.patient_id else None,
            organization=organizations.get(row.organization_id or 0, ""),
            told=told(row),
        )
        for row in found
    ]


def told(row: AuditEvent) -> str:
    """What the line says besides, as far as it is for people to read: why, above all."""
    said = [in_words(row.detail.get(name)) for name in _TOLD]
    if rows := row.detail.get("rows"):
        said.append(ngettext("%(n)s row", "%(n)s rows", int(rows)) % {"n": rows})
    return " · ".join(filter(None, said))


def in_words(value: object) -> str:
    """A reason as somebody typed it; nothing for none and for a code."""
    text = "" if value is None else str(value)
    return "" if _CODE.fullmatch(text) else text
