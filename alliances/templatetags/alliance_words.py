"""Words of alliances for templates: `{% load alliance_words %}`."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.urls import resolve

from alliances import programmes
from alliances.scope import scope_of

register = template.Library()


@register.filter
def programme_names(codes: Sequence[str]) -> str:
    """The names of programmes, one after the other."""
    return "、".join(programmes.names(codes))


@register.simple_tag(takes_context=True)
def openable(context: Mapping[str, Any], address: str) -> str:
    """The address, or nothing where the page behind it is not for the posts of the person who looks."""
    if not address:
        return ""
    asked = getattr(resolve(urlsplit(address).path).func, "permissions", None) or ()
    scope = scope_of(context["request"].user)
    return address if not asked or any(scope.may(permission) for permission in asked) else ""
