"""People, posts and delegation."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
