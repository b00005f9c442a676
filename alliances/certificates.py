"""Licences and certificates: a person's own, those of an organization's people, and the warning before one ends.

One function = one action = one transaction = one audit line; the number stands in the table, never in the trail.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from alliances.models import Certificate, CertificateKind, Organization, PractitionerRole, Role
from alliances.permissions import Permission
from alliances.reach import manageable_by
from alliances.scope import Actor, scope_of
from journal import audit, outbox
from journal.models import Channel, Communication, Recipient

#: Which certificate a role asks for. Roles that are not named ask for none.
NEEDED: Final[Mapping[Role, CertificateKind]] = {
    Role.GENERAL_PRACTITIONER: CertificateKind.PHYSICIAN,
    Role.TEAM_LEAD: CertificateKind.PHYSICIAN,
    Role.SPECIALIST: CertificateKind.PHYSICIAN,
    Role.PUBLIC_HEALTH_PHYSICIAN: CertificateKind.PHYSICIAN,
    Role.TCM_PHYSICIAN: CertificateKind.PHYSICIAN,
    Role.NURSE: CertificateKind.NURSE,
    Role.PHARMACIST: CertificateKind.PHARMACIST,
    Role.HEALTH_MANAGER: CertificateKind.HEALTH_MANAGER,
    Role.VILLAGE_DOCTOR: CertificateKind.VILLAGE_DOCTOR,
}
ENDING_SOON = timedelta(days=90)
OWN = gettext_noop("Your %(kind)s ends on %(day)s, in %(left)s days")
OF_SOMEBODY = gettext_noop("%(who)s's %(kind)s ends on %(day)s, in %(left)s days")
_ONCE = "certificate_number_once"
_MORNING = time(8)


class CertificateRefused(ValueError):
    """A certificate that cannot be entered so, with a sentence for the person who tried."""


def of_person(user: User) -> QuerySet[Certificate]:
    """One's own certificates while one has a post, the one that ends first on top."""
    rows = Certificate.objects.filter(user=user) if scope_of(user).posts else Certificate.objects.none()
    return rows.order_by("expires_on", "pk")


@transaction.atomic
def enter(new: Certificate, *, by: User) -> Certificate:
    """Enter a certificate of one's own. Refused when the number stands there already."""
    new.user = by
    _save(new)
    audit.record("certificate.enter", by=by, subject=new, detail={"kind": new.kind})
    return new


@transaction.atomic
def change(row: Certificate, values: Mapping[str, Any], *, by: User) -> Certificate:
    """Change one's own certificate."""
    locked = Certificate.objects.select_for_update().get(pk=row.pk, user=by)
    changed = sorted(name for name, value in values.items() if getattr(locked, name) != value)
    for name, value in values.items():
        setattr(locked, name, value)
    _save(locked)
    audit.record("certificate.change", by=by, subject=locked, detail={"changed": changed})
    return locked


@transaction.atomic
def remove(row: Certificate, *, by: User) -> None:
    """Take one's own certificate away that was entered by mistake."""
    locked = Certificate.objects.select_for_update().get(pk=row.pk, user=by)
    audit.record("certificate.remove", by=by, subject=locked, detail={"kind": locked.kind})
    locked.delete()


def _save(row: Certificate) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if _ONCE not in str(error):
            raise
        raise CertificateRefused(
            _("A certificate of this kind and number has been entered already.")
        ) from error


def state_of(row: Certificate, *, on: date) -> tuple[str, str, str]:
    """Tone, icon and word for where a certificate stands on a day."""
    if row.expires_on is None:
        return "green", "check-circle", _("without end")
    left = (row.expires_on - on).days
    if left < 0:
        return "red", "x-octagon-fill", _("ended %(n)d days ago") % {"n": -left}
    if left <= ENDING_SOON.days:
        return "amber", "hourglass-split", _("ends in %(n)d days") % {"n": left}
    return "green", "check-circle", _("valid")


# ---- an organization's list


def posts_in_reach(actor: Actor, *, on: date) -> QuerySet[PractitionerRole]:
    """Live posts at the organizations whose people somebody manages."""
    mine = manageable_by(actor, Permission.PEOPLE_MANAGE, on=on).order_by().values("pk")
    return PractitionerRole.objects.live(on=on).filter(organization__in=mine, user__is_active=True)


def of_posts(posts: QuerySet[PractitionerRole]) -> QuerySet[Certificate]:
    """The certificates of who holds the posts, each with the `place` where the person works."""
    place = posts.filter(user=OuterRef("user")).order_by("pk").values("organization__name")[:1]
    rows = Certificate.objects.filter(user__in=posts.order_by().values("user"))
    return rows.annotate(place=Subquery(place)).select_related("user")


def not_replaced(rows: QuerySet[Certificate]) -> QuerySet[Certificate]:
    """Certificates that no later one of the same person and kind has replaced."""
    later = Certificate.objects.filter(user=OuterRef("user"), kind=OuterRef("kind"))
    later = later.filter(Q(expires_on__isnull=True) | Q(expires_on__gt=OuterRef("expires_on")))
    return rows.filter(Q(expires_on__isnull=True) | ~Exists(later))


