"""Pages of trainings: one's own, those that somebody organizes, inviting, attendance, hours, the export."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliances import training as trainings
from alliances.guards import SignedInRequest, requires, signed_in
from alliances.models import Attendance, Training, TrainingAttendance
from alliances.paper_fields import ReasonForm, page_of, year_asked, years_shown
from alliances.permissions import Permission
from alliances.reach import manageable_by, open_to
from alliances.training import TrainingRefused
from alliances.training_forms import AttendanceForm, InviteForm, TrainingForm
from alliances.training_workbook import attendance as attendance_rows
from alliances.training_workbook import workbook
from journal import exports

PAGE = 50
PEOPLE = 100
may_manage = requires(Permission.TRAINING_MANAGE)


@require_GET
@signed_in
def mine(request: SignedInRequest) -> HttpResponse:
    """The trainings one is invited to, with one's hours of a year."""
    now = timezone.now()
    year = year_asked(request, on=timezone.localdate(now))
    rows = TrainingAttendance.objects.filter(user=request.user.pk, training__begins_at__year=year)
    page = page_of(
        request, rows.select_related("training__organization").order_by("-training__begins_at", "-pk"), PAGE
    )
    context = {
        "page": page, "year": year, "years": years_shown(on=timezone.localdate(now)), "minutes": trainings.minutes_of(request.user, year=year),
        "now": now, "may_manage": request.scope.may(Permission.TRAINING_MANAGE),
    }  # fmt: skip
    return render(request, "alliances/trainings.html", context)


@require_GET
@may_manage
def organized(request: SignedInRequest) -> HttpResponse:
    """The trainings of the organizations in reach."""
    today, text = timezone.localdate(), request.GET.get("q", "").replace("\x00", "").strip()[:60]
    year = year_asked(request, on=today)
    rows = trainings.organized_by(request.user).filter(begins_at__year=year)
    if text:
        rows = rows.filter(Q(title__icontains=text) | Q(topic__icontains=text) | Q(lecturer__icontains=text))
    found = (
        trainings.with_counts(rows).select_related("organization", "alliance").order_by("-begins_at", "-pk")
    )
    context = {
        "page": page_of(request, found, PAGE), "q": text, "year": year, "years": years_shown(on=today),
        "now": timezone.now(), "may_manage": True,
    }  # fmt: skip
    return render(request, "alliances/trainings_organized.html", context)


@require_GET
@may_manage
def hours(request: SignedInRequest) -> HttpResponse:
    """Hours per person of a year, of the organizations in reach."""
    today = timezone.localdate()
    year = year_asked(request, on=today)
    rows = trainings.hours(manageable_by(request.user, Permission.TRAINING_MANAGE), year=year)
    context = {
        "page": page_of(request, rows, PEOPLE),
        "year": year,
        "years": years_shown(on=today),
        "may_manage": True,
    }
    return render(request, "alliances/training_hours.html", context)


@require_GET
@may_manage
def export(request: SignedInRequest) -> HttpResponseBase:
    """The year's attendance as a workbook; taking it away is recorded."""
    now = timezone.now()
    year = year_asked(request, on=timezone.localdate(now))
    rows = attendance_rows(manageable_by(request.user, Permission.TRAINING_MANAGE), year=year)
    number = rows.count()
    title = _("Training attendance %(year)s") % {"year": year}
    stamp = exports.take("export.training", by=request.user, at=now, detail={"year": year, "rows": number})
    file = workbook(rows.iterator(chunk_size=2000), title=title, by=request.user, at=now)
    pieces = iter(partial(file.read, 2**16), b"")
    return exports.answer(pieces, f"training-{year}.xlsx", stamp=stamp)


@require_http_methods(["GET", "POST"])
@may_manage
def new(request: SignedInRequest) -> HttpResponse:
    """Plan a training."""
    return _plan(request, None)


@require_http_methods(["GET", "POST"])
@may_manage
def edit(request: SignedInRequest, training_id: int) -> HttpResponse:
    """Change what was planned."""
    return _plan(request, _organized(request, training_id))


