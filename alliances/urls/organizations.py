"""Organizations, alliances and memberships."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
