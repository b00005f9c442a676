"""Where a staff member's messages go: the work e-mail address of an active user."""

from collections.abc import Iterable, Mapping

from accounts.models import User
from journal.addressees import Address


def addresses(ids: Iterable[str]) -> Mapping[str, Address]:
    """Addresses by user id (text)."""
    rows = User.objects.filter(pk__in=list(ids), is_active=True).values_list("pk", "email")
    return {str(pk): Address(email=email) for pk, email in rows}
