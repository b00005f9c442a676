"""What the protocols say of visits, as rows for the archive. Pure: no database, no clock."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from uuid import UUID

from followups.models import Assessment
from followups.protocols.assessment import Case, Decision, Outcome, Person, Reason, Visit
from followups.protocols.versions import DEFAULT_TIMETABLE, Timetable
from patients.models import Encounter
from patients.readings import Number


@dataclass(frozen=True, slots=True)
class Judged:
    """One visit with what the protocols said of it."""

    encounter: Encounter
    decision: Decision

    def rows(self) -> list[Assessment]:
        """Unsaved assessments, one a programme."""
        return assessment_rows(self.encounter, self.decision)


Further = Mapping[str, Number]
NOTHING: Final[Further] = MappingProxyType({})


def judge(
    person: Person,
    encounters: Iterable[Encounter],
    history: Sequence[Visit] = (),
    *,
    further: Mapping[UUID, Further] = MappingProxyType({}),
    by: Timetable = DEFAULT_TIMETABLE,
) -> Iterator[Judged]:
    """Judge visits of one person one after the other, each against those of earlier days only.

    For bulk importers: `encounters` may come in any order, unsaved; each needs `programmes` when it differs from
    `person.conditions`. `history` are visits already in the archive, `further` the readings of the encounters beyond
    the ten of the form, by id. `by` holds the versions of the settings (`versions.timetable`): each visit is judged by
    that of its own day. Raises CaseError for what cannot be judged.
    """
    known = list(history)
    for encounter in sorted(encounters, key=lambda each: each.on):
        visit = visit_of(encounter, further.get(encounter.pk, NOTHING))
        earlier = tuple(each for each in known if each.on < visit.on)
        conditions = tuple(encounter.programmes or person.conditions)
        whom = Person(
            birth_date=person.birth_date,
            conditions=conditions,
            sex=person.sex,
            pregnant=encounter.pregnant,
            lactating=encounter.lactating,
            ldl_target=person.ldl_target,
        )
        yield Judged(encounter, by.on(visit.on).assess(Case(whom, visit, earlier)))
        known.append(visit)


def visit_of(encounter: Encounter, further: Further = NOTHING) -> Visit:
    """A stored (or unsaved) visit as the protocols see it, with what else was measured at it (LDL, CAT, ...)."""
    return Visit(
        on=encounter.on,
        observations={**encounter.observations(), **further},  # type: ignore[dict-item]
        danger_signs=frozenset(encounter.danger_signs),
        adverse_reaction=frozenset(encounter.adverse_reaction),
        new_complication=frozenset(encounter.new_complication),
        method=encounter.method,
        findings=encounter.findings,
    )


def assessment_rows(encounter: Encounter, decision: Decision) -> list[Assessment]:
    """The decision as unsaved rows, one a programme, with organization and team of the visit."""
    return [_row(encounter, programme, outcome) for programme, outcome in decision.programmes.items()]


def _row(encounter: Encounter, programme: str, outcome: Outcome) -> Assessment:
    return Assessment(
        encounter_id=encounter.pk,
        patient_id=encounter.patient_id,
        organization_id=encounter.organization_id,
        care_team_id=encounter.care_team_id,
        programme=programme,
        on=encounter.on,
        klass=outcome.klass.value,
        action=outcome.action.value if outcome.action else None,
        rule=outcome.rule,
        protocol_version=outcome.version,
        source=outcome.source,
        section=outcome.section,
        reasons=reasons_data(outcome.reasons),
        missing=list(outcome.missing),
        red_flags=list(outcome.red_flags),
    )


def reasons_data(reasons: Iterable[Reason]) -> list[dict[str, object]]:
    """Reasons as stored: msgid and values, so that they can be read in any language."""
    return [{"text": reason.text, "params": dict(reason.params), "rule": reason.rule} for reason in reasons]
