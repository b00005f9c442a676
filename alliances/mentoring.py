"""Directors of centres and mentoring pairs: paired for a period, a target a year, sessions that are logged or voided.

One function = one action = one transaction = one audit line. A figure is two integers: sessions that count (not voided,
held in the year) of pairs that have a target, and the sum of their targets; no target, no rate. Counted in SQL.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import (
    Case,
    Count,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from psycopg2.extras import DateRange

from accounts.models import User
from alliances.models import (
    MentoringPair,
    MentoringSession,
    MentoringTarget,
    Organization,
    PairKind,
    PractitionerRole,
    Role,
    SessionMethod,
    Tier,
)
from alliances.paper_fields import DAY, last_day
from alliances.partners import HOSPITALS
from alliances.permissions import Permission
from alliances.reach import manageable_by
from alliances.scope import Actor, scope_of
from journal import audit

#: Who directs and teaches, and who is taught.
MENTORS: Final = (Role.SPECIALIST,)
MENTEES: Final = (
    Role.GENERAL_PRACTITIONER, Role.TEAM_LEAD, Role.NURSE, Role.HEALTH_MANAGER, Role.PHARMACIST,
    Role.PUBLIC_HEALTH_PHYSICIAN, Role.TCM_PHYSICIAN, Role.VILLAGE_DOCTOR,
)  # fmt: skip
_OVERLAPS = "mentoringpair_once_at_a_time"


class MentoringRefused(ValueError):
    """A pair, a target or a session that cannot be, with a sentence for the person who tried."""


@dataclass(frozen=True)
class Held:
    """A session as it is logged."""

    on: date
    method: SessionMethod
    topic: str
    minutes: int
    note: str = ""


def manageable_pairs(actor: Actor) -> QuerySet[MentoringPair]:
    """Pairs of which one side is managed by somebody."""
    mine = manageable_by(actor, Permission.MENTORING_MANAGE).order_by().values("pk")
    return MentoringPair.objects.filter(Q(organization__in=mine) | Q(mentor_organization__in=mine))


def visible_pairs(actor: Actor) -> QuerySet[MentoringPair]:
    """Pairs that somebody manages, and one's own while one still works where the pair says."""
    mine = manageable_by(actor, Permission.MENTORING_MANAGE).order_by().values("pk")
    managed = Q(organization__in=mine) | Q(mentor_organization__in=mine)
    places = scope_of(actor).own_organization_ids
    own = Q(mentor=actor.pk, mentor_organization__in=places) | Q(mentee=actor.pk, organization__in=places)
    return MentoringPair.objects.filter(managed | own)


def is_of(pair: MentoringPair, actor: Actor) -> bool:
    """Whether somebody is one of the two."""
    return isinstance(actor, User) and actor.pk in (pair.mentor_id, pair.mentee_id)


def people_at(organization: Organization, roles: tuple[Role, ...], *, on: date) -> QuerySet[User]:
    """Who holds one of the roles at an organization on a day."""
    posts = PractitionerRole.objects.live(on=on).filter(organization=organization, role__in=roles)
    return User.objects.filter(pk__in=posts.values("user_id"), is_active=True).order_by("name", "pk")


@transaction.atomic
def pair(new: MentoringPair, *, target: int | None, year: int, on: date, by: User) -> MentoringPair:
    """Pair two people (mentoring), or a person with a centre (director); `target`: sessions in `year`.

    Refused when neither side is the actor's to manage, the people do not work there, or they are paired already.
    """
    sides = [new.organization_id, new.mentor_organization_id]
    if not manageable_by(by, Permission.MENTORING_MANAGE).filter(pk__in=sides).exists():
        raise MentoringRefused(_("One of the two organizations must be yours."))
    _check(new, on)
    _save(new)
    if target is not None:
        MentoringTarget.objects.create(pair=new, year=year, sessions=target)
    _record("mentoring.pair", new, by=by, kind=new.kind, mentor=new.mentor_id, mentee=new.mentee_id)
    return new


def _check(new: MentoringPair, on: date) -> None:
    if new.mentor_organization.tier not in HOSPITALS:
        raise MentoringRefused(_("The mentor works at a hospital."))
    if new.organization.tier != Tier.COMMUNITY:
        raise MentoringRefused(_("The other side is a centre or a station."))
    if not people_at(new.mentor_organization, MENTORS, on=on).filter(pk=new.mentor_id).exists():
        raise MentoringRefused(_("The mentor holds no post as a specialist there."))
    taught = (
        new.mentee_id is None or people_at(new.organization, MENTEES, on=on).filter(pk=new.mentee_id).exists()
    )
    if (new.kind == PairKind.MENTORING) != (new.mentee_id is not None) or not taught:
        raise MentoringRefused(_("The mentee holds no post there."))


def _save(row: MentoringPair) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if _OVERLAPS not in str(error):
            raise
        raise MentoringRefused(_("The two are paired at that time already.")) from error


@transaction.atomic
def end(row: MentoringPair, *, last: date, reason: str, by: User) -> MentoringPair:
    """End a pair early, with a reason. Refused when it would not last, last longer, or leave sessions outside."""
    locked = _locked(row)
    ends = last_day(locked.period)
    if locked.period.lower and last < locked.period.lower:
        raise MentoringRefused(
            _("The pair begins on %(day)s; it cannot end before.") % {"day": locked.period.lower}
        )
    if ends is not None and last > ends:
        raise MentoringRefused(_("The pair ends on %(day)s anyway.") % {"day": ends})
    if locked.sessions.filter(on__gt=last, voided_at__isnull=True).exists():
        raise MentoringRefused(_("A session is logged after that day."))
    locked.period, locked.end_reason = DateRange(locked.period.lower, last + DAY), reason.strip()
    locked.save(update_fields=["period", "end_reason"])
    _record("mentoring.end", locked, by=by, last_day=last.isoformat(), reason=locked.end_reason)
    return locked


