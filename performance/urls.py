"""Pages of the indicators."""

from django.urls import path

from performance import views

app_name = "performance"

urlpatterns = [
    path("", views.board, name="dashboard"),
    path("moves/", views.moves, name="moves"),
    path("patients/", views.patients, name="patients"),
    path("export/", views.export, name="export"),
]
