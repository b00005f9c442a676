"""Which residents can be given, which offers wait and which are over: what the pages of hand-overs list."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.models import User
from alliances.models import CareTeam, Organization, Tier
from alliances.permissions import Permission
from patients.links import patient_path
from patients.models import Handover, HandoverStatus, Patient, Responsibility
from patients.models.patient import PatientQuerySet
from patients.programmes import Programme
from patients.reach import Reach, reach_of
from patients.search import find

#: How many spells and hand-overs a resident's card shows.
SHOWN = 6


def givable(actor: User, reach: Reach, *, on: date) -> PatientQuerySet:
    """Residents whom the actor may offer to another team: seen, within the reach, living, not offered already."""
    seen = Patient.objects.visible_to(actor, on=on, doing=Permission.RESIDENT_HANDOVER).living()
    waiting = Handover.objects.open().filter(patient_id=OuterRef("pk"))
    within = seen.filter(reach.over(organization="organization_id", team="care_team_id"))
    return within.exclude(Exists(waiting))


def may_offer(actor: User, patient: Patient, *, on: date) -> bool:
    """Whether the actor may offer a resident whom the actor sees. One statement at most."""
    if patient.deceased_on is not None:
        return False
    reach = reach_of(actor, on=on)
    return reach.covers(organization_id=patient.organization_id, team_id=patient.care_team_id)


def centres(reach: Reach) -> QuerySet[Organization]:
    """The centres of the reach, by code."""
    of_teams = CareTeam.objects.filter(pk__in=reach.team_ids).values("organization_id")
    mine = Q(pk__in=reach.organization_ids) | Q(pk__in=of_teams)
    return Organization.objects.filter(mine, tier=Tier.COMMUNITY, closed_on__isnull=True).order_by("code")


@dataclass
class Choice:
    """The residents of one centre by team, community, programme and text, with what can be chosen."""

    organization: Organization
    teams: list[CareTeam]
    team: CareTeam | None = None
    community: str = ""
    programme: str = ""
    text: str = ""
    communities: list[str] = field(default_factory=list)


def choice_of(asked: Mapping[str, str], organization: Organization, reach: Reach) -> Choice:
    """What the query of a page asks for; what it may not ask for is left away. One statement."""
    teams = list(CareTeam.objects.filter(organization=organization, closed_on__isnull=True).order_by("code"))
    mine = [t for t in teams if reach.covers(organization_id=organization.pk, team_id=t.pk)]
    team = next((t for t in mine if str(t.pk) == asked.get("team")), None)
    programme = asked.get("programme", "")
    return Choice(
        organization=organization,
        teams=mine,
        team=team or (mine[0] if len(mine) == 1 else None),
        community=asked.get("community", "").replace("\x00", ""),
        programme=programme if programme in Programme.values else "",
        text=asked.get("q", "").strip(),
    )


def residents(actor: User, choice: Choice, reach: Reach, *, on: date) -> PatientQuerySet:
    """The residents of a choice, by name. Fills in the communities to choose from."""
    rows = givable(actor, reach, on=on).filter(organization=choice.organization)
    if choice.team is not None:
        rows = rows.filter(care_team=choice.team)
    named = rows.exclude(community="").order_by("community").values_list("community", flat=True)
    choice.communities = list(named.distinct())
    if choice.community:
        rows = rows.filter(community=choice.community)
    if choice.programme:
        rows = rows.filter(programmes__contains=[choice.programme])
    if choice.text:
        rows = rows.filter(pk__in=find(actor, choice.text).order_by().values("pk"))
    return rows.order_by("pinyin", "pk")


@dataclass(frozen=True)
class Counts:
    """Offers that wait for an answer: of ours, and of others."""

    incoming: int
    critical: int
    outgoing: int


def counts(reach: Reach) -> Counts:
    """How many offers wait, either way. One statement."""
    to_us = reach.over(organization="organization_id", team="to_team_id")
    by_us = reach.over(organization="organization_id", team="from_team_id")
    found = (
        Handover.objects.open()
        .filter(to_us | by_us)
        .aggregate(
            incoming=Count("pk", filter=to_us), critical=Count("pk", filter=to_us & Q(reason="critical")),
            outgoing=Count("pk", filter=by_us),
        )
    )  # fmt: skip
    return Counts(**found)


def listed(rows: QuerySet[Handover]) -> QuerySet[Handover]:
    """With everything a line shows."""
    return rows.select_related(
        "patient", "from_team", "to_team", "organization", "proposed_by", "answered_by"
    )


def over(reach: Reach) -> QuerySet[Handover]:
    """Answered offers of either side, newest first."""
    either = reach.over(organization="organization_id", team="to_team_id") | reach.over(
        organization="organization_id", team="from_team_id"
    )
    return (
        Handover.objects.filter(either)
        .exclude(status=HandoverStatus.PROPOSED)
        .order_by("-answered_at", "-pk")
    )


@dataclass(frozen=True)
class Face:
    """A resident in a list: age on the day, programmes in words, and where the record is for those who may open it."""

    patient: Patient
    age: int
    programmes: str
    path: str


def faces(actor: User, patients: Iterable[Patient], *, on: date) -> list[Face]:
    """The residents as a list shows them, in order. A resident offered to a team is not yet one whose record it opens."""
    people = list(patients)
    seen = Patient.objects.visible_to(actor, on=on).filter(pk__in=[patient.pk for patient in people])
    may_open = set(seen.values_list("pk", flat=True))
    labels = dict(Programme.choices)
    return [
        Face(
            patient,
            patient.age(on=on),
            " · ".join(str(labels[code]) for code in patient.programmes),
            patient_path(patient.pk) if patient.pk in may_open else "",
        )
        for patient in people
    ]


# ---- one resident


@dataclass(frozen=True)
class Spell:
    """A time under one team, and the hand-over by which the resident came."""

    responsibility: Responsibility
    came_by: Handover | None


@dataclass(frozen=True)
class Course:
    """Who was responsible for a resident, newest first, and the offer that waits."""

    spells: list[Spell]
    waiting: Handover | None


def course_of(patient: Patient) -> Course:
    """The teams of a resident whom the caller has found within the actor's scope. Two statements."""
    rows = Handover.objects.filter(patient=patient).select_related("from_team", "to_team", "proposed_by")
    recent = list(rows.order_by("-proposed_at", "-pk")[:SHOWN])
    taken: dict[tuple[int | None, date | None], Handover] = {
        (row.to_team_id, row.answered_on): row for row in recent if row.status == HandoverStatus.ACCEPTED
    }
    spells = patient.responsibilities.select_related("care_team", "organization").order_by(
        "-period__startswith"
    )
    return Course(
        [Spell(spell, taken.get((spell.care_team_id, spell.period.lower))) for spell in spells[:SHOWN]],
        next((row for row in recent if row.status == HandoverStatus.PROPOSED), None),
    )
