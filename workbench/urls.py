"""Pages that span several apps."""

from django.urls import path

from workbench import (
    after_visit_views,
    notices,
    print_views,
    views,
    visit_amend_views,
    visit_draft_views,
    visit_views,
)
from workbench.alliance_map import views as alliance_map
from workbench.care import lifestyle_views, pathway_views, plan_views, task_views, template_views
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
    path("patients/<uuid:patient_id>/papers/", print_views.papers, name="papers"),
    path("patients/<uuid:patient_id>/papers/leaflet.pdf", print_views.leaflet, name="leaflet"),
    path("patients/<uuid:patient_id>/papers/<slug:programme>.pdf", print_views.record, name="record-form"),
    path("patients/<uuid:patient_id>/access/", trail_views.access, name="access"),
    path("patients/<uuid:patient_id>/plan/", plan_views.plan, name="plan"),
    path("patients/<uuid:patient_id>/plan/propose/", plan_views.propose, name="plan-propose"),
    path("patients/<uuid:patient_id>/plan/sign/", plan_views.sign, name="plan-sign"),
    path("patients/<uuid:patient_id>/plan/send-back/", plan_views.send_back, name="plan-send-back"),
    path("patients/<uuid:patient_id>/plan/take-back/", plan_views.take_back, name="plan-take-back"),
    path("patients/<uuid:patient_id>/plan/take-over/", plan_views.take_over, name="plan-take-over"),
    path("patients/<uuid:patient_id>/plan/history/", plan_views.history, name="plan-history"),
    path("patients/<uuid:patient_id>/lifestyle/", lifestyle_views.goal, name="lifestyle-new"),
    path(
        "patients/<uuid:patient_id>/lifestyle/<uuid:goal_id>/end/", lifestyle_views.end, name="lifestyle-end"
    ),
    path("patients/<uuid:patient_id>/interventions/", lifestyle_views.session, name="intervention-new"),
    path(
        "patients/<uuid:patient_id>/interventions/<uuid:intervention_id>/withdraw/",
        lifestyle_views.withdraw,
        name="intervention-withdraw",
    ),
    path("patients/<uuid:patient_id>/pathways/", pathway_views.start, name="pathway-new"),
    path("pathways/<uuid:pathway_id>/", pathway_views.pathway, name="pathway"),
    path("pathways/<uuid:pathway_id>/steps/<int:position>/", pathway_views.step, name="pathway-step"),
    path("pathways/<uuid:pathway_id>/end/", pathway_views.end, name="pathway-end"),
    path("pathway-templates/", template_views.templates, name="pathway-templates"),
    path("pathway-templates/<slug:code>/", template_views.template, name="pathway-template"),
    path("pathway-templates/<slug:code>/edit/", template_views.edit, name="pathway-template-edit"),
    path("tasks/", task_views.tasks, name="tasks"),
    path("tasks/awaiting/", task_views.awaiting, name="plans-awaiting"),
    path("tasks/reviews/", task_views.reviews, name="plans-due"),
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
