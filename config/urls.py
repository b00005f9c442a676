"""Where each app's pages stand."""

from __future__ import annotations

from importlib.util import find_spec

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from config import components, health

handler500 = "config.outage.server_error"


def _pages_of(app: str, prefix: str) -> list[URLPattern | URLResolver]:
    return [path(prefix, include(f"{app}.urls"))] if find_spec(f"{app}.urls") else []


urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("components/", components.sheet, name="components"),
    *_pages_of("workbench", ""),
    *_pages_of("accounts", "accounts/"),
    *_pages_of("patients", "patients/"),
    *_pages_of("followups", "followups/"),
    *_pages_of("referrals", "referrals/"),
    *_pages_of("performance", "performance/"),
    *_pages_of("exchange", ""),
    path("api/", include("exchange.urls_api")),
]
