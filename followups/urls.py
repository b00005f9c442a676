"""Pages of the protocols and their versions."""

from django.urls import URLPattern, path

from followups import override_views, protocol_views, version_views, what_if_views

app_name = "followups"

urlpatterns: list[URLPattern] = [
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
