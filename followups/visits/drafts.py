"""Drafts of follow-ups: kept as they are typed, restored on opening, gone when the visit is saved.

A draft is not an action on the record: it leaves no line in the audit trail. Opening the form does.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from accounts.models import User
from followups.models import VisitDraft
from followups.models.visit_draft import KEPT
from patients.models import Encounter, Patient

LARGEST: Final = 20_000  # characters; the whole form filled in is a tenth of it


def keep(
    patient: Patient, content: Mapping[str, Sequence[str]], *, by: User, at: datetime
) -> VisitDraft | None:
    """Keep what is typed so far in place of what was kept before.

    None, and nothing kept, for what is larger than a form can be and for a visit that has been saved meanwhile.
    """
    kept = {name: list(values) for name, values in content.items() if any(values)}
    if sum(len(value) for values in kept.values() for value in values) > LARGEST or _is_saved(patient, kept):
        return None
    draft, _made = VisitDraft.objects.update_or_create(
        user=by, patient=patient, defaults={"content": kept, "saved_at": at}
    )
    return draft


def draft_of(patient: Patient, *, by: User, at: datetime) -> VisitDraft | None:
    """The author's own draft, unless it is too old or its visit was saved."""
    draft = VisitDraft.objects.live(at=at).filter(patient=patient, user=by).first()
    if draft is not None and _is_saved(patient, draft.content):
        draft.delete()
        return None
    return draft


def discard(patient: Patient, *, by: User) -> None:
    """Forget the author's draft."""
    VisitDraft.objects.filter(patient=patient, user=by).delete()


def forget(*, at: datetime) -> int:
    """Delete drafts that are too old to be restored; how many."""
    return VisitDraft.objects.filter(saved_at__lte=at - KEPT).delete()[0]


def discard_all(patients: Iterable[Patient]) -> None:
    """Forget every draft about the residents."""
    with transaction.atomic():
        VisitDraft.objects.filter(patient__in=list(patients)).delete()


def _is_saved(patient: Patient, content: Mapping[str, Sequence[str]]) -> bool:
    try:
        key = UUID(content.get("visit", [""])[0])
    except ValueError:
        return False
    return Encounter.objects.filter(pk=key, patient=patient).exists()
