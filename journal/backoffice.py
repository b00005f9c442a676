"""The back office (Django's admin) writes the audit trail like every other action. No patient row is registered in it."""

from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.admin.models import LogEntry
from django.db import models
from django.http import HttpRequest

from journal import audit


class AuditedAdmin(ModelAdmin):
    """Adds an audit line, in the transaction of the change, to what the admin logs of its own."""

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> LogEntry:
        """A row was made."""
        audit.record("backoffice.add", by=request.user, subject=obj)  # type: ignore[arg-type]
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> LogEntry:
        """A row was changed; the trail keeps which fields."""
        detail = {"changed": message if isinstance(message, list) else str(message)}
        audit.record("backoffice.change", by=request.user, subject=obj, detail=detail)  # type: ignore[arg-type]
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> list[LogEntry]:
        """Rows are about to go."""
        for obj in queryset:
            audit.record("backoffice.delete", by=request.user, subject=obj)  # type: ignore[arg-type]
        return super().log_deletions(request, queryset)
