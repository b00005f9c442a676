"""Where a resident's messages go: the sealed telephone and e-mail, if the resident agreed to reminders and lives."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from journal.addressees import Address
from patients.identity import plain
from patients.models import Consent, ContactPreference, Identity
from patients.models.responsibility import ConsentKind


def addresses(ids: Iterable[str]) -> Mapping[str, Address]:
    """Addresses by patient id (text). The latest answer about reminders counts; nobody asked means no. Three queries."""
    wanted = [UUID(text) for text in ids]
    asked = Consent.objects.filter(patient_id__in=wanted, kind=ConsentKind.REMINDER).order_by(
        "patient_id", "-at"
    )
    latest = asked.distinct("patient_id").values_list("patient_id", "given")
    agreed = {patient_id for patient_id, given in latest if given}
    preferences = ContactPreference.objects.in_bulk(wanted)
    rows = Identity.objects.filter(pk__in=wanted, patient__deceased_on__isnull=True)
    return {str(row.pk): _address(row, row.pk in agreed, preferences.get(row.pk)) for row in rows}


def _address(row: Identity, agreed: bool, preference: ContactPreference | None) -> Address:
    text = plain(row)
    own = preference or ContactPreference()
    return Address(email=text.email, phone=text.phone, person=str(row.pk), consents=agreed, channels=own.order,
                   quiet=own.quiet, language=own.language)  # fmt: skip
