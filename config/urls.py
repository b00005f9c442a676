"""Where each app's pages stand."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from config import components, door, health

handler500 = "config.outage.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("i18n/", include("django.conf.urls.i18n")),
    # One way in, with its lock-out: the back office has no sign-in page of its own.
    path("admin/login/", door.back_office, name="back-office-door"),
    path("admin/", admin.site.urls),
    path("components/", components.sheet, name="components"),
    path("", include("workbench.urls")),
    path("", include("alliances.urls")),
    path("", include("patients.urls")),
    path("", include("followups.urls")),
    path("accounts/", include("accounts.urls")),
    path("referrals/", include("referrals.urls")),
    path("performance/", include("performance.urls")),
    path("", include("exchange.urls")),
    path("api/", include("exchange.urls_api")),
]