def _plan(request: SignedInRequest, row: Training | None) -> HttpResponse:
    places = open_to(request.user, Permission.TRAINING_MANAGE).order_by("code")
    only = places[:2]
    form = TrainingForm(
        request.POST if request.method == "POST" else None, instance=row, places=places,
        alliances=trainings.alliances_of(request.user),
        initial={"organization": only[0] if len(only) == 1 else None} if row is None else None,
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        act = trainings.plan if row is None else trainings.change
        try:
            saved = act(form.save(commit=False), by=request.user)
        except TrainingRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Planned.") if row is None else _("Changed."))
            return redirect("alliances:training", saved.pk)
    context = {"form": form, "row": row}
    return render(request, "alliances/training_form.html", context, status=422 if form.errors else 200)


@require_GET
@may_manage
def training(request: SignedInRequest, training_id: int) -> HttpResponse:
    """One training: its people by page, and what may be done."""
    return _page(request, _organized(request, training_id))


def _page(request: SignedInRequest, row: Training, *, status: int = 200, **refused: Any) -> HttpResponse:
    """The page of a training, with the form that was refused, if one was."""
    now = timezone.now()
    people = row.attendances.select_related("user", "organization").order_by(
        "organization__code", "user__name", "pk"
    )
    page = page_of(request, people, PEOPLE)
    context = {
        "row": row, "page": page, "marks": AttendanceForm(None, page.object_list),
        "counts": trainings.marked(row),
        "invite": InviteForm(places=trainings.places_of(row, request.user)), "cancel": ReasonForm(auto_id="cancel-%s"),
        "begun": timezone.localdate(row.begins_at) <= timezone.localdate(now), **refused,
    }  # fmt: skip
    return render(request, "alliances/training.html", context, status=status)


@require_POST
@may_manage
def invite(request: SignedInRequest, training_id: int) -> HttpResponse:
    """Invite everybody in some roles at some organizations."""
    row = _organized(request, training_id)
    form = InviteForm(request.POST, places=trainings.places_of(row, request.user))
    if form.is_valid():
        data = form.cleaned_data
        try:
            number = trainings.invite(
                row, list(data["organizations"]), data["roles"], at=timezone.now(), by=request.user
            )
        except TrainingRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(
                request, ngettext("%(n)d person invited.", "%(n)d people invited.", number) % {"n": number}
            )
            return redirect("alliances:training", row.pk)
    return _page(request, row, status=422, invite=form)


@require_POST
@may_manage
def attend(request: SignedInRequest, training_id: int) -> HttpResponse:
    """Record the attendance of a page of people; with `rest` those not yet marked came."""
    row = _organized(request, training_id)
    people = row.attendances.select_related("user", "organization").order_by(
        "organization__code", "user__name", "pk"
    )
    form = AttendanceForm(request.POST, people.filter(pk__in=_shown(request)))
    if form.is_valid():
        marks = form.marks()
        if "rest" in request.POST:
            marks = {
                key: Attendance.ATTENDED if mark == Attendance.INVITED else mark
                for key, mark in marks.items()
            }
        try:
            number = trainings.attend(row, marks, at=timezone.now(), by=request.user)
        except TrainingRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(
                request, ngettext("%(n)d mark saved.", "%(n)d marks saved.", number) % {"n": number}
            )
            page = request.GET.get("page", "")
            back = redirect("alliances:training", row.pk)
            back["Location"] += f"?page={page}" if page.isascii() and page.isdigit() else ""
            return back
    return _page(request, row, status=422, marks=form)


def _shown(request: SignedInRequest) -> list[int]:
    """The keys of the people who stood on the page: fields are called a and the key."""
    keys = [name[1:] for name in request.POST if name.startswith("a")]
    return [int(key) for key in keys if key.isascii() and key.isdigit() and len(key) < 18][:PEOPLE]


@require_POST
@may_manage
def cancel(request: SignedInRequest, training_id: int) -> HttpResponse:
    """Cancel a training with a reason."""
    row = _organized(request, training_id)
    form = ReasonForm(request.POST, auto_id="cancel-%s")
    if form.is_valid():
        try:
            trainings.cancel(row, form.cleaned_data["reason"], at=timezone.now(), by=request.user)
        except TrainingRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Cancelled. Everybody invited is told."))
            return redirect("alliances:training", row.pk)
    return _page(request, row, status=422, cancel=form, refused=form)


def _organized(request: SignedInRequest, training_id: int) -> Training:
    rows = trainings.organized_by(request.user).select_related("organization", "alliance")
    return get_object_or_404(rows, pk=training_id)
