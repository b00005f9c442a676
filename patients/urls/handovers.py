"""Hand-over of residents between teams."""

from django.urls import URLPattern, path

from patients.views import handovers

urlpatterns: list[URLPattern] = [
    path("handovers/", handovers.handovers, name="handovers"),
    path("handovers/new/", handovers.new, name="handover-new"),
    path("handovers/accept/", handovers.accept, name="handover-accept"),
    path("handovers/decline/", handovers.decline, name="handover-decline"),
    path("handovers/withdraw/", handovers.withdraw, name="handover-withdraw"),
]
