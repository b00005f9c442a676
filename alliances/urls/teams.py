"""Teams and what they are made up of."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
