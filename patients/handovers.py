"""Hand-over of residents from one team of a centre to another: proposed, answered, withdrawn. One or many at once.

Everything here takes a fixed number of statements, whatever the number of residents. Whoever locks, locks the team that
takes, then the residents, then the hand-overs, each in the order of their keys.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from accounts.models import User
from alliances.models import CareTeam
from journal import audit, outbox
from journal.models import AuditEvent
from patients import handover_notices as notices
from patients import responsibilities
from patients.lifecycle import Event, Happening
from patients.models import Handover, HandoverStatus, Patient, Responsibility, Task
from patients.models.handover import HandoverReason

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: Residents in one proposal or answer, so that nobody waits for a page that locks a whole town.
MOST: Final = 1000
#: Names said of those that were left out; the others are counted.
NAMED: Final = 3


@dataclass(frozen=True)
class LeftOut:
    """A resident who was not handed over, and why."""

    patient: Patient
    why: "StrOrPromise"


@dataclass(frozen=True)
class Outcome:
    """What was done, and who was left out."""

    done: list[Handover]
    left_out: list[LeftOut]


class Refused(ValueError):
    """Nobody could be handed over; the text says why."""

    def __init__(self, left_out: Iterable[LeftOut]) -> None:
        super().__init__(in_words(left_out))


class NotOpen(ValueError):
    """The team that was to take residents is closed."""


def in_words(left_out: Iterable[LeftOut]) -> str:
    """Who was left out and why, by reason, with a few names each."""
    by_reason: dict[str, list[str]] = {}
    for one in left_out:
        by_reason.setdefault(str(one.why), []).append(one.patient.name)
    lines = []
    for why, names in by_reason.items():
        who = ", ".join(names[:NAMED])
        if len(names) > NAMED:
            who = _("%(who)s and %(n)s more") % {"who": who, "n": len(names) - NAMED}
        lines.append(_("%(who)s: %(why)s") % {"who": who, "why": why})
    return " ".join(lines)


# ---- proposing


@transaction.atomic
def propose(
    patient_ids: Collection[UUID],
    *,
    to_team: CareTeam,
    reason: HandoverReason,
    text: str,
    by: User,
    at: datetime,
) -> Outcome:
    """Offer residents to another team of their centre; nothing changes for them until it accepts.

    The caller has found the residents within the reach of `by`. Who cannot be offered is left out; Refused when nobody
    is left, NotOpen when the team has closed.
    """
    team = _locked_teams([to_team.pk])[to_team.pk]
    if team.closed_on is not None:
        raise NotOpen(_("%(team)s is closed.") % {"team": team.name})
    patients = _locked_patients(patient_ids)
    waiting = set(Handover.objects.open().filter(patient__in=patients).values_list("patient_id", flat=True))
    left_out = [LeftOut(p, why) for p in patients.values() if (why := _not_to(p, team, waiting))]
    unfit = {one.patient.pk for one in left_out}
    made = Handover.objects.bulk_create(
        Handover(
            patient=patient, organization_id=team.organization_id, from_team_id=patient.care_team_id, to_team=team,
            reason=reason, text=text, proposed_by=by, proposed_at=at,
        )
        for key, patient in patients.items()
        if key not in unfit
    )  # fmt: skip
    if not made:
        raise Refused(left_out)
    _record("handover.propose", made, by=by, reason=str(reason), to_team=team.pk)
    outbox.post(notices.proposed(made, at=at))
    return Outcome(made, left_out)


def _not_to(patient: Patient, team: CareTeam, waiting: set[UUID]) -> "StrOrPromise":
    """Why a resident cannot be offered to the team; empty when nothing speaks against it."""
    if patient.deceased_on is not None:
        return _DIED
    if patient.organization_id != team.organization_id:
        return gettext_lazy("another organization is responsible")
    if patient.care_team_id == team.pk:
        return gettext_lazy("already with this team")
    if patient.pk in waiting:
        return gettext_lazy("waits for the answer of a team already")
    return ""


# ---- answering


@transaction.atomic
def accept(handover_ids: Collection[UUID], *, by: User, on: date, at: datetime) -> Outcome:
    """Take residents over from the day on: the team becomes responsible and what is open follows (patients.lifecycle).

    Those answered meanwhile, or whose responsibility began today, are left out; Refused when nobody is left.
    """
    rows = _locked(handover_ids, with_patients=True)
    fresh = _responsible_since(on, rows)
    left_out, taken = [], []
    for row in rows:
        why = _not_now(row) or fresh.get(row.patient_id, "")
        if why:
            left_out.append(LeftOut(row.patient, why))
        else:
            taken.append(row)
    if not taken:
        raise Refused(left_out)
    # Answered first: what moves with the resident would withdraw an open hand-over (`settle_move`).
    _close(taken, HandoverStatus.ACCEPTED, by=by, at=at)
    taken.sort(key=lambda row: row.to_team_id)
    for _key, group in groupby(taken, key=lambda row: row.to_team_id):
        theirs = list(group)
        team = theirs[0].to_team
        responsibilities.assign_all(
            [row.patient_id for row in theirs], organization=team.organization, care_team=team, on=on, by=by
        )
    _record("handover.accept", taken, by=by)
    outbox.post(notices.answered(taken, at=at))
    return Outcome(taken, left_out)


@transaction.atomic
def decline(handover_ids: Collection[UUID], *, why: str, by: User, at: datetime) -> Outcome:
    """Do not take residents over, for a reason that the proposing team reads. Refused when nothing is open any more."""
    return _end(handover_ids, HandoverStatus.DECLINED, action="handover.decline", answer=why, by=by, at=at)


@transaction.atomic
def withdraw(handover_ids: Collection[UUID], *, by: User, at: datetime) -> Outcome:
    """Take an offer back before it is answered. Refused when nothing is open any more."""
    return _end(handover_ids, HandoverStatus.WITHDRAWN, action="handover.withdraw", answer="", by=by, at=at)


def _end(
    handover_ids: Collection[UUID],
    status: HandoverStatus,
    *,
    action: str,
    answer: str,
    by: User,
    at: datetime,
) -> Outcome:
    rows = _locked(handover_ids)
    ended = [row for row in rows if row.status == HandoverStatus.PROPOSED]
    left_out = [LeftOut(row.patient, _not_now(row)) for row in rows if row.status != HandoverStatus.PROPOSED]
    if not ended:
        raise Refused(left_out)
    _close(ended, status, by=by, at=at, answer=answer)
    _record(action, ended, by=by)
    outbox.post(notices.answered(ended, at=at))
    return Outcome(ended, left_out)


def _not_now(row: Handover) -> "StrOrPromise":
    """Why a hand-over cannot be answered any more; empty while it is open and its team too."""
    if row.status == HandoverStatus.PROPOSED:
        return _("%(team)s is closed.") % {"team": row.to_team.name} if row.to_team.closed_on else ""
    who = row.answered_by.name if row.answered_by else _("the product")
    return _("%(state)s meanwhile by %(who)s") % {"state": row.get_status_display(), "who": who}


def _responsible_since(on: date, rows: Collection[Handover]) -> dict[UUID, str]:
    """Residents whose running responsibility does not end on the day: it began on it, or later."""
    running = Responsibility.objects.filter(
        patient__in=[row.patient_id for row in rows],
        period__endswith__isnull=True,
        period__startswith__gte=on,
    )
    words = _("came to the present team on %(day)s and can be accepted from the day after")
    return {row.patient_id: words % {"day": row.period.lower.isoformat()} for row in running}


def _close(
    rows: Collection[Handover], status: HandoverStatus, *, by: User | None, at: datetime, answer: str = ""
) -> None:
    for row in rows:
        row.status, row.answered_by, row.answered_at, row.answer = status, by, at, answer
    Handover.objects.filter(pk__in=[row.pk for row in rows]).update(
        status=status, answered_by=by, answered_at=at, answer=answer
    )


def _record(action: str, rows: Iterable[Handover], *, by: User | None, **detail: object) -> None:
    """One line a resident, so that each one's history is whole."""
    AuditEvent.objects.bulk_create(audit.event(action, by=by, subject=row, detail=detail) for row in rows)


