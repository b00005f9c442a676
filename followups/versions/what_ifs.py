"""What a draft would change: run over the visits of the last year, person by person, before it is switched on.

A run goes in chunks by the key of the person: one transaction locks the run, judges a chunk, adds its sums, writes the
visits that would change and moves the cursor. So a run that is interrupted goes on where it stopped, two workers at one
run count nothing twice, and memory holds one chunk. Both sides are judged anew from the same visits: by the version that
was in force on the visit's day, and by the draft. What a doctor decided otherwise is not part of it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from alliances.permissions import Permission
from alliances.scope import scope_of
from followups import versions
from followups.judging import visit_of
from followups.models import ProtocolVersion, WhatIf, WhatIfCell, WhatIfChange, WhatIfStatus
from followups.protocols.evidence import Case, CaseError, Person, Visit
from followups.protocols.months import add_months
from followups.protocols.terms import PROGRAMMES
from followups.protocols.versions import Timetable, Version, settings_of
from followups.versions import VersionRefused
from journal import audit
from patients.models import Encounter, Patient

CHUNK: Final = 200
MONTHS: Final = 12
SILENT_AFTER: Final = timedelta(minutes=2)  # a run that has not moved for so long is interrupted
AT_WORK: Final = (WhatIfStatus.QUEUED, WhatIfStatus.RUNNING)
_Words = tuple[str, str, str, str, str]  # programme, class and action before, class and action after
_Key = tuple[int, str, str, str, str, str]

# Names of columns, written by developers.
_ADD: Final = """
INSERT INTO followups_whatifcell
    (run_id, organization_id, programme, klass, action, new_klass, new_action, visits, moved)
SELECT %s, * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::int[], %s::int[])
ON CONFLICT (run_id, organization_id, programme, klass, action, new_klass, new_action)
DO UPDATE SET visits = followups_whatifcell.visits + excluded.visits,
              moved = followups_whatifcell.moved + excluded.moved
"""


@dataclass(slots=True)
class _Found:
    """What one chunk adds."""

    visits: int = 0
    cells: Counter[_Key] = field(default_factory=Counter)
    moved: Counter[_Key] = field(default_factory=Counter)
    changes: list[WhatIfChange] = field(default_factory=list)


@transaction.atomic
def ask(version: ProtocolVersion, *, by: User, on: date, at: datetime) -> WhatIf:
    """A new run of a draft over the last year's visits of the organizations in the asker's reach; it replaces the last one.

    Refused for what is no draft any more, and while a run is at work.
    """
    row = versions.locked_draft(version.pk)
    last = WhatIf.objects.select_for_update().filter(version=row).first()
    if last is not None and last.status in AT_WORK and not is_interrupted(last, at=at):
        raise VersionRefused(_("A run is at work: stop it first."))
    if last is not None:
        last.delete()
    scope = scope_of(by).doing(Permission.PROTOCOL_MANAGE, on=on)
    since = add_months(on, -MONTHS)
    run = WhatIf(
        version=row, settings=row.settings, since=since, until=on, asked_by=by, asked_at=at, moved_at=at,
        organization_ids=list(scope.number_organization_ids),
    )  # fmt: skip
    run.people_total = _people(run).count()
    run.save(force_insert=True)
    audit.record("protocol.what-if", by=by, subject=row, detail={"people": run.people_total})
    return run


@transaction.atomic
def stop(run: WhatIf, *, by: User, at: datetime) -> WhatIf:
    """End a run that is waiting or at work; what it found so far stays to be seen, marked as stopped."""
    row = WhatIf.objects.select_for_update().filter(pk=run.pk).first()
    if row is None or row.status not in AT_WORK:
        raise VersionRefused(_("This run has ended already."))
    row.status, row.finished_at = WhatIfStatus.CANCELLED, at
    row.save(update_fields=["status", "finished_at"])
    audit.record("protocol.what-if-stop", by=by, subject=row.version)
    return row


def is_interrupted(run: WhatIf, *, at: datetime) -> bool:
    """Whether a run should be at work and has not moved lately: its worker is gone, or none has taken it."""
    return run.status in AT_WORK and at - run.moved_at > SILENT_AFTER


def is_stale(run: WhatIf) -> bool:
    """Whether the draft says something else than what was run."""
    return bool(run.settings != run.version.settings)


def fail(run_id: int, *, at: datetime) -> None:
    """Mark a run whose worker met an error; asking again starts anew."""
    WhatIf.objects.filter(pk=run_id, status__in=AT_WORK).update(status=WhatIfStatus.FAILED, finished_at=at)


@transaction.atomic
def step(run_id: int, *, at: datetime) -> bool:
    """Judge the next chunk; False when there is nothing left to do, because all are done or somebody stopped the run."""
    run = WhatIf.objects.select_for_update().select_related("version").filter(pk=run_id).first()
    if run is None or run.status not in AT_WORK:
        return False
    people = list(
        _people(run).filter(**({"pk__gt": run.cursor} if run.cursor else {})).order_by("pk")[:CHUNK]
    )
    run.status, run.moved_at = WhatIfStatus.RUNNING, at
    if people:
        found = _judge(run, people)
        _add(run, found)
        WhatIfChange.objects.bulk_create(found.changes)
        run.cursor, run.people_done = people[-1].pk, run.people_done + len(people)
        run.visits_done += found.visits
    if len(people) < CHUNK:
        run.status, run.finished_at = WhatIfStatus.DONE, at
    run.save(update_fields=["status", "moved_at", "cursor", "people_done", "visits_done", "finished_at"])
    return len(people) == CHUNK


def _people(run: WhatIf) -> QuerySet[Patient]:
    """Residents of the run's organizations with a visit in its time, or after."""
    rows = Patient.objects.filter(organization_id__in=run.organization_ids, last_visit_on__gte=run.since)
    return rows.only("pk", "birth_date", "sex", "organization_id")


