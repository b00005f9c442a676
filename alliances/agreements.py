"""Agreements between organizations: who may read and change them, what can be done with them, which one holds.

One function = one action = one transaction = one audit line. The database allows one agreement of a pair at a time;
its refusal comes back as `AgreementRefused` with the agreement that stands in the way.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any, Self

from django.db import IntegrityError, connection, models, transaction
from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _
from psycopg2.extras import DateRange

from accounts.models import User
from alliances.models import Agreement, AgreementLine, Department, Organization
from alliances.paper_fields import DAY, last_day, period_of
from alliances.permissions import Permission
from alliances.reach import manageable_by
from alliances.scope import Actor, scope_of
from journal import audit

#: An agreement that ends within this time is shown as ending soon.
ENDING_SOON = timedelta(days=90)
_OVERLAPS = "agreement_one_of_a_pair"


class AgreementRefused(ValueError):
    """An agreement that cannot be made, changed or ended so, with a sentence for the person who tried."""


@dataclass(frozen=True)
class Line:
    """What a department takes: programmes (empty: its own), slots and beds a day (None: not limited)."""

    department_id: int
    programmes: Sequence[str] = ()
    clinic_slots: int | None = None
    beds: int | None = None


@dataclass(frozen=True)
class Terms:
    """What is agreed on, apart from the two sides, the period and the lines."""

    phone: str
    green_channel: bool = False
    green_channel_terms: str = ""
    answer_emergency_minutes: int | None = None
    answer_urgent_hours: int | None = None
    answer_routine_days: int | None = None
    note: str = ""

    @classmethod
    def of(cls, agreement: Agreement) -> Self:
        """The terms of an agreement as they stand."""
        return cls(**{f.name: getattr(agreement, f.name) for f in fields(cls)})


def readable_by(actor: Actor) -> QuerySet[Agreement]:
    """Agreements of the organizations that somebody works for, looks after or manages."""
    seen = Q(pk__in=scope_of(actor).number_organization_ids)
    seen |= Q(pk__in=manageable_by(actor, Permission.AGREEMENT_MANAGE).values("pk"))
    mine = Organization.objects.filter(seen).order_by().values("pk")
    return Agreement.objects.filter(Q(source__in=mine) | Q(target__in=mine))


def changeable_by(actor: Actor) -> QuerySet[Agreement]:
    """Agreements of which one side is managed by somebody."""
    mine = manageable_by(actor, Permission.AGREEMENT_MANAGE).order_by().values("pk")
    return Agreement.objects.filter(Q(source__in=mine) | Q(target__in=mine))


# A station below a centre refers under its centre's agreement; a centre below a hospital does not under the hospital's.
_OWN_AND_CENTRE = """
WITH RECURSIVE up AS (
    SELECT id, parent_id, tier, 0 AS steps FROM alliances_organization WHERE id = %s
    UNION ALL SELECT o.id, o.parent_id, o.tier, up.steps + 1 FROM alliances_organization o
    JOIN up ON o.id = up.parent_id AND o.tier = up.tier WHERE up.steps < 20
) SELECT id, steps FROM up
"""


def in_force(source_id: int, *, on: date, target_id: int | None = None) -> dict[int, Agreement]:
    """The agreements under which an organization refers on a day, by receiving organization, lines at hand.

    Its own comes before that of the organization of its kind above it. Four queries at most.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OWN_AND_CENTRE, [source_id])
        steps: dict[int, int] = dict(cursor.fetchall())
    rows = Agreement.objects.filter(source__in=steps, period__contains=on)
    if target_id is not None:
        rows = rows.filter(target=target_id)
    nearest_last = sorted(with_lines(rows), key=lambda row: -steps[row.source_id])
    return {row.target_id: row for row in nearest_last}


def with_lines(rows: QuerySet[Agreement]) -> QuerySet[Agreement]:
    """Agreements with both sides and their lines in the departments' order."""
    lines = AgreementLine.objects.select_related("department").order_by("department__code")
    return rows.select_related("source", "target").prefetch_related(Prefetch("lines", lines))


@transaction.atomic
def make(
    source: Organization,
    target: Organization,
    period: DateRange,
    terms: Terms,
    lines: Iterable[Line],
    *,
    by: User,
) -> Agreement:
    """Agree. Refused when neither side is the actor's to manage, or the two have an agreement at that time."""
    _may(by, source, target)
    agreement = Agreement(source=source, target=target, period=period, **vars(terms))
    _save(agreement)
    _write_lines(agreement, lines)
    _record("agreement.make", agreement, by=by)
    return agreement


@transaction.atomic
def change(
    agreement: Agreement, period: DateRange, terms: Terms, lines: Iterable[Line], *, on: date, by: User
) -> Agreement:
    """Change what was agreed on. Appointments that were made under it keep their place. Refused once it is over."""
    locked = Agreement.objects.select_for_update().select_related("source", "target").get(pk=agreement.pk)
    ends = last_day(locked.period)
    if ends is not None and ends < on:
        raise AgreementRefused(_("This agreement is over; renew it instead."))
    before = {"period": locked.period, **vars(Terms.of(locked))}
    if locked.period.upper != period.upper:
        locked.end_reason = ""
    locked.period = period
    for name, value in vars(terms).items():
        setattr(locked, name, value)
    after = {"period": period, **vars(terms)}
    _save(locked)
    _write_lines(locked, lines)
    changed = sorted(name for name, value in after.items() if value != before[name])
    _record("agreement.change", locked, by=by, changed=changed)
    return locked


