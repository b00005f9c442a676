"""Trainings: planned, people invited in bulk, attendance recorded for all at once, hours per person and year.

One function = one action = one transaction = one audit line. Hours are minutes of trainings that were attended and not
cancelled, by the year (in Shanghai) in which they began; counted in SQL.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from alliances.models import (
    Alliance,
    AllianceMembership,
    Attendance,
    Organization,
    PractitionerRole,
    Role,
    Training,
    TrainingAttendance,
)
from alliances.permissions import Permission
from alliances.reach import manageable_by, open_to
from alliances.scope import Actor
from journal import audit, outbox
from journal.models import Channel, Communication, Recipient

INVITATION = gettext_noop("You are invited to the training “%(title)s” on %(at)s")
CANCELLED = gettext_noop("The training “%(title)s” on %(at)s is cancelled: %(reason)s")


class TrainingRefused(ValueError):
    """Something that cannot be done with a training, with a sentence for the person who tried."""


def organized_by(actor: Actor) -> QuerySet[Training]:
    """Trainings of the organizations whose trainings somebody manages."""
    mine = manageable_by(actor, Permission.TRAINING_MANAGE).order_by().values("pk")
    return Training.objects.filter(organization__in=mine)


def alliances_of(actor: Actor) -> QuerySet[Alliance]:
    """The alliances for which somebody may plan: those of the organizations in reach."""
    mine = open_to(actor, Permission.TRAINING_MANAGE).order_by().values("pk")
    live = AllianceMembership.objects.filter(organization__in=mine, period__contains=timezone.localdate())
    return Alliance.objects.filter(pk__in=live.values("alliance_id")).order_by("name")


def places_of(training: Training, actor: Actor) -> QuerySet[Organization]:
    """Whose people may be invited: of the whole alliance when it is for one, else of the organizations in reach."""
    rows = Organization.objects.filter(closed_on__isnull=True).order_by("code")
    if training.alliance_id is None:
        return rows.filter(pk__in=manageable_by(actor, Permission.TRAINING_MANAGE).order_by().values("pk"))
    on = timezone.localdate(training.begins_at)
    members = AllianceMembership.objects.filter(alliance=training.alliance_id, period__contains=on)
    return rows.filter(Q(pk__in=members.values("organization_id")) | Q(pk=training.organization_id))


@transaction.atomic
def plan(training: Training, *, by: User) -> Training:
    """Plan a training. Refused for an organization out of reach, or an alliance it does not belong to."""
    _check(training, by)
    training.save(force_insert=True)
    _record("training.plan", training, by=by)
    return training


@transaction.atomic
def change(training: Training, *, by: User) -> Training:
    """Change what was planned. Refused once it is cancelled."""
    _open(training)
    _check(training, by)
    training.save()
    _record("training.change", training, by=by)
    return training


def _check(training: Training, by: User) -> None:
    if not open_to(by, Permission.TRAINING_MANAGE).filter(pk=training.organization_id).exists():
        raise TrainingRefused(_("This organization is not yours to plan for."))
    on = timezone.localdate(training.begins_at)
    members = AllianceMembership.objects.filter(organization=training.organization_id, period__contains=on)
    if training.alliance_id and not members.filter(alliance=training.alliance_id).exists():
        raise TrainingRefused(_("The organization does not belong to this alliance on that day."))


@transaction.atomic
def cancel(training: Training, reason: str, *, at: datetime, by: User) -> Training:
    """Cancel a training with a reason; who was invited is told, nobody's hours count."""
    locked = _open(training)
    locked.cancelled_at, locked.cancel_reason = at, reason.strip()
    locked.save(update_fields=["cancelled_at", "cancel_reason"])
    words = {**_words(locked), "reason": locked.cancel_reason}
    invited = locked.attendances.values_list("user_id", flat=True)
    outbox.post([_message(locked, user, "cancelled", text=CANCELLED, words=words, at=at) for user in invited])
    _record("training.cancel", locked, by=by, reason=locked.cancel_reason)
    return locked


