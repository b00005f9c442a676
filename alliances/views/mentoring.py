"""Pages of directors and mentoring: the figures of a year, one pair with its sessions, pairing, logging, voiding."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliances import mentoring
from alliances.guards import SignedInRequest, requires, signed_in
from alliances.mentoring import MentoringRefused
from alliances.mentoring_forms import PairForm, PlacesForm, SessionForm, TargetForm
from alliances.models import MentoringPair, MentoringSession, MentoringTarget, Organization, Tier
from alliances.paper_fields import (
    EndForm,
    ReasonForm,
    last_day,
    number_asked,
    page_of,
    year_asked,
    years_shown,
)
from alliances.partners import HOSPITALS, partners_of
from alliances.permissions import Permission

PAGE = 50


@require_GET
@signed_in
def index(request: SignedInRequest) -> HttpResponse:
    """The year's figures by pair, mentor or centre: of the pairs that somebody manages, and one's own."""
    today = timezone.localdate()
    seen = mentoring.visible_pairs(request.user)
    places = Organization.objects.filter(pk__in=seen.order_by().values("organization_id")).order_by("code")
    year, by = year_asked(request, on=today), request.GET.get("by", "pair")
    rows, organization, mentor = _asked(request, seen)
    context = {
        "year": year, "years": years_shown(on=today), "by": by, "organization": organization, "mentor": mentor,
        "places": places, "may_manage": request.scope.may(Permission.MENTORING_MANAGE), "in_all": mentoring.in_all(rows, year),
        "query": urlencode({k: v for k, v in (("year", year), ("organization", organization), ("mentor", mentor)) if v}),
        **_rows(request, rows, year, by),
    }  # fmt: skip
    return render(request, "alliances/mentoring.html", context)


def _asked(
    request: SignedInRequest, pairs: QuerySet[MentoringPair]
) -> tuple[QuerySet[MentoringPair], int | None, int | None]:
    """The pairs of the centre and the mentor that the address names, and these two."""
    organization, mentor = number_asked(request, "organization"), number_asked(request, "mentor")
    if organization is not None:
        pairs = pairs.filter(organization=organization)
    if mentor is not None:
        pairs = pairs.filter(mentor=mentor)
    return pairs, organization, mentor


def _rows(request: SignedInRequest, rows: QuerySet[MentoringPair], year: int, by: str) -> dict[str, Any]:
    """The table: pairs, or sums by mentor or centre."""
    if by in ("mentor", "centre"):
        sums = mentoring.by_mentor(rows, year) if by == "mentor" else mentoring.by_centre(rows, year)
        return {"sums": page_of(request, sums, PAGE)}
    found = mentoring.counted(mentoring.of_year(rows, year), year).select_related(
        "mentor", "mentee", "organization", "mentor_organization"
    )
    page = page_of(request, found.order_by("organization__code", "kind", "mentor__name", "pk"), PAGE)
    return {"pairs": page, "lines": [(pair, last_day(pair.period)) for pair in page]}


@require_GET
@signed_in
def sessions(request: SignedInRequest) -> HttpResponse:
    """The sessions behind a number: those of the year that count, of the chosen mentor or centre."""
    today = timezone.localdate()
    year = year_asked(request, on=today)
    pairs, organization, mentor = _asked(request, mentoring.visible_pairs(request.user))
    rows = MentoringSession.objects.filter(
        pair__in=pairs.order_by().values("pk"), on__year=year, voided_at__isnull=True
    )
    rows = rows.select_related("pair__mentor", "pair__mentee", "pair__organization", "recorded_by")
    page = page_of(request, rows.order_by("-on", "-pk"), PAGE)
    named = pairs.select_related("mentor", "organization").first()
    who = [str(named.mentor)] if named and mentor else []
    who += [str(named.organization)] if named and organization else []
    return render(
        request, "alliances/mentoring_sessions.html", {"page": page, "year": year, "who": " · ".join(who)}
    )


@require_GET
@signed_in
def pair(request: SignedInRequest, pair_id: int) -> HttpResponse:
    """One pair: its sessions of a year, what may be done."""
    return _page(request, _visible(request, pair_id))


def _visible(request: SignedInRequest, pair_id: int) -> MentoringPair:
    rows = mentoring.visible_pairs(request.user)
    return get_object_or_404(
        rows.select_related("mentor", "mentee", "organization", "mentor_organization"), pk=pair_id
    )


def _page(request: SignedInRequest, row: MentoringPair, *, status: int = 200, **refused: Any) -> HttpResponse:
    """The page of a pair, with the form that was refused, if one was."""
    today = timezone.localdate()
    year = year_asked(request, on=today)
    manages = _manages(request, row)
    rows = (
        row.sessions.filter(on__year=year).select_related("recorded_by", "voided_by").order_by("-on", "-pk")
    )
    target = MentoringTarget.objects.filter(pair=row, year=year).first()
    ends = last_day(row.period)
    lines = [(session, ReasonForm(auto_id=f"void-{session.pk}-%s")) for session in rows]
    context = {
        "row": row, "last": ends, "year": year, "years": years_shown(on=today), "today": today,
        "lines": lines, "held": sum(s.voided_at is None for s, _form in lines), "target": target.sessions if target else None,
        "may_log": manages or mentoring.is_of(row, request.user), "may_manage": manages,
        "is_over": ends is not None and ends < today,
        "log": SessionForm(initial={"on": today}),
        "aim": TargetForm(initial={"year": year, "sessions": target.sessions if target else None}, auto_id="aim-%s"),
        "end": EndForm(initial={"last_day": today}, auto_id="end-%s"),
        **refused,
    }  # fmt: skip
    return render(request, "alliances/mentoring_pair.html", context, status=status)


def _manages(request: SignedInRequest, row: MentoringPair) -> bool:
    allowed = request.scope.may(Permission.MENTORING_MANAGE)
    return allowed and mentoring.manageable_pairs(request.user).filter(pk=row.pk).exists()


@require_http_methods(["GET", "POST"])
@requires(Permission.MENTORING_MANAGE)
def new(request: SignedInRequest) -> HttpResponse:
    """Choose the two places, then who is paired."""
    today = timezone.localdate()
    near = partners_of(request.user, Permission.MENTORING_MANAGE, on=today)
    places = PlacesForm(
        request.GET if "hospital" in request.GET else None, initial={"kind": "mentoring"},
        hospitals=near.filter(tier__in=HOSPITALS), centres=near.filter(tier=Tier.COMMUNITY),
    )  # fmt: skip
    if not places.is_valid():
        return render(
            request,
            "alliances/mentoring_places.html",
            {"form": places},
            status=422 if places.is_bound else 200,
        )
    chosen = places.cleaned_data
    form = PairForm(
        request.POST if request.method == "POST" else None, kind=chosen["kind"], hospital=chosen["hospital"],
        centre=chosen["centre"], on=today, initial={"first_day": today},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            made = mentoring.pair(
                form.pair(), target=form.cleaned_data["target"], year=today.year, on=today, by=request.user
            )
        except MentoringRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Paired."))
            return redirect("alliances:mentoring-pair", made.pk)
    context = {"form": form, **chosen}
    return render(request, "alliances/mentoring_form.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def log(request: SignedInRequest, pair_id: int) -> HttpResponse:
    """Log a session: the two themselves, or who manages them."""
    row = _visible(request, pair_id)
    form = SessionForm(request.POST)
    if form.is_valid():
        try:
            held = mentoring.log(row, form.held(), on=timezone.localdate(), by=request.user)
        except MentoringRefused as refused:
            form.add_error("on", str(refused))
        else:
            messages.success(request, _("Session logged."))
            return redirect(_of_year(row, held.on.year))
    return _page(request, row, status=422, log=form)


@require_POST
@signed_in
def void(request: SignedInRequest, session_id: int) -> HttpResponse:
    """Void a session with a reason."""
    pairs = mentoring.visible_pairs(request.user).order_by().values("pk")
    session = get_object_or_404(MentoringSession.objects.filter(pair__in=pairs), pk=session_id)
    row, form = _visible(request, session.pair_id), ReasonForm(request.POST)
    if form.is_valid():
        try:
            mentoring.void(session, form.cleaned_data["reason"], at=timezone.now(), by=request.user)
        except MentoringRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("The session no longer counts."))
            return redirect(_of_year(row, session.on.year))
    return _page(request, row, status=422, refused=form)


@require_POST
@requires(Permission.MENTORING_MANAGE)
def aim(request: SignedInRequest, pair_id: int) -> HttpResponse:
    """Set the target of a year."""
    row = get_object_or_404(mentoring.manageable_pairs(request.user), pk=pair_id)
    form = TargetForm(request.POST, auto_id="aim-%s")
    if form.is_valid():
        data = form.cleaned_data
        try:
            mentoring.aim(row, data["year"], data["sessions"], by=request.user)
        except MentoringRefused as refused:
            form.add_error("year", str(refused))
        else:
            messages.success(request, _("Target set."))
            return redirect(_of_year(row, data["year"]))
    return _page(request, row, status=422, aim=form, refused=form)


@require_POST
@requires(Permission.MENTORING_MANAGE)
def end(request: SignedInRequest, pair_id: int) -> HttpResponse:
    """End a pair early, with a reason."""
    row = get_object_or_404(mentoring.manageable_pairs(request.user), pk=pair_id)
    form = EndForm(request.POST, auto_id="end-%s")
    if form.is_valid():
        data = form.cleaned_data
        try:
            mentoring.end(row, last=data["last_day"], reason=data["reason"], by=request.user)
        except MentoringRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("The pair ends on %(day)s.") % {"day": data["last_day"]})
            return redirect("alliances:mentoring-pair", row.pk)
    return _page(request, row, status=422, end=form, refused=form)


def _of_year(row: MentoringPair, year: int) -> str:
    return f"{reverse('alliances:mentoring-pair', args=[row.pk])}?year={year}"
