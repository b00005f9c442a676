"""Agreements, mentoring, training and certificates."""

from django.urls import URLPattern, path

from alliances.views import agreements, certificates, mentoring, training

urlpatterns: list[URLPattern] = [
    path("agreements/", agreements.index, name="agreements"),
    path("agreements/new/", agreements.new, name="agreement-new"),
    path("agreements/<int:agreement_id>/", agreements.agreement, name="agreement"),
    path("agreements/<int:agreement_id>/edit/", agreements.edit, name="agreement-edit"),
    path("agreements/<int:agreement_id>/renew/", agreements.renew, name="agreement-renew"),
    path("agreements/<int:agreement_id>/end/", agreements.end, name="agreement-end"),
    path("mentoring/", mentoring.index, name="mentoring"),
    path("mentoring/new/", mentoring.new, name="mentoring-new"),
    path("mentoring/sessions/", mentoring.sessions, name="mentoring-sessions"),
    path("mentoring/sessions/<int:session_id>/void/", mentoring.void, name="mentoring-void"),
    path("mentoring/<int:pair_id>/", mentoring.pair, name="mentoring-pair"),
    path("mentoring/<int:pair_id>/log/", mentoring.log, name="mentoring-log"),
    path("mentoring/<int:pair_id>/target/", mentoring.aim, name="mentoring-aim"),
    path("mentoring/<int:pair_id>/end/", mentoring.end, name="mentoring-end"),
    path("trainings/", training.mine, name="trainings"),
    path("trainings/organized/", training.organized, name="trainings-organized"),
    path("trainings/hours/", training.hours, name="training-hours"),
    path("trainings/export/", training.export, name="training-export"),
    path("trainings/new/", training.new, name="training-new"),
    path("trainings/<int:training_id>/", training.training, name="training"),
    path("trainings/<int:training_id>/edit/", training.edit, name="training-edit"),
    path("trainings/<int:training_id>/invite/", training.invite, name="training-invite"),
    path("trainings/<int:training_id>/attendance/", training.attend, name="training-attend"),
    path("trainings/<int:training_id>/cancel/", training.cancel, name="training-cancel"),
    path("certificates/", certificates.mine, name="certificates"),
    path("certificates/people/", certificates.people, name="certificates-people"),
    path("certificates/new/", certificates.new, name="certificate-new"),
    path("certificates/<int:certificate_id>/", certificates.edit, name="certificate-edit"),
    path("certificates/<int:certificate_id>/remove/", certificates.remove, name="certificate-remove"),
]
