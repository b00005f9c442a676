"""Small words that the pages of the workbench share."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.utils.translation import gettext

from patients.models import Patient
from patients.programmes import Programme
from patients.readings import READINGS

register = template.Library()


@register.filter
def age_on(patient: Patient, on: date) -> int:
    """Full years on a day: `{{ patient|age_on:today }}`."""
    return patient.age(on=on)


@register.filter
def programme(code: str) -> Any:
    """The programme's name on the screen."""
    return Programme(code).label


@register.filter
def reading_name(code: str) -> str:
    """What is measured, on the screen."""
    return gettext(READINGS[code].label) if code in READINGS else code


@register.filter
def plain(value: Decimal) -> str:
    """A number without trailing zeros: 7.00 as 7, 4.40 as 4.4."""
    return f"{value.normalize():f}"


@register.filter
def said(msgid: str) -> str:
    """A stored msgid in the reader's language: `{{ goal.unit|said }}`."""
    return gettext(msgid) if msgid else ""
