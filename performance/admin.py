"""Back office of the figures: the population register and the targets."""

from django.contrib import admin

from journal.backoffice import AuditedAdmin
from performance.models import Population, Target


@admin.register(Population)
class PopulationAdmin(AuditedAdmin):
    list_display = ("organization", "care_team", "year", "residents", "elderly")
    list_filter = ("year", "organization")


@admin.register(Target)
class TargetAdmin(AuditedAdmin):
    list_display = ("indicator", "year", "organization", "percent")
    list_filter = ("year", "indicator")
