"""Organizations, alliances and memberships."""

from django.urls import URLPattern, path
from django.views.generic import View

urlpatterns: list[URLPattern] = [path("organizations/<int:pk>/", View.as_view(), name="organization")]
