"""What residents mean for a team: how many it has, what stands in the way of closing it, and its hand-overs."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import Count, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from alliances import lifecycle, team_page
from alliances.lifecycle import Event, Happening, Matter, Part
from alliances.models import CareTeam
from patients.models import Handover, HandoverReason, HandoverStatus, Patient, Task
from patients.reach import reach_of

#: How far back the figures of a team's page look.
YEAR: Final = timedelta(days=365)


def residents_of(team_ids: Collection[int]) -> Mapping[int, int]:
    """Living residents by team. One statement; teams without any are left out."""
    rows = Patient.objects.living().filter(care_team__in=team_ids).order_by().values_list("care_team_id")
    return dict(rows.annotate(Count("pk")))


def in_the_way(happening: Happening) -> list[Matter]:
    """Residents, open tasks and open hand-overs of a team that is about to close, with the page that settles them."""
    team = happening.team
    open_ones = Handover.objects.open().filter(Q(from_team=team) | Q(to_team=team))
    give = f"{reverse('patients:handover-new')}?team={team.pk if team else ''}"
    return [
        Matter(_("residents"), Patient.objects.living().filter(care_team=team).count(), give),
        Matter(_("open hand-overs"), open_ones.count(), reverse("patients:handovers")),
        Matter(_("open tasks"), Task.objects.open().filter(care_team=team).count()),
    ]


def panel(team: CareTeam, user: User, on: date) -> SafeString:
    """The hand-overs of a team in numbers; links only for those who act for it. Two statements."""
    mine = reach_of(user, on=on).covers(organization_id=team.organization_id, team_id=team.pk)
    context = {"team": team, "mine": mine and team.closed_on is None, **_figures(team, on)}
    return render_to_string("patients/team_panel.html", context)


def _figures(team: CareTeam, on: date) -> dict[str, Any]:
    came, went = Q(to_team=team), Q(from_team=team)
    waits = Q(status=HandoverStatus.PROPOSED)
    done = Q(status=HandoverStatus.ACCEPTED, answered_at__date__gt=on - YEAR)
    rows = Handover.objects.filter(came | went)
    counted = rows.aggregate(
        incoming=Count("pk", filter=came & waits), outgoing=Count("pk", filter=went & waits),
        critical=Count("pk", filter=came & waits & Q(reason=HandoverReason.CRITICAL)),
        came=Count("pk", filter=came & done), went=Count("pk", filter=went & done),
    )  # fmt: skip
    between = (
        rows.filter(done)
        .order_by()
        .values("from_team__name", "to_team__name", "reason")
        .annotate(n=Count("pk"))
        .order_by("-n", "from_team__name", "to_team__name", "reason")
    )
    reasons = dict(HandoverReason.choices)
    return {**counted, "flows": [{**row, "words": reasons[row["reason"]]} for row in between]}


def register_all() -> None:
    """Called once, when the app is ready."""
    lifecycle.register(Event.TEAM_CLOSED, "patients", Part(in_the_way))
    team_page.register("patients", residents=residents_of, panel=panel)
