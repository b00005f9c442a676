"""Pages that span several apps."""

from django.urls import path

from workbench import notices, views

app_name = "workbench"

urlpatterns = [
    path("", views.home, name="today"),
    path("search/", views.search, name="search"),
    path("patients/", views.patients, name="patients"),
    path("patients/<uuid:patient_id>/", views.patient, name="patient"),
    path("patients/<uuid:patient_id>/identity/", views.identity, name="identity"),
    path("notices/", notices.notices, name="notices"),
    path("notices/read/", notices.read, name="notices-read"),
]
