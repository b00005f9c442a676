"""Emergency access."""

from django.urls import URLPattern, path

from patients.views import emergency, emergency_reviews

urlpatterns: list[URLPattern] = [
    path("emergency-access/", emergency_reviews.reviews, name="emergency"),
    path("emergency-access/look-up/", emergency.look_up, name="emergency-look-up"),
    path("emergency-access/open/", emergency.open_, name="emergency-open"),
    path("emergency-access/<uuid:access_id>/", emergency_reviews.review, name="emergency-review"),
    path("emergency-access/<uuid:access_id>/end/", emergency.end, name="emergency-end"),
]
