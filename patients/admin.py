"""Back office of the archive: what contracts promise. Residents are never shown here."""

from django.contrib import admin

from journal.backoffice import AuditedAdmin
from patients.models import ServicePackage


@admin.register(ServicePackage)
class ServicePackageAdmin(AuditedAdmin):
    list_display = ("name", "code", "kind", "price_cents")