@transaction.atomic
def invite(
    training: Training,
    organizations: Collection[Organization],
    roles: Collection[Role],
    *,
    at: datetime,
    by: User,
) -> int:
    """Invite everybody who holds one of the roles at one of the organizations; returns how many were new.

    Who is invited already stays as recorded. The place of a person with posts at several of them is the first one's.
    """
    locked = _open(training)
    reach = set(places_of(locked, by).values_list("pk", flat=True))
    wanted = {organization.pk for organization in organizations}
    if not wanted <= reach:
        raise TrainingRefused(_("People of this organization cannot be invited."))
    on = timezone.localdate(locked.begins_at)
    posts = PractitionerRole.objects.live(on=on).filter(
        organization__in=wanted, role__in=list(roles), user__is_active=True
    )
    found = posts.exclude(user__in=locked.attendances.values("user_id")).order_by("-pk")
    places = dict(found.values_list("user_id", "organization_id"))
    TrainingAttendance.objects.bulk_create(
        TrainingAttendance(training=locked, user_id=user, organization_id=place)
        for user, place in places.items()
    )
    outbox.post(
        [_message(locked, user, "invited", text=INVITATION, words=_words(locked), at=at) for user in places]
    )
    _record(
        "training.invite",
        locked,
        by=by,
        invited=len(places),
        roles=sorted(roles),
        organizations=sorted(wanted),
    )
    return len(places)


@transaction.atomic
def attend(training: Training, marks: Mapping[int, Attendance], *, at: datetime, by: User) -> int:
    """Record who came, by the keys of the attendances; returns how many changed. Refused before its day."""
    locked = _open(training)
    if timezone.localdate(locked.begins_at) > timezone.localdate(at):
        raise TrainingRefused(_("Attendance is recorded from the day of the training on."))
    changed = []
    for row in locked.attendances.select_for_update().filter(pk__in=marks).order_by("pk"):
        if row.status != marks[row.pk]:
            row.status, row.recorded_by, row.recorded_at = marks[row.pk], by, at
            changed.append(row)
    TrainingAttendance.objects.bulk_update(changed, ["status", "recorded_by", "recorded_at"])
    if changed:
        marked = {status: sum(row.status == status for row in changed) for status in Attendance.values}
        _record("training.attend", locked, by=by, marked={name: n for name, n in marked.items() if n})
    return len(changed)


def _open(training: Training) -> Training:
    """The training, locked; refused when it is cancelled."""
    locked = (
        Training.objects.select_for_update(of=("self",)).select_related("organization").get(pk=training.pk)
    )
    if locked.cancelled_at is not None:
        raise TrainingRefused(_("This training is cancelled."))
    return locked


def _words(training: Training) -> dict[str, str]:
    return {"title": training.title, "at": f"{timezone.localtime(training.begins_at):%Y-%m-%d %H:%M}"}


def _message(
    training: Training, user_id: int, what: str, *, text: str, words: dict[str, str], at: datetime
) -> Communication:
    return Communication(
        key=f"training:{training.pk}:{what}:{user_id}", kind=f"training_{what}", channel=Channel.IN_APP,
        recipient_kind=Recipient.USER, recipient_id=str(user_id), organization_id=training.organization_id,
        content={"text": text, "params": words, "path": reverse("alliances:trainings")}, not_before=at,
    )  # fmt: skip


def _record(action: str, training: Training, *, by: User, **detail: Any) -> None:
    audit.record(action, by=by, subject=training, detail={"title": training.title, **detail})


# ---- figures


def with_counts(rows: QuerySet[Training]) -> QuerySet[Training]:
    """Trainings with how many are invited and how many came."""
    return rows.annotate(
        invited=Count("attendances"),
        came=Count("attendances", filter=Q(attendances__status=Attendance.ATTENDED)),
    )


def marked(training: Training) -> list[tuple[str, int]]:
    """How many are marked so, by the words of the marks. One query."""
    found = dict(training.attendances.order_by().values_list("status").annotate(n=Count("pk")))
    return [(str(label), found.get(code, 0)) for code, label in Attendance.choices]


def minutes_of(user: User, *, year: int) -> int:
    """One person's minutes of a year."""
    rows = TrainingAttendance.objects.filter(
        user=user,
        status=Attendance.ATTENDED,
        training__cancelled_at__isnull=True,
        training__begins_at__year=year,
    )
    total: int = rows.aggregate(total=Sum("training__minutes", default=0))["total"]
    return total


def hours(organizations: QuerySet[Organization], *, year: int) -> QuerySet[Any, Any]:
    """Person, place, trainings and minutes of a year of everybody who was invited at the organizations. One query."""
    rows = TrainingAttendance.objects.filter(
        organization__in=organizations.order_by().values("pk"), training__cancelled_at__isnull=True,
        training__begins_at__year=year,
    )  # fmt: skip
    came = Q(status=Attendance.ATTENDED)
    grouped = rows.values("user_id", "organization_id").annotate(
        name=F("user__name"), place=F("organization__name"), invited=Count("pk"), came=Count("pk", filter=came),
        minutes=Sum("training__minutes", filter=came, default=0),
    )  # fmt: skip
    return grouped.order_by("organization__code", "-minutes", "name", "user_id")
