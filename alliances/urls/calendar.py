"""The calendar of working days."""

from django.urls import URLPattern, path

from alliances.views import calendar

urlpatterns: list[URLPattern] = [
    path("working-days/", calendar.year, name="calendar"),
    path("working-days/clear/", calendar.clear, name="calendar-clear"),
]
