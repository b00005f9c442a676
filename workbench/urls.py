"""Pages that span several apps."""

from django.urls import path

from workbench import after_visit_views, notices, views, visit_amend_views, visit_draft_views, visit_views
from workbench.alliance_map import views as alliance_map
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
    path("patients/<uuid:patient_id>/visit/draft/", visit_draft_views.keep, name="visit-draft"),
    path(
        "patients/<uuid:patient_id>/visit/draft/discard/",
        visit_draft_views.discard,
        name="visit-draft-discard",
    ),
    path("patients/<uuid:patient_id>/visit/<uuid:visit_id>/", visit_views.saved, name="visit-saved"),
    path(
        "patients/<uuid:patient_id>/visit/<uuid:visit_id>/amend/", visit_amend_views.amend, name="visit-amend"
    ),
    path("patients/<uuid:patient_id>/visit/<uuid:visit_id>/move/", visit_amend_views.move, name="visit-move"),
    path("patients/<uuid:patient_id>/visit/<uuid:visit_id>/task/", after_visit_views.ask, name="visit-task"),
    path("patients/<uuid:patient_id>/tasks/<uuid:task_id>/", after_visit_views.finish, name="task-finish"),
    path("patients/<uuid:patient_id>/access/", trail_views.access, name="access"),
    path("audit/", trail_views.trail, name="trail"),
    path("audit/export/", trail_views.export, name="trail-export"),
    path("alliance/", alliance_map.alliance, name="alliance"),
    path("alliance/<int:alliance_id>/", alliance_map.alliance, name="alliance-of"),
    path("alliance/<int:alliance_id>/export/", alliance_map.export, name="alliance-export"),
    path("notices/", notices.notices, name="notices"),
    path("notices/read/", notices.read, name="notices-read"),
]
