"""Hand-over of residents between teams."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
