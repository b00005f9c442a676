"""Follow-ups: a protocol turns a visit into the next step."""

from django.apps import AppConfig


class FollowupsConfig(AppConfig):
    name = "followups"
