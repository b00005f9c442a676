"""What the project itself adds to Django: system checks and the web role's grants."""

from __future__ import annotations

from django.apps import AppConfig, apps
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate


class Config(AppConfig):
    """Not an app of the product: it owns no tables and no pages but the health answers."""

    name = "config"
    verbose_name = "Yilian"

    def ready(self) -> None:
        """Register the deploy checks, and grant the web role its rights once after every migration."""
        from config import checks, roles, schedule  # noqa: PLC0415  (the apps are complete only now)

        register(checks.production_keys, Tags.security, deploy=True)
        register(checks.roles_apart, Tags.security, deploy=True)
        register(checks.seal_keys, Tags.security, deploy=True)
        post_migrate.connect(
            roles.grant_after_migrate,
            sender=apps.get_app_config("journal"),
            dispatch_uid="config.roles",
        )
        post_migrate.connect(
            schedule.seed,
            sender=apps.get_app_config("django_celery_beat"),
            dispatch_uid="config.schedule",
        )
