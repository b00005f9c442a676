"""Stored reasons in the reader's language, for partials that other apps' pages include."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from referrals.cases import reason_in_words as words

register = template.Library()


@register.filter
def reason_in_words(reason: Mapping[str, Any]) -> str:
    """`{text, params}` as a sentence."""
    return words(reason)


@register.filter
def seconds_in_words(seconds: float) -> str:
    """A median length of time: whole minutes, then hours and days with one decimal."""
    minutes, hours = round(seconds / 60), seconds / 3600
    if minutes < 90:
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    if hours < 48:
        return _("%(n)s hours") % {"n": f"{hours:.1f}"}
    return _("%(n)s days") % {"n": f"{hours / 24:.1f}"}
