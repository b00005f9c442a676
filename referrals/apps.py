"""Referrals: a handover nobody can lose."""

from django.apps import AppConfig


class ReferralsConfig(AppConfig):
    name = "referrals"
