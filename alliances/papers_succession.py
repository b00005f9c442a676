"""What becomes of an organization's agreements, pairs and trainings when it merges or closes."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from alliances import periods
from alliances.lifecycle import Happening, Matter
from alliances.models import (
    Agreement,
    AgreementLine,
    MentoringPair,
    Organization,
    Training,
    TrainingAttendance,
)
from alliances.periods import not_over


def _agreements(organization: Organization, happening: Happening) -> QuerySet[Agreement]:
    mine = Q(source=organization) | Q(target=organization)
    return Agreement.objects.filter(mine).filter(not_over(on=happening.on)).order_by("pk")


def _pairs(organization: Organization, happening: Happening) -> QuerySet[MentoringPair]:
    mine = Q(mentor_organization=organization) | Q(organization=organization)
    return MentoringPair.objects.filter(mine).filter(not_over(on=happening.on)).order_by("pk")


def _trainings(organization: Organization, happening: Happening) -> QuerySet[Training]:
    return Training.objects.filter(
        organization=organization, begins_at__gt=happening.at, cancelled_at__isnull=True
    )


def carried(happening: Happening) -> list[Matter]:
    """The papers that follow a merged organization."""
    organization = happening.organization
    return [
        Matter(_("agreements"), _agreements(organization, happening).count()),
        Matter(_("pairs of mentoring and direction"), _pairs(organization, happening).count()),
        Matter(_("trainings to come"), _trainings(organization, happening).count()),
    ]


in_the_way = carried  # a partner counts on them: they are ended there first


def follow(happening: Happening) -> None:
    """Agreements end and go on in the successor's name; pairs and trainings to come go on as they are."""
    organization, into = happening.organization, happening.successor
    for agreement in _agreements(organization, happening).select_for_update():
        _follow_agreement(agreement, happening)
    for pair in _pairs(organization, happening).select_for_update():
        _follow_pair(pair, happening)
    coming = _trainings(organization, happening)
    invited = TrainingAttendance.objects.filter(
        organization=organization, training__begins_at__gt=happening.at, training__cancelled_at__isnull=True
    )
    invited.update(organization=into)
    coming.update(organization=into)


def _follow_agreement(agreement: Agreement, happening: Happening) -> None:
    """One with the successor itself, or with somebody who has agreed with the successor already, only ends."""
    into, on = happening.successor, happening.on
    lines = list(agreement.lines.all())
    source = into.pk if agreement.source_id == happening.organization.pk else agreement.source_id
    target = into.pk if agreement.target_id == happening.organization.pk else agreement.target_id
    begins = max(on, agreement.period.lower or on)
    period = periods.range_from(begins, agreement.period.upper)
    periods.end(Agreement.objects.filter(pk=agreement.pk), on=on)
    same = Agreement.objects.filter(source=source, target=target, period__overlap=period)
    if source == target or same.exists():
        return
    agreement.pk, agreement._state.adding = None, True
    agreement.source_id, agreement.target_id, agreement.period = source, target, period
    agreement.save(force_insert=True)
    for line in lines:
        line.pk, line.agreement = None, agreement
    AgreementLine.objects.bulk_create(lines)


def _follow_pair(pair: MentoringPair, happening: Happening) -> None:
    """The pair is of two people and keeps its year's target and sessions; within one organization it ends."""
    into, old = happening.successor.pk, happening.organization.pk
    mentor_at = into if pair.mentor_organization_id == old else pair.mentor_organization_id
    centre = into if pair.organization_id == old else pair.organization_id
    others = MentoringPair.objects.filter(mentor_id=pair.mentor_id, mentee_id=pair.mentee_id)
    same = others.filter(organization=centre, period__overlap=pair.period).exclude(pk=pair.pk)
    if mentor_at == centre or same.exists():
        periods.end(MentoringPair.objects.filter(pk=pair.pk), on=happening.on)
        return
    pair.mentor_organization_id, pair.organization_id = mentor_at, centre
    pair.save(update_fields=["mentor_organization", "organization"])
