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


def archives(organization_ids: Iterable[int], text: str) -> QuerySet[Patient]:
    """Residents that these organizations are or were responsible for, by part of the name, archive number or the whole
    document number. For the audit trail, which names residents and opens no record; nothing for an empty text."""
    words = text.strip().translate(_PLAIN)
    if not words or "\x00" in words:
        return Patient.objects.none()
    ids = list(organization_ids)
    formerly = Responsibility.objects.filter(organization_id__in=ids).values("patient_id")
    if _DIGITS.fullmatch(words):
        numbered = patients_by_number([words.upper()]).values()
        condition = Q(archive_number=words) | Q(pk__in=list(numbered))
    else:
        condition = Q(name__icontains=words)
    ours = Q(organization_id__in=ids) | Q(pk__in=formerly)
    return Patient.objects.filter(condition).filter(ours).order_by("pinyin", "pk")


def _by_archive_number(visible: QuerySet[Patient], digits: str) -> list[object]:
    """Patients whose archive number ends in the digits: asked by the last few, compared with all."""
    rows = visible.filter(archive_number__endswith=digits[-FEW:]).values_list("pk", "archive_number")
    return [pk for pk, number in rows if (number or "").endswith(digits)]


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
