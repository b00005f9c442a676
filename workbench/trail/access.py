"""Who looked into a resident's record: by day, repeated openings folded into one line."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Max, Min, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, TruncDate

from alliances.models import ClientPost, PractitionerRole, Role
from journal.models import AgentType, AuditEvent
from journal.months import begin_of
from workbench.trail.lines import in_words
from workbench.trail.words import LOOKING, WORDS, Kind, actions_of, word_of

FOLDED: Final = 200


@dataclass(frozen=True)
class Look:
    """What somebody did on one day, `times` times."""

    on: date
    name: str
    post: str
    text: Any
    kind: Kind | None
    why: str
    times: int
    first: datetime
    last: datetime


@dataclass(frozen=True)
class History:
    """Days with their looks, newest first. `until`: the day from which older ones go on, None where there are none."""

    days: list[tuple[date, list[Look]]]
    until: date | None


def history(patient_id: UUID, *, since: date, until: date, whole: bool = False) -> History:
    """The access history between two days: what somebody learnt, or with `whole` all that was done. Three statements."""
    found = list(_folded(patient_id, since, until, whole)[: FOLDED + 1])
    rest = None
    if len(found) > FOLDED:
        rest = found[FOLDED]["on"]
        # A day stands on one page: what is left of it begins the next, unless it alone fills the page.
        kept = [row for row in found if row["on"] != rest]
        found, rest = (kept, rest) if kept else (found[:FOLDED], rest - timedelta(days=1))
    places = _posts(found)
    looks = [_look(row, places.get((row["agent_type"], row["agent_id"]), "")) for row in found]
    return History([(day, list(of)) for day, of in groupby(looks, key=lambda look: look.on)], rest)


def _folded(patient_id: UUID, since: date, until: date, whole: bool) -> QuerySet[Any, Any]:
    rows = AuditEvent.objects.filter(
        patient_id=patient_id, at__gte=begin_of(since), at__lt=begin_of(until + timedelta(days=1))
    )
    if not whole:
        rows = rows.filter(action__in=actions_of(*LOOKING))
    said = Coalesce(KeyTextTransform("reason", "detail"), KeyTextTransform("why", "detail"))
    return (
        rows.annotate(on=TruncDate("at", tzinfo=ZoneInfo(settings.TIME_ZONE)), said=said)
        .values("on", "agent_type", "agent_id", "agent_name", "action", "said")
        .annotate(times=Count("id"), first=Min("at"), last=Max("at"))
        .order_by("-on", "-last", "action", "agent_name")
    )


def _look(row: dict[str, Any], post: str) -> Look:
    action = row["action"]
    return Look(
        on=row["on"], name=row["agent_name"] or str(AgentType.SYSTEM.label), post=post, text=word_of(action),
        kind=WORDS[action].kind if action in WORDS else None, why=in_words(row["said"]), times=row["times"],
        first=row["first"], last=row["last"],
    )  # fmt: skip


def _posts(rows: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    """Where each agent works: role and organization of a person's latest post, a system's organization."""
    ids = {
        kind: {row["agent_id"] for row in rows if row["agent_type"] == kind}
        for kind in (AgentType.USER, AgentType.CLIENT)
    }
    found = {}
    posts = PractitionerRole.objects.filter(user_id__in=ids[AgentType.USER]).order_by("period", "pk")
    for user, role, place in posts.values_list("user_id", "role", "organization__name"):
        found[(AgentType.USER.value, str(user))] = f"{Role(role).label} · {place}"
    systems = ClientPost.objects.filter(client_id__in=ids[AgentType.CLIENT])
    for client, place in systems.values_list("client_id", "organization__name"):
        found[(AgentType.CLIENT.value, str(client))] = place
    return found