# ---- locks


def _locked_teams(team_ids: Collection[int]) -> dict[int, CareTeam]:
    # A team that is about to close waits for this, and this for it.
    rows = CareTeam.objects.filter(pk__in=team_ids).order_by("pk").select_related("organization")
    return {row.pk: row for row in rows.select_for_update(of=("self",), no_key=True)}


def _locked_patients(patient_ids: Collection[UUID]) -> dict[UUID, Patient]:
    return {
        row.pk: row for row in Patient.objects.filter(pk__in=patient_ids).order_by("pk").select_for_update()
    }


def _locked(handover_ids: Collection[UUID], *, with_patients: bool = False) -> list[Handover]:
    """The hand-overs under a lock, as they are now."""
    asked = Handover.objects.filter(pk__in=handover_ids)
    if with_patients:
        keys = list(asked.values_list("to_team_id", "patient_id"))
        _locked_teams({team for team, _patient in keys})
        _locked_patients({patient for _team, patient in keys})
    rows = asked.select_related("patient", "answered_by", "from_team", "to_team__organization")
    return list(rows.order_by("pk").select_for_update(of=("self",)))


# ---- what happens to residents otherwise (registered with patients.lifecycle)

_DIED: Final = gettext_lazy("the resident has died")
_DIED_TEXT: Final = gettext_noop("the resident has died")
_MOVED_TEXT: Final = gettext_noop("another team became responsible")


def settle_death(happening: Happening) -> None:
    """Nobody is handed over after a death."""
    _settle([happening], _DIED_TEXT)


def settle_move(happening: Happening) -> None:
    """Who has come to another team need not be handed to one; open tasks of the centre follow the resident."""
    settle_moves([happening])


def settle_moves(happenings: Collection[Happening]) -> None:
    """`settle_move` of residents who came to one team together."""
    _settle(happenings, _MOVED_TEXT)
    patients = [happening.patient for happening in happenings]
    organization_id, team_id = patients[0].organization_id, patients[0].care_team_id
    # A task about a referral of the centre before stays where the referral is answered.
    tasks = Task.objects.open().filter(patient__in=patients, organization_id=organization_id)
    tasks.update(care_team_id=team_id)


def _settle(happenings: Collection[Happening], why: str) -> None:
    patients = [happening.patient for happening in happenings]
    rows = list(Handover.objects.open().filter(patient__in=patients).order_by("pk").select_for_update())
    if rows:
        _close(rows, HandoverStatus.WITHDRAWN, by=None, at=timezone.now(), answer=why)
        _record("handover.settle", rows, by=None, why=why)


SETTLED: Final = {Event.DIED: (settle_death, None), Event.MOVED: (settle_move, settle_moves)}
