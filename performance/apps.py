"""Performance: counted once, in SQL, and opened into patients."""

from django.apps import AppConfig


class PerformanceConfig(AppConfig):
    name = "performance"
