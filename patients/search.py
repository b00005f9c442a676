"""Finding a resident by what a doctor has at hand, in one box."""

import re
from collections.abc import Iterable

from django.db.models import Q, QuerySet

from alliances.scope import Asker, Scope, scope_of
from patients.identifiers import compact, is_telling
from patients.identity import TAIL, patients_by_number, plain, tail_indexes
from patients.models import Identity, Patient, Responsibility

FEW = 6
_PLAIN = str.maketrans("０１２３４５６７８９ｘＸ", "0123456789XX")
_DIGITS = re.compile(r"[0-9０-９]+[xXｘＸ]?")


def find(actor: Asker, text: str) -> QuerySet[Patient]:
    """Residents the actor may see that match: part of the name, pinyin initials, archive number, or the last four or
    more digits of the document number or telephone. Nothing for an empty text.

    What may be a number of the sealed table never becomes part of a statement: statements stand in logs.
    """
    words = text.strip().translate(_PLAIN)
    if is_telling(words):
        words = compact(words)
    visible = Patient.objects.visible_to(actor)
    if not words or "\x00" in words:  # no text of the database holds the character NUL
        return visible.none()
    condition = Q(pk=None) if is_telling(words) else Q(name__icontains=words)
    if words.isascii() and words.isalpha():
        condition |= Q(initials__startswith=words.lower()) | Q(pinyin__startswith=words.lower())
    if _DIGITS.fullmatch(words) and len(words) >= TAIL:
        condition |= Q(pk__in=_by_tail(scope_of(actor), words.upper()))
        condition |= Q(pk__in=_by_archive_number(visible, words))
    return visible.filter(condition).order_by("pinyin", "pk")


def archives(organization_ids: Iterable[int]) -> QuerySet[Patient]:
    """Residents that these organizations are or were responsible for. For the audit trail, which names residents and
    opens no record."""
    ids = list(organization_ids)
    formerly = Responsibility.objects.filter(organization_id__in=ids).values("patient_id")
    return Patient.objects.filter(Q(organization_id__in=ids) | Q(pk__in=formerly)).order_by("pinyin", "pk")


def named(rows: QuerySet[Patient], text: str) -> QuerySet[Patient]:
    """Those of `archives` with this part of the name, archive number or whole document number; nothing for an empty text.

    As in `find`, a number never becomes part of a statement.
    """
    words = text.strip().translate(_PLAIN)
    if not words or "\x00" in words:
        return rows.none()
    digits = compact(words)
    if not (is_telling(words) or _DIGITS.fullmatch(digits)):
        return rows.filter(name__icontains=words)
    numbered = patients_by_number([digits.upper()]).values()
    filed = [pk for pk, number in _ending(rows, digits) if number == digits]
    return rows.filter(Q(pk__in=list(numbered)) | Q(pk__in=filed))


def _by_archive_number(visible: QuerySet[Patient], digits: str) -> list[object]:
    """Patients whose archive number ends in the digits: asked by the last few, compared with all."""
    return [pk for pk, number in _ending(visible, digits) if (number or "").endswith(digits)]


def _ending(rows: QuerySet[Patient], digits: str) -> QuerySet[Patient, tuple[object, str | None]]:
    return rows.filter(archive_number__endswith=digits[-FEW:]).values_list("pk", "archive_number")


def _by_tail(scope: Scope, digits: str) -> list[object]:
    """Patients whose document or telephone number ends in the digits, within the actor's organizations: one query.

    The index knows four characters; with more digits the candidates are unsealed and compared.
    """
    organizations = sorted({*scope.organization_ids, *scope.own_organization_ids})
    numbers = [index for o in organizations for index in tail_indexes("number-tail", o, digits)]
    phones = [index for o in organizations for index in tail_indexes("phone-tail", o, digits)]
    rows = Identity.objects.filter(Q(number_tail_index__in=numbers) | Q(phone_tail_index__in=phones))
    if len(digits) == TAIL:
        return list(rows.values_list("patient_id", flat=True))
    return [r.patient_id for r in rows if (t := plain(r)).number.endswith(digits) or t.phone.endswith(digits)]