@transaction.atomic
def aim(row: MentoringPair, year: int, sessions: int, *, by: User) -> MentoringTarget:
    """Set how many sessions a pair is to hold in a year. Refused for a year in which it does not stand."""
    locked = _locked(row)
    first, last = date(year, 1, 1), date(year, 12, 31)
    if (locked.period.lower and locked.period.lower > last) or (
        locked.period.upper and locked.period.upper <= first
    ):
        raise MentoringRefused(_("The pair does not stand in %(year)s.") % {"year": year})
    target, _made = MentoringTarget.objects.update_or_create(
        pair=locked, year=year, defaults={"sessions": sessions}
    )
    _record("mentoring.aim", locked, by=by, year=year, sessions=sessions)
    return target


@transaction.atomic
def log(row: MentoringPair, held: Held, *, on: date, by: User) -> MentoringSession:
    """Log a session that took place, on `on` at the latest and within the pair's period."""
    locked = _locked(row)
    if held.on > on:
        raise MentoringRefused(_("A session is logged once it has taken place."))
    if held.on not in locked.period:
        words = {"first": locked.period.lower, "last": last_day(locked.period) or _("further notice")}
        raise MentoringRefused(_("The pair stands from %(first)s to %(last)s.") % words)
    session = MentoringSession.objects.create(
        pair=locked, on=held.on, method=held.method, topic=held.topic.strip(), minutes=held.minutes,
        note=held.note.strip(), recorded_by=by,
    )  # fmt: skip
    _record("mentoring.log", locked, by=by, session=session.pk, on=held.on.isoformat())
    return session


@transaction.atomic
def void(session: MentoringSession, reason: str, *, at: datetime, by: User) -> MentoringSession:
    """Take a wrong entry out of the count, with a reason; it stays readable. Refused when it is voided already."""
    locked = (
        MentoringSession.objects.select_for_update(of=("self",)).select_related("pair").get(pk=session.pk)
    )
    if locked.voided_at is not None:
        raise MentoringRefused(_("This session has been voided already."))
    locked.voided_at, locked.voided_by, locked.void_reason = at, by, reason.strip()
    locked.save(update_fields=["voided_at", "voided_by", "void_reason"])
    _record("mentoring.void", locked.pair, by=by, session=locked.pk, reason=locked.void_reason)
    return locked


def _locked(row: MentoringPair) -> MentoringPair:
    return MentoringPair.objects.select_for_update().get(pk=row.pk)


def _record(action: str, row: MentoringPair, *, by: User, **detail: Any) -> None:
    audit.record(action, by=by, subject=row, organization_id=row.organization_id, detail=detail)


# ---- figures


def of_year(pairs: QuerySet[MentoringPair], year: int) -> QuerySet[MentoringPair]:
    """Pairs that stand in some of the year."""
    return pairs.filter(period__overlap=DateRange(date(year, 1, 1), date(year + 1, 1, 1)))


def counted(pairs: QuerySet[MentoringPair], year: int) -> QuerySet[MentoringPair]:
    """Pairs with `target` (None without one) and `held` of the year, and what of `held` counts against a target."""
    sessions = MentoringSession.objects.filter(pair=OuterRef("pk"), on__year=year, voided_at__isnull=True)
    held = sessions.order_by().values("pair").annotate(n=Count("pk")).values("n")
    target = MentoringTarget.objects.filter(pair=OuterRef("pk"), year=year).values("sessions")
    rows = pairs.annotate(
        held=Coalesce(Subquery(held, output_field=IntegerField()), 0),
        target=Subquery(target, output_field=IntegerField()),
    )
    towards = Case(When(target__isnull=False, then=F("held")), default=Value(0), output_field=IntegerField())
    return rows.annotate(towards=towards)


@dataclass(frozen=True)
class Attainment:
    """Sessions that count and the target of some pairs in a year; `beside`: sessions of pairs without a target."""

    key: int
    name: str
    pairs: int
    towards: int
    target: int | None
    beside: int


def by_mentor(pairs: QuerySet[MentoringPair], year: int) -> list[Attainment]:
    """The figures of a year by mentor, one query."""
    return _added_up(pairs, year, "mentor_id", "mentor__name")


def by_centre(pairs: QuerySet[MentoringPair], year: int) -> list[Attainment]:
    """The figures of a year by centre, one query."""
    return _added_up(pairs, year, "organization_id", "organization__name")


def in_all(pairs: QuerySet[MentoringPair], year: int) -> Attainment:
    """The figures of a year of all the pairs together, one query."""
    found = counted(of_year(pairs, year), year).aggregate(
        n=Count("pk"), all_held=Sum("held"), all_towards=Sum("towards"), targets=Sum("target")
    )
    towards = found["all_towards"] or 0
    return Attainment(0, "", found["n"], towards, found["targets"], (found["all_held"] or 0) - towards)


def _added_up(pairs: QuerySet[MentoringPair], year: int, key: str, name: str) -> list[Attainment]:
    rows = counted(of_year(pairs, year), year).order_by().values(key, name)
    rows = rows.annotate(
        n=Count("pk"), all_held=Sum("held"), all_towards=Sum("towards"), targets=Sum("target")
    ).order_by(name, key)
    return [
        Attainment(
            row[key],
            row[name],
            row["n"],
            row["all_towards"],
            row["targets"],
            row["all_held"] - row["all_towards"],
        )
        for row in rows
    ]
