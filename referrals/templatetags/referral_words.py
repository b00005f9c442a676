"""Stored reasons in the reader's language, for partials that other apps' pages include."""

from collections.abc import Mapping
from typing import Any

from django import template

from referrals.cases import reason_in_words as words

register = template.Library()


@register.filter
def reason_in_words(reason: Mapping[str, Any]) -> str:
    """`{text, params}` as a sentence."""
    return words(reason)
