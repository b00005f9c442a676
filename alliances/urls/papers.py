"""Agreements, mentoring, training and certificates."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
