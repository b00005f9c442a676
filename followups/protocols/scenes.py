"""A visit and the visits before it as the rules of one programme see them: what was found, and what follows from it."""

from collections.abc import Iterable, Iterator
from datetime import date

from followups.protocols.conditions import Scene
from followups.protocols.definition import DEFAULTS, Protocol, Settings
from followups.protocols.evidence import Case, Person, Visit
from followups.protocols.months import add_months, age_on
from patients.kidney import egfr
from patients.readings import Number


def scene_of(case: Case, programme: str, protocol: Protocol | None, settings: Settings) -> Scene:
    """The visit of the case, with the earlier ones, latest first."""

    def seen(visit: Visit, flags: Iterable[str] = (), earlier: tuple[Scene, ...] = ()) -> Scene:
        harm = (
            name for name in ("adverse_reaction", "new_complication") if programme in getattr(visit, name)
        )
        numbers = dict(visit.observations)
        if protocol is not None:
            numbers |= _following(visit, case.patient, protocol, settings)
            numbers |= dict(_lent(visit, case.history, protocol.lasting, settings))
        return Scene(
            visit.on, numbers, visit.danger_signs, frozenset((*flags, *harm)), earlier, visit.findings
        )

    before = sorted(case.history, key=lambda visit: visit.on, reverse=True)
    # Pregnancy is known of today only, so earlier visits go without.
    today = [name for name in ("pregnant", "lactating") if getattr(case.patient, name)]
    return seen(case.visit, today, tuple(seen(visit) for visit in before))


def _following(visit: Visit, person: Person, protocol: Protocol, settings: Settings) -> dict[str, Number]:
    """What follows from the person and the readings: the age of the visit's day, today's LDL target, filtration."""
    numbers: dict[str, Number] = {"ldl_target": ldl_target_of(person, settings)}
    if person.birth_date is None:
        return numbers
    age = age_on(person.birth_date, visit.on)
    if "egfr" in protocol.reads and "creatinine" in visit.observations:
        rate = egfr(person.sex, age, visit.observations["creatinine"], settings.egfr_formula)
        numbers |= {} if rate is None else {"egfr": rate}
    return numbers | {"age": age}


def _lent(
    visit: Visit, others: Iterable[Visit], lasting: tuple[str, ...], settings: Settings
) -> Iterator[tuple[str, Number]]:
    """For each lasting reading that the visit did not take, the last of an earlier day, the highest of that day."""
    oldest = add_months(visit.on, -settings.again_within_months) if lasting else date.max
    for name in lasting:
        if name not in visit.observations:
            taken = [
                (other.on, other.observations[name])
                for other in others
                if name in other.observations and oldest <= other.on < visit.on
            ]
            if taken:
                yield name, max(taken)[1]


def ldl_target_of(person: Person, settings: Settings = DEFAULTS) -> Number:
    """The LDL that decides the class in dyslipidaemia: the person's own, else that of the settings (`ldl_by_risk`)."""
    if person.ldl_target is not None:
        return person.ldl_target
    if settings.ldl_by_risk and not {"stroke", "chd"}.isdisjoint(person.conditions):
        return min(settings.vascular_ldl, settings.ldl_target)
    return settings.ldl_target
