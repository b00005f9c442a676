"""Patients: whose record it is, and who may see it."""

from django.apps import AppConfig


class PatientsConfig(AppConfig):
    name = "patients"
