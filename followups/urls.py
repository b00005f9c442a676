"""Addresses of the follow-up calendar: weeks of teams, moving, capacities, routes, and attempts to reach residents."""

from django.urls import path

from followups.views import calendar, capacity, contact, moving, route

app_name = "followups"

urlpatterns = [
    path("calendar/", calendar.index, name="calendars"),
    path("calendar/<int:team_id>/", calendar.week, name="calendar"),
    path("calendar/<int:team_id>/month/", calendar.month, name="calendar-month"),
    path("calendar/<int:team_id>/move/", moving.move, name="calendar-move"),
    path("calendar/<int:team_id>/undo/", moving.undo, name="calendar-undo"),
    path("calendar/<int:team_id>/capacity/", capacity.capacity, name="capacity"),
    path("calendar/<int:team_id>/capacity/day/", capacity.set_day, name="capacity-day"),
    path("calendar/<int:team_id>/capacity/clear/", capacity.clear_day, name="capacity-clear"),
    path("calendar/<int:team_id>/route/", route.route, name="route"),
    path("patients/<uuid:patient_id>/contact/", contact.contact, name="contact"),
    path("patients/<uuid:patient_id>/contact/lost/", contact.lost, name="contact-lost"),
    path("patients/<uuid:patient_id>/contact/found/", contact.found, name="contact-found"),
]
