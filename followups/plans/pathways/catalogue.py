"""Which templates there are: what the product brings along, and what an alliance made of it."""

import json
from collections.abc import Collection
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Final

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_noop as _

from accounts.models import User
from alliances.models import Alliance, AllianceMembership
from followups.models import PathwayTemplate
from followups.plans.pathways.definition import Step, Template, TemplateRefused, steps_of, template_of
from journal import audit
from patients.models import Patient

_FOLDER: Final = Path(__file__).parent


@cache
def built_in() -> dict[str, Template]:
    """The templates of the data files, by code."""
    files = sorted(_FOLDER.glob("*.json"))
    found = [template_of(json.loads(file.read_text(encoding="utf-8"))) for file in files]
    return {template.code: template for template in found}


def of_alliances(alliance_ids: Collection[int]) -> list[Template]:
    """The newest version of each template of the alliances, and what the product brings along, by name."""
    newest: dict[tuple[int, str], PathwayTemplate] = {}
    for row in PathwayTemplate.objects.filter(alliance__in=alliance_ids).order_by("number"):
        newest[row.alliance_id, row.code] = row
    own = [_template(row) for row in newest.values()]
    return sorted([*built_in().values(), *own], key=lambda one: (one.code, one.alliance_id or 0))


def for_patient(patient: Patient, *, on: date) -> list[Template]:
    """What can be started for a resident: the alliances' own templates take the place of those they were made from."""
    alliances = AllianceMembership.objects.filter(
        organization_id=patient.organization_id, period__contains=on
    ).values_list("alliance_id", flat=True)
    found = of_alliances(list(alliances))
    replaced = {template.code for template in found if template.alliance_id is not None}
    return [one for one in found if one.alliance_id is not None or one.code not in replaced]


def versions(code: str, alliance_ids: Collection[int]) -> list[PathwayTemplate]:
    """Every version that the alliances made of a template, newest first."""
    rows = PathwayTemplate.objects.filter(code=code, alliance__in=alliance_ids)
    return list(rows.select_related("alliance", "made_by").order_by("alliance", "-number"))


@transaction.atomic
def publish(
    code: str,
    alliance: Alliance,
    *,
    name: str,
    source: str,
    programme: str,
    steps: tuple[Step, ...],
    seen: int,
    by: User,
    at: datetime,
) -> PathwayTemplate:
    """Make the next version of an alliance's template; pathways that run go on as they were begun.

    `seen` is the number of the version that was edited. Raises TemplateRefused for a template that is none, and when
    somebody else has made a version meanwhile.
    """
    Alliance.objects.select_for_update(no_key=True).get(pk=alliance.pk)
    own = PathwayTemplate.objects.filter(code=code, alliance=alliance)
    newest = own.aggregate(newest=Max("number"))["newest"]
    base = built_in().get(code)
    last = newest or (base.number if base else 0)
    if last != seen:
        raise TemplateRefused(_("Somebody else has made a new version meanwhile."))
    data = [step.data() for step in steps]
    if not name.strip():
        raise TemplateRefused(_("A template needs a name."))
    steps_of(data)
    row = PathwayTemplate.objects.create(
        code=code, number=last + 1, alliance=alliance, name=name.strip(), programme=programme, source=source.strip(),
        steps=data, made_by=by, made_at=at,
    )  # fmt: skip
    audit.record("pathway-template.publish", by=by, subject=row, detail={"code": code, "number": row.number})
    return row


def _template(row: PathwayTemplate) -> Template:
    data = {"code": row.code, "number": row.number, "name": row.name, "programme": row.programme,
            "source": row.source, "steps": row.steps}  # fmt: skip
    return template_of(data, alliance_id=row.alliance_id)