def expired(rows: QuerySet[Certificate], *, on: date) -> QuerySet[Certificate]:
    """Certificates that have ended, and were not replaced."""
    return not_replaced(rows.filter(expires_on__lt=on))


def ending(
    rows: QuerySet[Certificate], *, on: date, within: timedelta = ENDING_SOON
) -> QuerySet[Certificate]:
    """Certificates that end within some time, and were not replaced."""
    return not_replaced(rows.filter(expires_on__gte=on, expires_on__lte=on + within))


def missing(posts: QuerySet[PractitionerRole]) -> QuerySet[Any, Any]:
    """Who holds a post that asks for a certificate and has entered none of the kind: person, place, kind."""
    need = Case(
        *[When(role=role, then=Value(kind.value)) for role, kind in NEEDED.items()],
        default=Value(""), output_field=CharField(),
    )  # fmt: skip
    asked = posts.filter(role__in=list(NEEDED)).annotate(need=need)
    without = asked.filter(~Exists(Certificate.objects.filter(user=OuterRef("user"), kind=OuterRef("need"))))
    named = without.values("user_id", "user__name", "organization__code", "organization__name", "need")
    return named.order_by("organization__code", "user__name", "user_id", "need").distinct()


# ---- warnings


@dataclass(frozen=True)
class Ending:
    """A certificate, how far before its end, and whom to tell."""

    certificate: Certificate
    days: int
    administrators: Sequence[int]


@transaction.atomic
def warn(*, on: date, days: Sequence[int] | None = None) -> int:
    """Write the warnings that are due on a day; returns how many were due. Running it again writes nothing new.

    `days`: how long before the end (default: the setting). Who enters a certificate late is warned once, for the
    nearest of them. A key names certificate, days and end, so that a prolonged certificate is warned of again.
    """
    steps = sorted(set(days if days is not None else settings.CERTIFICATE_WARNING_DAYS))
    if not steps:
        return 0
    due = list(_due(on, steps))
    outbox.post(message for warning in due for message in _messages(warning, on))
    return len(due)


def _due(on: date, steps: Sequence[int]) -> Iterator[Ending]:
    posts = PractitionerRole.objects.live(on=on).filter(user__is_active=True)
    rows = Certificate.objects.filter(user__in=posts.order_by().values("user")).select_related("user")
    found = list(ending(rows, on=on, within=timedelta(days=steps[-1])).order_by("pk"))
    above = _administrators(on, {row.user_id for row in found})
    for row in found:
        left = (row.expires_on - on).days if row.expires_on else 0
        yield Ending(row, next(step for step in steps if left <= step), above.get(row.user_id, []))


def _administrators(on: date, users: Iterable[int]) -> dict[int, list[int]]:
    """Who administers the organizations where people work, or one above them, by person. Three queries."""
    live = PractitionerRole.objects.live(on=on).filter(user__is_active=True)
    administrators: dict[int, set[int]] = {}
    for place, user in live.filter(role=Role.ORGANIZATION_ADMIN).values_list("organization_id", "user_id"):
        administrators.setdefault(place, set()).add(user)
    parents = dict(Organization.objects.order_by().values_list("pk", "parent_id"))
    found: dict[int, set[int]] = {}
    for user, place in live.filter(user__in=list(users)).values_list("user_id", "organization_id"):
        at: int | None = place
        while at is not None:
            found.setdefault(user, set()).update(administrators.get(at, set()))
            at = parents.get(at)
    return {user: sorted(admins - {user}) for user, admins in found.items()}


def _messages(warning: Ending, on: date) -> Iterator[Communication]:
    row, ends = warning.certificate, warning.certificate.expires_on
    key = f"certificate:{row.pk}:{warning.days}:{ends}"
    words = {"kind": row.name or _kind(row), "day": str(ends), "left": str((ends - on).days if ends else 0)}
    own = reverse("alliances:certificates")
    yield _message(key, row.user_id, on, text=OWN, params=words, path=own)
    whole = {**words, "who": row.user.name}
    for administrator in warning.administrators:
        path = reverse("alliances:certificates-people") + "?state=soon"
        yield _message(f"{key}:{administrator}", administrator, on, text=OF_SOMEBODY, params=whole, path=path)


def _kind(row: Certificate) -> str:
    return str(row.get_kind_display())


def _message(key: str, user_id: int, on: date, **content: Any) -> Communication:
    at = datetime.combine(on, _MORNING, timezone.get_default_timezone())
    return Communication(
        key=key, kind="certificate_ending", channel=Channel.IN_APP, recipient_kind=Recipient.USER,
        recipient_id=str(user_id), content=content, not_before=at,
    )  # fmt: skip


def numbers(posts: QuerySet[PractitionerRole], *, on: date) -> dict[str, int]:
    """How many stand under each filter. Four queries."""
    rows = Certificate.objects.filter(user__in=posts.order_by().values("user"))
    return {
        "expired": expired(rows, on=on).count(), "soon": ending(rows, on=on).count(),
        "missing": missing(posts).count(), "all": rows.count(),
    }  # fmt: skip
