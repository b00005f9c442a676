"""Filters of the pages of trainings."""

from django import template

register = template.Library()


@register.filter
def hours(minutes: int) -> str:
    """Minutes as hours, one decimal: 90 → 1.5."""
    return f"{minutes / 60:.1f}"
