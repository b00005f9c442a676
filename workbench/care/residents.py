"""Whose plan it is, and what the person at the screen may do about it."""

from datetime import date
from uuid import UUID

from django.http import HttpRequest, QueryDict
from django.shortcuts import get_object_or_404
from django.utils import timezone

from alliances.guards import SignedInRequest
from alliances.models import Department, Organization, Role
from alliances.permissions import TABLE, Permission
from followups.plans.department_access import department_of
from patients.models import Patient


def posted(request: HttpRequest) -> QueryDict | None:
    """What was posted, also when it is nothing; None when the page is only asked for."""
    return request.POST if request.method == "POST" else None


def resident(request: SignedInRequest, patient_id: UUID, doing: Permission | None = None) -> Patient:
    """The resident within the reader's scope (of the posts that carry the permission); 404 else."""
    rows = Patient.objects.visible_to(request.user, doing=doing)
    return get_object_or_404(rows.select_related("organization", "care_team"), pk=patient_id)


def may(
    request: SignedInRequest, patient: Patient, permission: Permission, *, on: date | None = None
) -> bool:
    """Whether a post of the resident's own centre or team carries the permission. No statement."""
    acting = request.scope.doing(permission, on=on or timezone.localdate())
    own = patient.organization_id in acting.organization_ids or patient.care_team_id in acting.team_ids
    return own and acting.may(permission)


def signs_for(request: SignedInRequest, patient: Patient) -> Department | None:
    """The department for which the reader may sign the resident's plan: it holds a live grant of the record."""
    today = timezone.localdate()
    if not request.scope.may(Permission.PLAN_SIGN):
        return None
    acting = request.scope.doing(Permission.PLAN_SIGN, on=today)
    return department_of(patient, acting.department_ids, on=today)


def works_for(request: SignedInRequest, patient: Patient, permission: Permission) -> Organization:
    """The organization of the post by which the reader acts: the resident's own where one of the posts is there."""
    posts = [post for post in request.scope.posts if permission in TABLE[Role(post.role)].may]
    own = next((post for post in posts if post.organization_id == patient.organization_id), None)
    return (own or posts[0]).organization
