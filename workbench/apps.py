"""Workbench: pages that span several apps."""

from django.apps import AppConfig


class WorkbenchConfig(AppConfig):
    name = "workbench"
