"""The calendar of working days: a year at a glance, days set and cleared by hand."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db.models import F, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from alliances import calendar_days, workdays
from alliances.calendar_forms import DayForm
from alliances.calendar_year import months_of, weekday_heads
from alliances.guards import SignedInRequest, requires
from alliances.models import Alliance, CalendarDay, Role
from alliances.permissions import Permission

#: The years that the page shows: what the clocks may still ask about, and what can be announced.
BACK, AHEAD = 2, 2


@requires(Permission.ALLIANCE_MANAGE, Permission.WORKLIST)
@require_http_methods(["GET", "POST"])
def year(request: SignedInRequest) -> HttpResponse:
    """The year; whoever manages an alliance or the installation sets a day, the others read."""
    may_set = request.scope.may(Permission.ALLIANCE_MANAGE)
    alliance = _chosen(request)
    shown, years = _year(request)
    if request.method == "POST" and may_set:
        form = _form(request, years, request.POST)
        if form.is_valid():
            said = form.cleaned_data
            row = calendar_days.set_day(
                said["on"], works=said["works"] == "works", reason=said["reason"], alliance=said["alliance"],
                by=request.user,
            )  # fmt: skip
            messages.success(request, _("%(day)s is set.") % {"day": row.on.isoformat()})
            return redirect(_address(row.on.year, row.alliance))
    else:
        form = _form(request, years, initial=_asked(request, alliance))
    days = list(_days(request, alliance).filter(on__year=shown).select_related("alliance", "set_by"))
    return render(
        request,
        "alliances/calendar.html",
        {
            "year": shown,
            "years": [(each, workdays.published(each)) for each in years],
            "published": workdays.published(shown),
            "months": months_of(shown, days),
            "heads": weekday_heads(),
            "days": days,
            "alliance": alliance,
            "alliances": _alliances(request),
            "form": form if may_set else None,
            "mine": {row.pk for row in days if may_set and _may_change(request, row)},
            "today": timezone.localdate(),
        },
        status=422 if may_set and form.is_bound else 200,
    )


@requires(Permission.ALLIANCE_MANAGE)
@require_POST
def clear(request: SignedInRequest) -> HttpResponse:
    """Let the published calendar count again on a day."""
    key = request.POST.get("day", "")
    if not (key.isascii() and key.isdigit() and len(key) < 10):
        raise BadRequest("day")
    row = get_object_or_404(_settable(request), pk=int(key))
    address = _address(row.on.year, row.alliance)
    messages.success(request, _("The published calendar counts again on %(day)s.") % {"day": row.on})
    calendar_days.clear_day(row, by=request.user)
    return redirect(address)


def _everywhere(request: SignedInRequest) -> bool:
    """Whoever runs the installation says what counts everywhere."""
    return Role.OPERATOR in request.scope.roles


def _alliances(request: SignedInRequest) -> QuerySet[Alliance]:
    """The alliances whose days somebody may read: all for the operator, else one's own and those of one's organizations."""
    if _everywhere(request):
        return Alliance.objects.order_by("name")
    scope = request.scope
    member = Q(
        memberships__organization_id__in=scope.own_organization_ids,
        memberships__period__contains=timezone.localdate(),
    )
    return Alliance.objects.filter(Q(pk__in=scope.alliance_ids) | member).distinct().order_by("name")


def _manageable(request: SignedInRequest) -> QuerySet[Alliance]:
    if _everywhere(request):
        return Alliance.objects.order_by("name")
    return Alliance.objects.filter(pk__in=request.scope.alliance_ids).order_by("name")


def _settable(request: SignedInRequest) -> QuerySet[CalendarDay]:
    rows = CalendarDay.objects.select_related("alliance")
    if _everywhere(request):
        return rows
    return rows.filter(alliance_id__in=request.scope.alliance_ids)


def _may_change(request: SignedInRequest, row: CalendarDay) -> bool:
    return _everywhere(request) or row.alliance_id in request.scope.alliance_ids


def _days(request: SignedInRequest, alliance: Alliance | None) -> QuerySet[CalendarDay]:
    """Everybody's days, then those of the chosen alliance."""
    rows = CalendarDay.objects.filter(Q(alliance=None) | Q(alliance=alliance))
    return rows.order_by(F("alliance_id").asc(nulls_first=True), "on")


def _chosen(request: SignedInRequest) -> Alliance | None:
    """The alliance asked for; without one the operator sees what counts everywhere, the others their first alliance."""
    asked = request.GET.get("alliance", "")
    rows = _alliances(request)
    if asked.isascii() and asked.isdigit() and len(asked) < 10:
        found = rows.filter(pk=int(asked)).first()
        if found is not None:
            return found
    return None if _everywhere(request) else rows.first()


def _year(request: SignedInRequest) -> tuple[int, range]:
    this = timezone.localdate().year
    years = range(this - BACK, this + AHEAD + 1)
    asked = request.GET.get("year", "")
    wanted = int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else this
    return (wanted if wanted in years else this), years


def _form(request: SignedInRequest, years: range, data: Any = None, **more: Any) -> DayForm:
    return DayForm(data, alliances=_manageable(request), everywhere=_everywhere(request), years=years, **more)


def _asked(request: SignedInRequest, alliance: Alliance | None) -> dict[str, Any]:
    """A day that was pressed stands in the form, with the opposite of what it is now."""
    initial: dict[str, Any] = {"alliance": alliance.pk if alliance else None}
    try:
        on = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return initial
    member = alliance.memberships.first() if alliance else None
    works = workdays.is_working_day(on, of=member.organization_id if member else None)
    return {**initial, "on": on, "works": "off" if works else "works"}


def _address(shown: int, alliance: Alliance | None) -> str:
    chosen = f"&alliance={alliance.pk}" if alliance else ""
    return f"{reverse('alliances:calendar')}?year={shown}{chosen}"
