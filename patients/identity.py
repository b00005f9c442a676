"""Reading, writing, masking and finding identities. Nothing else touches the sealed columns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.db.models import Q
from psycopg2 import Binary

from alliances.scope import Actor
from journal import audit
from patients.identifiers import masked_number, masked_phone
from patients.models import Identity, Patient
from patients.models.identity import DocumentType
from patients.sealing import (
    blind_index,
    blind_indexes,
    newest_index_version,
    newest_version,
    seal,
    unseal_text,
)

TAIL = 4
#: The columns that `reindex` sets.
INDEX_COLUMNS = (
    "number_index_odd", "number_index_even", "number_tail_index", "phone_tail_index", "index_version",
)  # fmt: skip
#: The columns that hold the text, and what it is found through.
COLUMNS = ("number_sealed", "phone_sealed", "address_sealed", "email_sealed", "key_version", *INDEX_COLUMNS)


@dataclass(frozen=True)
class IdentityText:
    """Document number, telephone and address in plain; empty where unknown. Handle briefly, never log."""

    number: str = ""
    phone: str = ""
    address: str = ""
    document_type: str = DocumentType.RESIDENT_ID
    email: str = ""

    def __repr__(self) -> str:
        return "IdentityText(…)"


def number_indexes(number: str, document_type: str = DocumentType.RESIDENT_ID) -> dict[str, bytes]:
    """The blind indexes of a full document number (upper case, without spaces) by their column, one an index key.

    ImproperlyConfigured when two keys would share a column: people under the older of them would not be found.
    """
    found = blind_indexes("number", document_type, number.strip().upper())
    indexes = {_column(version): index for version, index in found.items()}
    if len(indexes) < len(found):
        raise ImproperlyConfigured("YILIAN_INDEX_KEYS may hold one odd and one even version, not more.")
    return indexes


def _column(version: int) -> str:
    return "number_index_odd" if version % 2 else "number_index_even"


def tail_index(purpose: str, organization_id: int, text: str) -> bytes | None:
    """The blind index of the last four characters within one organization; None for shorter texts."""
    tail = text.strip().upper()[-TAIL:]
    return blind_index(purpose, organization_id, tail) if len(tail) == TAIL else None


def tail_indexes(purpose: str, organization_id: int, text: str) -> list[bytes]:
    """What the last four characters may be stored under, one an index key; nothing for shorter texts."""
    tail = text.strip().upper()[-TAIL:]
    return list(blind_indexes(purpose, organization_id, tail).values()) if len(tail) == TAIL else []


def new_identity(patient_id: UUID, organization_id: int, text: IdentityText) -> Identity:
    """An unsaved identity row, for one insert or a bulk one."""
    return Identity(
        patient_id=patient_id,
        document_type=text.document_type,
        number_sealed=seal(text.number) if text.number else None,
        **(number_indexes(text.number, text.document_type) if text.number else {}),
        number_tail_index=tail_index("number-tail", organization_id, text.number),
        phone_sealed=seal(text.phone) if text.phone else None,
        phone_tail_index=tail_index("phone-tail", organization_id, text.phone),
        address_sealed=seal(text.address) if text.address else None,
        email_sealed=seal(text.email) if text.email else None,
        key_version=newest_version(),
        index_version=newest_index_version(),
    )


def plain(identity: Identity) -> IdentityText:
    """The unsealed identity, for the few who need it: comparison at import, delivery of a message, unmasking."""
    return IdentityText(
        number=unseal_text(identity.number_sealed),
        phone=unseal_text(identity.phone_sealed),
        address=unseal_text(identity.address_sealed),
        document_type=identity.document_type,
        email=unseal_text(identity.email_sealed),
    )


def masked(identity: Identity | None) -> IdentityText:
    """What a screen may show: number first and last character, telephone first three and last two, address to county."""
    if identity is None:
        return IdentityText()
    text = plain(identity)
    return IdentityText(
        number=masked_number(text.number),
        phone=masked_phone(text.phone),
        address=_to_county(text.address),
        document_type=text.document_type,
    )


def masks(patients: Iterable[Patient]) -> dict[UUID, IdentityText]:
    """The masked identities of patients whom the caller has found within a scope, by id: one query."""
    rows = Identity.objects.filter(pk__in=[patient.pk for patient in patients])
    return {row.pk: masked(row) for row in rows}


def _to_county(address: str) -> str:
    for end in ("区", "县", "旗"):
        at = address.find(end)
        if at > 0:
            return address[: at + 1]
    return ""


@transaction.atomic
def unmask(patient: Patient, *, by: Actor, reason: str) -> IdentityText:
    """The full identity, for a stated reason that is written to the audit trail. ValueError without a reason."""
    if not reason.strip():
        raise ValueError("a reason is required")
    audit.record("identity.unmask", by=by, subject=patient, detail={"reason": reason.strip()})
    return plain(Identity.objects.get(pk=patient.pk))


def patients_by_number(numbers: Iterable[str]) -> dict[str, UUID]:
    """Which of the full document numbers have an archive, anywhere: number → patient id. One query."""
    asked = {number: number_indexes(number) for number in numbers}
    wanted: dict[str, set[bytes]] = {}
    for indexes in asked.values():
        for column, index in indexes.items():
            wanted.setdefault(column, set()).add(index)
    rows = Identity.objects.filter(_any(wanted)).values_list("patient_id", *wanted) if wanted else []
    found = {bytes(index): row[0] for row in rows for index in row[1:] if index is not None}
    return {
        number: found[index]
        for number, indexes in asked.items()
        for index in indexes.values()
        if index in found
    }


def _any(wanted: dict[str, set[bytes]]) -> Q:
    condition = Q()
    for column, indexes in wanted.items():
        condition |= Q(**{f"{column}__in": indexes})
    return condition


def reindex(identity: Identity, organization_id: int) -> Identity:
    """Recompute what the identity is found through (INDEX_COLUMNS, unsaved), under the index keys of now.

    Needed when a resident's organization changes, for tails are found within one only, and when keys change.
    """
    text = plain(identity)
    indexes = number_indexes(text.number, text.document_type) if text.number else {}
    identity.number_index_odd = indexes.get("number_index_odd")
    identity.number_index_even = indexes.get("number_index_even")
    identity.number_tail_index = tail_index("number-tail", organization_id, text.number)
    identity.phone_tail_index = tail_index("phone-tail", organization_id, text.phone)
    identity.index_version = newest_index_version()
    return identity


# One statement a batch: a keeper of twenty thousand residents changes in seconds, not minutes.
_RETAIL = """
UPDATE patients_identity i SET number_tail_index = v.number, phone_tail_index = v.phone
FROM unnest(%s::uuid[], %s::bytea[], %s::bytea[]) AS v(id, number, phone) WHERE i.patient_id = v.id
"""


def retail(patient_ids: Sequence[UUID], organization_id: int) -> None:
    """`reindex` of many at once, written: two statements."""
    rows = Identity.objects.filter(pk__in=patient_ids).only("number_sealed", "phone_sealed")
    tails = [
        (
            str(row.pk),
            tail_index("number-tail", organization_id, unseal_text(row.number_sealed)),
            tail_index("phone-tail", organization_id, unseal_text(row.phone_sealed)),
        )
        for row in rows
    ]
    keys, numbers, phones = ([tail[n] for tail in tails] for n in range(3))
    with connection.cursor() as cursor:
        cursor.execute(_RETAIL, [keys, _binary(numbers), _binary(phones)])


def _binary(indexes: Iterable[Any]) -> list[Any]:
    return [None if index is None else Binary(index) for index in indexes]
