"""My tasks, plans awaiting my department's signature, plans whose review is due: three tabs of one page."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as said
from django.views.decorators.http import require_GET

from alliances.guards import SignedInRequest, requires
from alliances.permissions import Permission
from followups.protocols.assessment import Reason
from followups.protocols.wording import sentence
from patients.models import Task
from patients.models.task import TaskKind
from workbench.care.own_tasks import page_of, paths_of
from workbench.care.plan_lists import awaiting_page, reviews_page

P = Permission


@require_GET
@requires(P.CARE_TASKS)
def tasks(request: SignedInRequest) -> HttpResponse:
    """What the person's posts have to do, by the clock; of one kind with `?kind=`."""
    today, kind = timezone.localdate(), request.GET.get("kind", "")
    page = page_of(request.user, on=today, kind=kind, after=request.GET.get("after", ""))
    paths = paths_of(page.rows)
    lines = [(task, paths[task.pk], why(task)) for task in page.rows]
    return _render(request, "tasks", page, {"lines": lines, "kind": kind, "kinds": TaskKind.choices})


@require_GET
@requires(P.PLAN_SIGN)
def awaiting(request: SignedInRequest) -> HttpResponse:
    """Proposed plans that the department is asked to sign."""
    page = awaiting_page(request.user, on=timezone.localdate(), after=request.GET.get("after", ""))
    return _render(request, "awaiting", page, {})


@require_GET
@requires(P.PLAN_SIGN, P.PLAN_PROPOSE)
def reviews(request: SignedInRequest) -> HttpResponse:
    """Signed plans whose review is due or overdue."""
    page = reviews_page(request.user, on=timezone.localdate(), after=request.GET.get("after", ""))
    return _render(request, "reviews", page, {})


def why(task: Task) -> str:
    """The reasons of a task in the reader's language; those of an advice in the protocols' own words."""
    if task.kind == TaskKind.REFERRAL_ADVISED:
        reasons = (Reason(one.get("rule", ""), None, one["text"], one["params"]) for one in task.reasons)
        return " ".join(sentence(reason, said) for reason in reasons)
    return " ".join(said(one["text"]) % one.get("params", {}) for one in task.reasons if "text" in one)


def _render(request: SignedInRequest, tab: str, page: Any, more: dict[str, Any]) -> HttpResponse:
    now = timezone.now()
    context = {"tab": tab, "page": page, "today": timezone.localdate(now), "now": now,
               "may_sign": request.scope.may(P.PLAN_SIGN), "may_review": request.scope.may(P.PLAN_SIGN) or
               request.scope.may(P.PLAN_PROPOSE), **more}  # fmt: skip
    return render(request, "workbench/care/tasks.html", context)
