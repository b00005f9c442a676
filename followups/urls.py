"""Pages of the follow-up calendar, of attempts to reach residents, and of the protocols with their versions."""

from django.urls import URLPattern, path

from followups.calendar.views import calendar, capacity, contact, moving, route
from followups.overrides import views as override_views
from followups.versions import protocol_views, what_if_views
from followups.versions import views as version_views

app_name = "followups"

urlpatterns: list[URLPattern] = [
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
    path("protocols/", protocol_views.index, name="protocols"),
    path("protocols/overrides/", override_views.overrides, name="overrides"),
    path("protocols/versions/new/", version_views.new, name="version-new"),
    path("protocols/versions/<int:version_id>/", version_views.version, name="version"),
    path("protocols/versions/<int:version_id>/edit/", version_views.edit, name="version-edit"),
    path("protocols/versions/<int:version_id>/publish/", version_views.publish, name="version-publish"),
    path("protocols/versions/<int:version_id>/withdraw/", version_views.withdraw, name="version-withdraw"),
    path("protocols/versions/<int:version_id>/discard/", version_views.discard, name="version-discard"),
    path("protocols/versions/<int:version_id>/what-if/", what_if_views.ask, name="what-if"),
    path("protocols/versions/<int:version_id>/what-if/stop/", what_if_views.stop, name="what-if-stop"),
    path(
        "protocols/versions/<int:version_id>/what-if/progress/",
        what_if_views.progress,
        name="what-if-progress",
    ),
    path("protocols/versions/<int:version_id>/what-if/visits/", what_if_views.changed, name="what-if-visits"),
    path("protocols/<slug:programme>/", protocol_views.protocol, name="protocol"),
]
