"""Records of another system become visits through the same use-case as the form; each record has its own outcome."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from accounts.tokens import Holder
from alliances.permissions import Permission
from exchange import pushed_days
from exchange.pushed import Malformed, parsed, readable, uuid
from exchange.pushed_days import OLD_VERSION
from followups import overrides, visits
from followups.entry.visit import Fault, VisitRefused
from followups.models import AssessmentOverride
from followups.standing import lock
from followups.visits import Entry, Recorded, amending
from followups.visits.sameness import differs
from patients.models import Encounter, Patient
from patients.models.encounter import EntrySource

KINDS = ("encounter", pushed_days.KIND)
UNKNOWN_PATIENT = Fault("data.patient", "unknown", _("This resident is not known."))
TAKEN = Fault("id", "conflict", _("This id cannot be used."))


@dataclass
class Outcome:
    """What became of one record. `clash` is the visit that stands when there is a conflict."""

    id: str
    kind: str = "encounter"
    status: str = "rejected"
    version: int | None = None
    faults: Sequence[Fault] = ()
    clash: UUID | None = None

    @property
    def errors(self) -> list[dict[str, str]]:
        """The faults in words of the asked language."""
        return [
            {"field": readable(f.field), "code": f.code, "message": readable(f.sentence(gettext))}
            for f in self.faults
        ]


@dataclass
class _Batch:
    """The records that got as far as an entry, by their place in the request."""

    outcomes: list[Outcome]
    entries: dict[int, Entry] = field(default_factory=dict)
    versions: dict[int, int] = field(default_factory=dict)
    amendments: dict[int, tuple[Encounter, Entry]] = field(default_factory=dict)
    taken_back: set[int] = field(default_factory=set)
    days: dict[int, pushed_days.PlannedDay] = field(default_factory=dict)


def push(records: Sequence[Any], *, by: Holder, at: datetime) -> list[Outcome]:
    """Write what can be written, in the running transaction. New visits take the same statements for one as for a
    thousand; an amendment is one use-case each."""
    batch = _read(records, at)
    _refuse_strangers(batch, by)
    due = pushed_days.known(batch.days, by)
    people = {entry.patient_id for entry in batch.entries.values()}
    lock(people | {row.patient_id for row in due.values()})
    _compare_versions(batch, by)
    places = list(batch.entries)
    done = visits.record_all([batch.entries[place] for place in places], by=by, source=EntrySource.API)
    for place, result in zip(places, done, strict=True):
        _settle(batch.outcomes[place], result)
    for place, (visit, entry) in batch.amendments.items():
        _amend(batch.outcomes[place], visit, entry, by, keep=place not in batch.taken_back)
    for place, asked in batch.days.items():
        planned, outcome = pushed_days.write(due.get(place), asked, by=by, at=at), batch.outcomes[place]
        outcome.status, outcome.version = planned.status, planned.version
        outcome.faults, outcome.clash = planned.faults, planned.clash
    return batch.outcomes


def _read(records: Sequence[Any], at: datetime) -> _Batch:
    batch = _Batch([Outcome(_id_text(record)) for record in records])
    for place, record in enumerate(records):
        try:
            kind, key, version, data = _envelope(record)
            batch.outcomes[place].kind = kind
            if kind == pushed_days.KIND:
                batch.days[place] = pushed_days.parsed(data, key=key, version=version)
                continue
            batch.entries[place] = parsed(data, key=key, at=at)
        except VisitRefused as refused:
            outer = {"id", "kind", "data", "base_version", ""}
            inner = batch.outcomes[place].kind != pushed_days.KIND
            inner = inner and not any(f.field in outer for f in refused.faults)
            batch.outcomes[place].faults = _within_data(refused) if inner else refused.faults
            continue
        if version is not None:
            batch.versions[place] = version
        if "override" in data and data["override"] is None:
            batch.taken_back.add(place)
    return batch


def _id_text(record: Any) -> str:
    return readable(str(record.get("id", ""))[:60]) if isinstance(record, Mapping) else ""


def _envelope(record: Any) -> tuple[str, UUID, int | None, Mapping[str, Any]]:
    """Kind, id, base version and data of a record. VisitRefused when it is not one that we take."""
    if not isinstance(record, Mapping):
        raise VisitRefused(Fault("", "malformed", _("An object is expected.")))
    if (kind := record.get("kind")) not in KINDS:
        text = _("Only records of the kinds %(kinds)s can be sent.")
        raise VisitRefused(Fault("kind", "unsupported", text, {"kinds": ", ".join(KINDS)}))
    try:
        key = uuid(record.get("id"))
    except Malformed as fault:
        raise VisitRefused(Fault("id", "malformed", str(fault))) from None
    version, data = record.get("base_version"), record.get("data")
    if version is not None and (not isinstance(version, int) or isinstance(version, bool)):
        raise VisitRefused(Fault("base_version", "malformed", _("A whole number or null is expected.")))
    if not isinstance(data, Mapping):
        raise VisitRefused(Fault("data", "malformed", _("An object is expected.")))
    return kind, key, version, data


def _within_data(refused: VisitRefused) -> list[Fault]:
    return [Fault(f"data.{f.field}", f.code, f.text, f.params) for f in refused.faults]


def _refuse_strangers(batch: _Batch, by: Holder) -> None:
    """A resident whom the caller may not see is as unknown as one who does not exist: one statement."""
    wanted = {entry.patient_id for entry in batch.entries.values()}
    theirs = Patient.objects.visible_to(by, doing=Permission.VISIT_RECORD).filter(pk__in=wanted)
    seen = set(theirs.values_list("pk", flat=True))
    for place, entry in list(batch.entries.items()):
        if entry.patient_id not in seen:
            batch.outcomes[place].faults = [UNKNOWN_PATIENT]
            del batch.entries[place]


def _compare_versions(batch: _Batch, by: Holder) -> None:
    """Set aside what builds on the version that stands (an amendment, or the same again) and what builds on nothing: two
    statements, none without base versions. The rest builds on an old version: the use-case tells."""
    keys = {place: batch.entries[place].id for place in batch.versions if place in batch.entries}
    if not keys:
        return
    stored = Encounter.objects.visible_to(by).prefetch_related("further_observations").in_bulk(keys.values())
    decided = overrides.stored(stored)
    for place, key in keys.items():
        entry, row = batch.entries[place], stored.get(key)
        if row is None or row.patient_id != entry.patient_id:
            batch.outcomes[place].status, batch.outcomes[place].faults = "conflict", [TAKEN]
            del batch.entries[place]
        elif row.version == batch.versions[place]:
            _set_aside(batch, place, row, decided.get(row.pk, []))


def _set_aside(batch: _Batch, place: int, row: Encounter, known: list[AssessmentOverride]) -> None:
    """A record on the version that stands: an amendment, or the same again."""
    entry = batch.entries.pop(place)
    if known and overrides.same(entry.reading.override, known):
        # Sent back as it was read: the decision stays its author's, and stands while its ground does.
        entry = replace(entry, reading=replace(entry.reading, override=None))
    decides = entry.reading.override is not None or (bool(known) and place in batch.taken_back)
    if decides or differs(row, entry.reading, on=entry.on, method=entry.method):
        batch.amendments[place] = (row, entry)
    else:
        batch.outcomes[place].status, batch.outcomes[place].version = "identical", row.version


def _amend(outcome: Outcome, visit: Encounter, entry: Entry, by: Holder, *, keep: bool) -> None:
    try:
        amended = amending.amend(
            visit, entry.reading, on=entry.on, method=entry.method, by=by, recorded_at=entry.recorded_at,
            version=visit.version, keep=keep,
        )  # fmt: skip
    except amending.Outdated as outdated:  # two records of one request amend the same visit
        outcome.status, outcome.faults, outcome.clash = "conflict", [OLD_VERSION], outdated.encounter.pk
    except VisitRefused as refused:
        outcome.faults = _within_data(refused)
    else:
        outcome.status = "updated" if amended.version != visit.version else "identical"
        outcome.version = amended.version


def _settle(outcome: Outcome, result: Recorded | VisitRefused) -> None:
    if isinstance(result, VisitRefused):
        outcome.faults = _within_data(result)
        return
    outcome.status = result.status
    if result.encounter is not None:
        outcome.version = result.encounter.version
    if result.status == "conflict":
        outcome.faults = [OLD_VERSION if result.encounter is not None else TAKEN]
        outcome.clash = result.encounter.pk if result.encounter is not None else None
