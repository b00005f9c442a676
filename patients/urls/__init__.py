"""Addresses of hand-overs between teams and of emergency access."""

from patients.urls import emergency, handovers

app_name = "patients"

urlpatterns = [
    *handovers.urlpatterns,
    *emergency.urlpatterns,
]
