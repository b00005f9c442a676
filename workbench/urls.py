"""Pages that span several apps."""

from django.urls import path

from workbench import notices, views, visit_views
from workbench.alliance_map import views as alliance_map
from workbench.jobs import views as jobs
from workbench.messages import parked, resident, wordings
from workbench.trail import views as trail_views

app_name = "workbench"

urlpatterns = [
    path("", views.home, name="today"),
    path("team/", views.team, name="team"),
    path("search/", views.search, name="search"),
    path("patients/", views.patients, name="patients"),
    path("patients/<uuid:patient_id>/", views.patient, name="patient"),
    path("patients/<uuid:patient_id>/identity/", views.identity, name="identity"),
    path("patients/<uuid:patient_id>/visit/", visit_views.visit, name="visit"),
    path("patients/<uuid:patient_id>/visit/decision/", visit_views.decision, name="visit-decision"),
    path("patients/<uuid:patient_id>/visit/<uuid:visit_id>/", visit_views.saved, name="visit-saved"),
    path("patients/<uuid:patient_id>/access/", trail_views.access, name="access"),
    path("patients/<uuid:patient_id>/messages/", resident.messages_to, name="patient-messages"),
    path("audit/", trail_views.trail, name="trail"),
    path("audit/export/", trail_views.export, name="trail-export"),
    path("alliance/", alliance_map.alliance, name="alliance"),
    path("alliance/<int:alliance_id>/", alliance_map.alliance, name="alliance-of"),
    path("alliance/<int:alliance_id>/export/", alliance_map.export, name="alliance-export"),
    path("messages/", parked.messages_to_settle, name="messages"),
    path("messages/<uuid:message_id>/", parked.message, name="message"),
    path("messages/texts/", wordings.wordings_of_owner, name="wordings"),
    path("messages/texts/<slug:kind>/<slug:channel>/<slug:language>/", wordings.wording, name="wording"),
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/<int:job_id>/", jobs.job, name="job"),
    path("jobs/<int:job_id>/run/", jobs.run, name="job-run"),
    path("notices/", notices.notices, name="notices"),
    path("notices/read/", notices.read, name="notices-read"),
]
