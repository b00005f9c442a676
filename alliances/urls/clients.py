"""Other systems and their credentials."""

from django.urls import URLPattern, path

from alliances.views import clients

urlpatterns: list[URLPattern] = [
    path("clients/", clients.listed, name="clients"),
    path("clients/new/", clients.register, name="client-new"),
    path("clients/<int:client_pk>/", clients.client, name="client"),
    path("clients/<int:client_pk>/rotate/", clients.rotate, name="client-rotate"),
    path("clients/<int:client_pk>/switch-off/", clients.switch_off, name="client-switch-off"),
    path("clients/<int:client_pk>/switch-on/", clients.switch_on, name="client-switch-on"),
]