def _judge(run: WhatIf, people: Sequence[Patient]) -> _Found:
    before, after = versions.timetable(), Version(run.version_id, settings_of(run.settings))
    known = (*before.versions, after)
    months = max(version.settings.again_within_months for version in (before.on(date.min), *known))
    rows = Encounter.objects.filter(
        patient__in=people, on__lte=run.until, on__gte=add_months(run.since, -months)
    )
    by_person: dict[object, list[Encounter]] = {person.pk: [] for person in people}
    for encounter in rows.prefetch_related("further_observations").order_by("on", "created_at"):
        by_person[encounter.patient_id].append(encounter)
    found = _Found()
    for person in people:
        _judge_person(run, person, by_person[person.pk], (before, after), found)
    return found


def _judge_person(
    run: WhatIf,
    person: Patient,
    encounters: Iterable[Encounter],
    sides: tuple[Timetable, Version],
    found: _Found,
) -> None:
    before, after = sides
    seen: list[Visit] = []
    for encounter in encounters:
        visit = _visit(encounter)
        if encounter.on >= run.since and encounter.programmes:
            found.visits += 1
            case = Case(_person(person, encounter), visit, tuple(one for one in seen if one.on < visit.on))
            for words, moved in _compare(case, before.on(visit.on), after):
                key = (person.organization_id, *words)
                found.cells[key] += 1
                found.moved[key] += moved
                if words[1:3] != words[3:]:
                    found.changes.append(_change(run, encounter, words))
        seen.append(visit)


def _compare(case: Case, before: Version, after: Version) -> Iterator[tuple[_Words, bool]]:
    """Programme, class and action before and after, and whether the next date moves. An unjudgeable visit has none."""
    try:
        old, new = before.assess(case), after.assess(case)
    except (
        CaseError
    ):  # a visit from before a check that is made today; it was shown as such when it was stored
        return
    for name, outcome in old.programmes.items():
        other = new.programmes[name]
        if outcome.action is not None and other.action is not None:
            words = (name, outcome.klass.value, outcome.action.value, other.klass.value, other.action.value)
            yield words, outcome.due_on != other.due_on


def _change(run: WhatIf, encounter: Encounter, words: _Words) -> WhatIfChange:
    programme, klass, action, new_klass, new_action = words
    return WhatIfChange(
        run=run, patient_id=encounter.patient_id, encounter_id=encounter.pk, on=encounter.on, programme=programme,
        klass=klass, action=action, new_klass=new_klass, new_action=new_action,
    )  # fmt: skip


def _visit(encounter: Encounter) -> Visit:
    """The visit with everything that was measured, the readings beyond the typed columns too."""
    further = {row.code: row.value for row in encounter.further_observations.all()}
    return visit_of(encounter, further)


def _person(person: Patient, encounter: Encounter) -> Person:
    return Person(
        birth_date=person.birth_date,
        conditions=tuple(encounter.programmes),
        sex=person.sex,
        pregnant=encounter.pregnant,
        lactating=encounter.lactating,
    )


def _add(run: WhatIf, found: _Found) -> None:
    if not found.cells:
        return
    keys = sorted(found.cells)
    columns: list[list[object]] = [list(column) for column in zip(*keys, strict=True)]
    numbers = [[found.cells[key] for key in keys], [found.moved[key] for key in keys]]
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [run.pk, *columns, *numbers])


@dataclass(frozen=True, slots=True)
class Matrix:
    """Visits of one programme by what they were and what they would be: `counts[before][after]`, of class or of action."""

    programme: str
    counts: dict[str, dict[str, int]]
    visits: int
    changed: int
    moved: int


def matrices(run: WhatIf, organization_ids: Sequence[int], *, kind: str) -> list[Matrix]:
    """The sums of a run for these organizations, by programme; `kind` is klass or action. One statement."""
    cells = WhatIfCell.objects.filter(run=run, organization_id__in=list(organization_ids)).order_by("pk")
    by_programme: dict[str, list[WhatIfCell]] = {}
    for cell in cells:
        by_programme.setdefault(cell.programme, []).append(cell)
    return [_matrix(name, by_programme[name], kind) for name in PROGRAMMES if name in by_programme]


def _matrix(programme: str, rows: Iterable[WhatIfCell], kind: str) -> Matrix:
    counts: dict[str, dict[str, int]] = {}
    visits = changed = moved = 0
    for cell in rows:
        old, new = getattr(cell, kind), getattr(cell, f"new_{kind}")
        counts.setdefault(old, {}).setdefault(new, 0)
        counts[old][new] += cell.visits
        visits, moved = visits + cell.visits, moved + cell.moved
        changed += cell.visits if old != new else 0
    return Matrix(programme, counts, visits, changed, moved)