@transaction.atomic
def renew(agreement: Agreement, *, until: date | None, by: User) -> Agreement:
    """A copy that begins when this one ends. Refused for one without an end, or when there is a successor already."""
    locked = Agreement.objects.select_for_update().select_related("source", "target").get(pk=agreement.pk)
    if locked.period.upper is None:
        raise AgreementRefused(_("This agreement has no end: there is nothing to renew."))
    if until is not None and until < locked.period.upper:
        raise AgreementRefused(_("The renewed agreement must end after it begins."))
    lines = [
        Line(line.department_id, line.programmes, line.clinic_slots, line.beds) for line in locked.lines.all()
    ]
    copy = Agreement(
        source=locked.source, target=locked.target, period=period_of(locked.period.upper, until),
        **vars(Terms.of(locked)),
    )  # fmt: skip
    _save(copy)
    _write_lines(copy, lines)
    _record("agreement.renew", copy, by=by, of=locked.pk)
    return copy


@transaction.atomic
def end(agreement: Agreement, *, last: date, reason: str, by: User) -> Agreement:
    """End an agreement early, with a reason. Refused when it would not last, or would last longer than agreed."""
    locked = Agreement.objects.select_for_update().select_related("source", "target").get(pk=agreement.pk)
    ends = last_day(locked.period)
    if locked.period.lower and last < locked.period.lower:
        raise AgreementRefused(
            _("The agreement begins on %(day)s; it cannot end before.") % {"day": locked.period.lower}
        )
    if ends is not None and last > ends:
        raise AgreementRefused(_("The agreement ends on %(day)s anyway.") % {"day": ends})
    locked.period, locked.end_reason = DateRange(locked.period.lower, last + DAY), reason.strip()
    _save(locked)
    _record("agreement.end", locked, by=by, last_day=last.isoformat(), reason=locked.end_reason)
    return locked


def _may(by: User, source: Organization, target: Organization) -> None:
    if source.pk == target.pk:
        raise AgreementRefused(_("An agreement is between two organizations."))
    sides = [source.pk, target.pk]
    if not manageable_by(by, Permission.AGREEMENT_MANAGE).filter(pk__in=sides).exists():
        raise AgreementRefused(_("One of the two organizations must be yours."))


def _save(agreement: Agreement) -> None:
    """Save, and put the database's refusal of a second agreement at the same time into words."""
    try:
        with transaction.atomic():
            agreement.save()
    except IntegrityError as error:
        if _OVERLAPS not in str(error):
            raise
        raise AgreementRefused(_in_the_way(agreement)) from error


def _in_the_way(agreement: Agreement) -> str:
    pair = Agreement.objects.filter(source=agreement.source, target=agreement.target)
    other = pair.filter(period__overlap=agreement.period).exclude(pk=agreement.pk).first()
    if other is None:  # it went away in between
        return _("The two organizations have another agreement at that time.")
    ends = last_day(other.period)
    words = {"first": other.period.lower, "last": ends or _("further notice")}
    return (
        _(
            "The two organizations have an agreement from %(first)s to %(last)s already. Choose another period, or change that one."
        )
        % words
    )


def _write_lines(agreement: Agreement, lines: Iterable[Line]) -> None:
    """The lines as wanted: those that stay keep their key, because appointments count against them."""
    wanted = {line.department_id: line for line in lines}
    own = Department.objects.filter(organization=agreement.target_id, pk__in=wanted).values_list(
        "pk", flat=True
    )
    if set(own) != set(wanted):
        raise AgreementRefused(_("A department does not belong to the receiving organization."))
    for line in agreement.lines.select_for_update():
        found = wanted.pop(line.department_id, None)
        if found is None:
            line.delete()
            continue
        line.programmes, line.clinic_slots, line.beds = list(found.programmes), found.clinic_slots, found.beds
        line.save(update_fields=["programmes", "clinic_slots", "beds"])
    AgreementLine.objects.bulk_create(
        AgreementLine(agreement=agreement, department_id=line.department_id, programmes=list(line.programmes),
                      clinic_slots=line.clinic_slots, beds=line.beds)
        for line in wanted.values()
    )  # fmt: skip


def _record(action: str, agreement: Agreement, *, by: User, **detail: Any) -> None:
    audit.record(
        action, by=by, subject=agreement, organization_id=agreement.source_id,
        detail={"to": agreement.target_id, **detail},
    )  # fmt: skip


def _states(on: date) -> dict[str, Q]:
    return {
        "force": Q(period__contains=on),
        "soon": Q(period__contains=on, period__endswith__lte=on + ENDING_SOON + DAY),
        "coming": Q(period__startswith__gt=on),
        "ended": Q(period__endswith__lte=on),
        "all": Q(),
    }


def of_state(rows: QuerySet[Agreement], state: str, *, on: date) -> QuerySet[Agreement]:
    """Agreements that stand so on a day: force, soon (ending), coming, ended, all."""
    return rows.filter(_states(on)[state])


def counts(rows: QuerySet[Agreement], *, on: date) -> dict[str, int]:
    """How many stand so, in one query."""
    return rows.aggregate(**{name: models.Count("pk", filter=q) for name, q in _states(on).items()})


def state_of(agreement: Agreement, *, on: date) -> tuple[str, str, str]:
    """Tone, icon and word for where an agreement stands on a day."""
    ends = last_day(agreement.period)
    if agreement.period.lower and agreement.period.lower > on:
        return "info", "calendar-event", _("begins later")
    if ends is not None and ends < on:
        return "mute", "archive", _("ended early") if agreement.end_reason else _("ended")
    if ends is not None and ends <= on + ENDING_SOON:
        return "amber", "hourglass-split", _("ends in %(n)d days") % {"n": (ends - on).days}
    return "green", "check-circle", _("in force")
