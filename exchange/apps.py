"""Exchange: the same use-cases for machines."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "exchange"
