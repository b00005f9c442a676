"""Addresses of referrals."""

from django.urls import path

from referrals.views import cases, letters, steps

app_name = "referrals"

urlpatterns = [
    path("desk/", cases.desk, name="desk"),
    path("sent/", cases.sent, name="sent"),
    path("new/<uuid:patient_id>/", letters.new, name="new"),
    path("<uuid:pk>/", cases.case, name="case"),
    path("<uuid:pk>/slip/", cases.slip, name="slip"),
    path("<uuid:pk>/return/", steps.return_, name="return"),
    path("<uuid:pk>/<slug:event>/", steps.step, name="step"),
]
