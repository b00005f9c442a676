"""The start page, the list of residents, one resident, the search box and the notices."""

from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import second_factor
from alliances.guards import SignedInRequest, requires, signed_in
from alliances.permissions import Permission
from alliances.scope import Scope
from followups.models import Appointment
from followups.versions import timetable_since
from followups.visits import after as after_visits
from journal import audit
from patients.emergency import opened_by
from patients.handover_lists import course_of, may_offer
from patients.identifiers import is_full_number, is_telling
from patients.identity import masks, unmask
from patients.models import EmergencyAccess, Patient
from patients.programmes import Programme
from patients.scope import patients_in
from patients.search import find
from workbench.latest_values import stats
from workbench.progress import figures, refreshed_at, under_way
from workbench.record import record_of, trend
from workbench.timeline import timeline
from workbench.worklist import KINDS, worklist

P = Permission
PAGE = 50
HITS = 8

# Kinds of work that stand in the strip only when there is some.
_RARE = ("call", "again", "lost")

# Where somebody starts who has no list of residents, by the first permission that fits.
_STARTS = (
    (P.REFERRAL_ANSWER, "referrals:desk"),
    (P.PERFORMANCE_VIEW, "performance:dashboard"),
    (P.ROSTER_IMPORT, "exchange:imports"),
    (P.AUDIT_VIEW, "workbench:trail"),
)


@require_GET
@signed_in
def home(request: SignedInRequest) -> HttpResponse:
    """Today's list for those who care for residents; for everybody else the page of their work."""
    scope = request.scope
    if scope.may(P.WORKLIST):
        return _today(request, scope)
    for permission, page in _STARTS:
        if scope.may(permission):
            return redirect(page)
    if request.user.is_staff:
        return redirect("admin:index")
    return render(request, "workbench/no_post.html", {"posts": scope.posts})


def _today(request: SignedInRequest, scope: Scope) -> HttpResponse:
    today = timezone.localdate()
    whole = request.GET.get("whole") == "1" or not scope.own_team_ids
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else ""
    page = _page_number(request)
    teams = () if whole else scope.own_team_ids
    found = worklist(request.user, on=today, team_ids=teams, kind=kind, page=page, size=PAGE)
    shown_total = found.counts[kind] if kind else 0
    context = {
        "list": found,
        "today": today,
        "kind": kind,
        "whole": whole,
        "strip": _strip(found, kind, whole),
        "can_widen": bool(scope.own_team_ids),
        "pages": Paginator(range(shown_total), PAGE).get_page(page) if shown_total > PAGE else None,
        "may_refer": scope.may(P.REFERRAL_SEND),
        "may_record": scope.may(P.VISIT_RECORD),
    }
    return render(request, "workbench/today.html", context)


@require_GET
@requires(P.WORKLIST)
def team(request: SignedInRequest) -> HttpResponse:
    """The part beside today's list, asked for once the list is there; without htmx the figures themselves."""
    if not request.htmx:
        return redirect("performance:dashboard")
    context = {
        "figures": figures(request.scope, on=timezone.localdate()),
        "refreshed_at": refreshed_at(),
        "referrals": under_way(request),
        "may_refer": request.scope.may(P.REFERRAL_SEND),
    }
    return render(request, "workbench/team.html", context)


def _strip(found: Any, kind: str, whole: bool) -> list[dict[str, Any]]:
    groups = {group.kind: group for group in found.groups}
    extra = "&whole=1" if whole else ""
    return [
        {
            "kind": k,
            "count": found.counts[k],
            "current": k == kind,
            "href": f"?kind={k}{extra}",
            "group": groups.get(k),
        }
        for k in KINDS
        if found.counts[k] or k not in _RARE
    ]


