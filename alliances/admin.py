"""Back office of the alliance: organizations, departments, teams, memberships and posts."""

from django.contrib import admin

from alliances.models import (
    Alliance,
    AllianceMembership,
    CareTeam,
    ClientPost,
    Department,
    Organization,
    PractitionerRole,
)
from journal.backoffice import AuditedAdmin


@admin.register(Organization)
class OrganizationAdmin(AuditedAdmin):
    list_display = ("name", "code", "tier", "parent", "closed_on")
    list_filter = ("tier",)
    search_fields = ("name", "code")
    exclude = ("version",)


@admin.register(Department)
class DepartmentAdmin(AuditedAdmin):
    list_display = ("name", "organization", "phone")
    list_filter = ("organization",)
    search_fields = ("name",)


@admin.register(Alliance)
class AllianceAdmin(AuditedAdmin):
    list_display = ("name", "code", "kind")


@admin.register(AllianceMembership)
class AllianceMembershipAdmin(AuditedAdmin):
    list_display = ("organization", "alliance", "role", "period")
    list_filter = ("alliance", "role")


@admin.register(CareTeam)
class CareTeamAdmin(AuditedAdmin):
    list_display = ("name", "organization", "kind", "closed_on")
    list_filter = ("organization", "kind")
    exclude = ("version",)


@admin.register(PractitionerRole)
class PractitionerRoleAdmin(AuditedAdmin):
    list_display = ("user", "role", "organization", "department", "care_team", "period")
    list_filter = ("role", "organization")
    search_fields = ("user__name", "user__username")
    autocomplete_fields = ("user",)


@admin.register(ClientPost)
class ClientPostAdmin(AuditedAdmin):
    list_display = ("client", "organization")
