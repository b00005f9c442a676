"""Organizations, alliances and memberships."""

from django.urls import path

from alliances.views import alliances, organization_parts, organizations, reorganization

_ONE = "organizations/<int:organization_id>/"

urlpatterns = [
    path("organizations/", organizations.index, name="organizations"),
    path("organizations/new/", organizations.new, name="organization-new"),
    path(_ONE, organizations.organization, name="organization"),
    path(f"{_ONE}edit/", organizations.edit, name="organization-edit"),
    path(f"{_ONE}move/", reorganization.move, name="organization-move"),
    path(f"{_ONE}merge/", reorganization.merge, name="organization-merge"),
    path(f"{_ONE}close/", reorganization.close, name="organization-close"),
    path(f"{_ONE}departments/new/", organization_parts.department_new, name="department-new"),
    path(f"{_ONE}areas/new/", organization_parts.areas_new, name="areas-new"),
    path("departments/<int:department_id>/edit/", organization_parts.department_edit, name="department-edit"),
    path(
        "departments/<int:department_id>/close/", organization_parts.department_close, name="department-close"
    ),
    path("areas/<int:area_id>/edit/", organization_parts.area_edit, name="area-edit"),
    path("areas/<int:area_id>/remove/", organization_parts.area_remove, name="area-remove"),
    path("alliances/", alliances.index, name="alliances"),
    path("alliances/new/", alliances.new, name="alliance-new"),
    path("alliances/<int:alliance_id>/edit/", alliances.edit, name="alliance-edit"),
    path("alliances/<int:alliance_id>/members/", alliances.members, name="alliance-members"),
    path("alliances/<int:alliance_id>/lead/", alliances.lead, name="alliance-lead"),
    path("memberships/<int:membership_id>/leave/", alliances.leave, name="membership-leave"),
]