def _page_number(request: SignedInRequest) -> int:
    text = request.GET.get("page", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1


@requires(P.PATIENT_OPEN)
@require_http_methods(["GET", "POST"])
def patients(request: SignedInRequest) -> HttpResponse:
    """All residents in scope, by name; filtered by a search text, a programme, a team.

    The form posts its text: one that may be a document number or a telephone is answered at once and never becomes
    part of an address; any other becomes one, so that the list has pages and can be kept. An address that holds a
    number all the same is left at once, and not searched for.
    """
    asked = request.POST if request.method == "POST" else request.GET
    text, programme = asked.get("q", "").strip(), asked.get("programme", "")
    telling = is_telling(text)
    if request.method == "POST" and not telling:
        return _listed(request.POST)
    if request.method == "GET" and telling:
        messages.warning(
            request,
            _(
                "A document number or telephone does not belong into an address. Type it into the search field."
            ),
        )
        return redirect("workbench:patients")
    rows = find(request.user, text) if text else Patient.objects.visible_to(request.user).living()
    if programme in Programme.values:
        rows = rows.filter(programmes__contains=[programme])
    rows = rows.select_related("organization", "care_team").order_by("pinyin", "pk")
    page = Paginator(rows, PAGE).get_page(_page_number(request))
    context = {"page": page, "q": text, "programme": programme, "programmes": Programme.choices,
               "today": timezone.localdate(), "may_hand_over": request.scope.may(P.RESIDENT_HANDOVER),
               "posted": telling, "elsewhere": _elsewhere(request, text)}  # fmt: skip
    return render(request, "workbench/patients.html", context)


def _listed(asked: QueryDict) -> HttpResponse:
    """The list of residents at an address that can be kept."""
    said = {name: str(asked.get(name, "")).strip() for name in ("q", "programme")}
    wanted = {name: text for name, text in said.items() if text}
    return redirect(
        f"{reverse('workbench:patients')}?{urlencode(wanted)}" if wanted else "workbench:patients"
    )


def _elsewhere(request: SignedInRequest, text: str) -> bool:
    """Whether somebody who found nobody may ask other organizations: by a full number, with the post for it."""
    return request.scope.may(P.BREAK_GLASS) and is_full_number(text, on=timezone.localdate())


@require_GET
@requires(P.PATIENT_OPEN)
def patient(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """One resident. Opening a record is itself recorded."""
    today = timezone.localdate()
    rows = Patient.objects.visible_to(request.user).select_related("organization", "care_team")
    found = get_object_or_404(
        rows.select_related("identity").annotate(settings_text=timetable_since(today)), pk=patient_id
    )
    emergency = _emergency(request, found)
    detail = {"emergency": str(emergency.pk)} if emergency else {}
    audit.record("patient.open", by=request.user, subject=found, detail=detail)
    record = record_of(found, on=today)

    def may(permission: Permission) -> bool:
        # A hospital reads the record it was granted; recording and referring stay with the responsible centre.
        acting = request.scope.doing(permission, on=today)
        own = found.organization_id in acting.organization_ids or found.care_team_id in acting.team_ids
        return own and acting.may(permission)

    shown = 200 if request.GET.get("all") else 12
    entries, total = timeline(record, shown=shown, may_record=may(P.VISIT_RECORD))
    context = {
        "record": record,
        "patient": found,
        "today": today,
        "trend": trend(record),
        "stats": stats(record, on=today),
        "entries": entries,
        "entries_total": total,
        "programme_labels": dict(Programme.choices),
        "may_record": may(P.VISIT_RECORD),
        "after_kinds": after_visits.KINDS,
        "may_refer": may(P.REFERRAL_SEND),
        "may_unmask": may(P.IDENTITY_UNMASK),
        "verified": second_factor.is_verified(request),
        "course": course_of(found),
        "may_hand_over": may_offer(request.user, found, on=today),
        "may_see_access": may(P.ACCESS_HISTORY),
    }
    if emergency is not None:
        left = int((emergency.ends_at - timezone.now()).total_seconds() // 60)
        context |= {"emergency": emergency, "emergency_left": left, "emergency_hours": left // 60}
    return render(request, "workbench/patient.html", context)


def _emergency(request: SignedInRequest, patient: Patient) -> EmergencyAccess | None:
    """The emergency access by which the record is open to the person, None where it is open anyhow."""
    scope = request.scope
    if scope.emergency_user_id is None:
        return None
    if patient.organization_id in scope.organization_ids or patient.care_team_id in scope.team_ids:
        return None  # most records are one's own: they cost no look-up
    running = opened_by(request.user, patient, at=timezone.now())
    if running is None:
        return None
    anyhow = patients_in(request.scope.without_emergency(), on=timezone.localdate())
    return (
        None if Patient.objects.visible_to(request.user).filter(anyhow, pk=patient.pk).exists() else running
    )


@require_POST
@requires(P.IDENTITY_UNMASK)
def identity(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """The full number, telephone and address: with a second factor, for a reason that stays in the audit trail."""
    rows = Patient.objects.visible_to(request.user, doing=P.IDENTITY_UNMASK)
    found = get_object_or_404(rows, pk=patient_id)
    if not second_factor.is_verified(request):
        return render(
            request, "workbench/identity.html", {"patient": found, "needs_factor": True}, status=403
        )
    reason = request.POST.get("reason", "").replace("\x00", "").strip()
    if not reason or is_telling(reason):
        return render(request, "workbench/identity.html", {"patient": found, "refused": True}, status=422)
    text = unmask(found, by=request.user, reason=reason)
    return render(request, "workbench/identity.html", {"patient": found, "identity": text})


@requires(P.PATIENT_OPEN)
@require_http_methods(["GET", "POST"])
def search(request: SignedInRequest) -> HttpResponse:
    """The panel under the search field, which posts what is typed: no number may get into an address on the way.

    Without htmx it is the list page.
    """
    if request.method == "GET" and not is_telling(request.GET.get("q", "")):
        return _listed(request.GET)
    if request.method == "GET" or not request.htmx:
        return cast("HttpResponse", patients(request))
    text = request.POST.get("q", "").strip()
    rows = list(find(request.user, text)[: HITS * 4])
    shown = rows[:HITS]
    due = {
        a.patient_id: a
        for a in Appointment.objects.visible_to(request.user).booked().filter(patient__in=shown)
    }
    identities = masks(shown)
    hits = [_hit(row, text, due.get(row.pk), identities.get(row.pk)) for row in shown]
    note = _("the first %(n)s are shown") % {"n": HITS} if len(rows) > HITS else ""
    context = {"hits": hits, "total": len(rows), "note": note}
    if not hits and _elsewhere(request, text):
        context |= {"elsewhere": reverse("patients:emergency-look-up"), "number": text}
    return render(request, "parts/search_hits.html", context)


def _hit(row: Patient, text: str, due: Appointment | None, mask: Any) -> dict[str, Any]:
    today = timezone.localdate()
    tone, icon, state = "mute", "calendar3", ""
    if due is not None and due.due_on < today:
        days = (today - due.due_on).days
        tone, icon = "amber", "exclamation-triangle-fill"
        state = ngettext("overdue %(n)s day", "overdue %(n)s days", days) % {"n": days}
    elif due is not None:
        state = _("due %(day)s") % {"day": due.due_on.isoformat()}
        tone, icon = ("amber", "clock") if due.due_on == today else ("mute", "calendar3")
    labels = dict(Programme.choices)
    person = _("%(sex)s, %(age)s years") % {"sex": row.get_sex_display(), "age": row.age(on=today)}
    parts = [row.initials, row.archive_number or "", mask.number if mask else "", mask.phone if mask else ""]
    return {
        "href": reverse("workbench:patient", args=[row.pk]),
        "visit_href": reverse("workbench:visit", args=[row.pk]) if row.programmes else "",
        "name": _marked(row.name, text),
        "person": person,
        "about": " · ".join(str(labels[p]) for p in row.programmes) or _("not managed"),
        "tone": tone,
        "icon": icon,
        "state": state,
        "note": " · ".join(filter(None, parts)),
    }


def _marked(name: str, text: str) -> SafeString:
    before, found, after = name.partition(text)
    if not found:
        return escape(name)
    return mark_safe(f"{escape(before)}<mark>{escape(found)}</mark>{escape(after)}")  # noqa: S308 - each part escaped
