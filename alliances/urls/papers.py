"""Agreements, mentoring, training and certificates."""

from django.urls import URLPattern, path

from alliances.views import agreements

urlpatterns: list[URLPattern] = [
    path("agreements/", agreements.index, name="agreements"),
    path("agreements/new/", agreements.new, name="agreement-new"),
    path("agreements/<int:agreement_id>/", agreements.agreement, name="agreement"),
    path("agreements/<int:agreement_id>/edit/", agreements.edit, name="agreement-edit"),
    path("agreements/<int:agreement_id>/renew/", agreements.renew, name="agreement-renew"),
    path("agreements/<int:agreement_id>/end/", agreements.end, name="agreement-end"),
]
