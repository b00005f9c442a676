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
            numbers |= dict(_known(visit, case, protocol, settings))
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


def _known(visit: Visit, case: Case, protocol: Protocol, settings: Settings) -> Iterator[tuple[str, Number]]:
    """For each lasting reading `known_<reading>`: that of the visit, else the last of an earlier day, the highest of that
    day. The same time counts for every visit of the case, so that what lies before it changes nothing."""
    oldest = add_months(case.visit.on, -settings.again_within_months) if protocol.lasting else date.max
    for name in protocol.lasting:
        own = visit.observations.get(name)
        taken = [
            (other.on, other.observations[name])
            for other in case.history
            if own is None and name in other.observations and oldest <= other.on < visit.on
        ]
        if own is not None or taken:
            yield f"known_{name}", max(taken)[1] if own is None else own


def ldl_target_of(person: Person, settings: Settings = DEFAULTS) -> Number:
    """The LDL that decides the class in dyslipidaemia: the person's own, else that of the settings (`ldl_by_risk`)."""
    if person.ldl_target is not None:
        return person.ldl_target
    if settings.ldl_by_risk and not {"stroke", "chd"}.isdisjoint(person.conditions):
        return min(settings.vascular_ldl, settings.ldl_target)
    return settings.ldl_target
