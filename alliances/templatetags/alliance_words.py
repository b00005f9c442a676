"""Words of alliances for templates: `{% load alliance_words %}`."""

from collections.abc import Sequence

from django import template

from alliances import programmes

register = template.Library()


@register.filter
def programme_names(codes: Sequence[str]) -> str:
    """The names of programmes, one after the other."""
    return "、".join(programmes.names(codes))
