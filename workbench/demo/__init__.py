"""The demo alliance: an invented medical alliance with a year of work behind it."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.db import connection, transaction

from followups.protocols.months import add_months
from journal import audit
from patients.models import Patient
from performance import rollup
from performance.models import Population, Target
from workbench.demo import (
    alliance,
    emergencies,
    episodes,
    figures,
    planned_days,
    protocol_versions,
    second_posts,
    sign_ins,
    standing,
    teamwork,
)
from workbench.demo.chance import Chance
from workbench.demo.papers import Papers
from workbench.demo.plans import Plans
from workbench.demo.residents import Resident, Span, Town
from workbench.demo.visits import Life
from workbench.demo.write import Rows


class NotEmpty(ValueError):
    """The database holds residents: the demo would stand among real records."""


@dataclass(frozen=True, slots=True)
class Built:
    """What was written: rows by table, indicator cells, and where the sign-ins are listed."""

    rows: dict[str, int]
    cells: int
    sign_ins: Path


def build(*, residents: int, months: int, seed: object, today: date) -> Built:
    """Build the demo with `residents` people and a history of `months` that ends the day before `today`.

    All of it is one transaction; the indicators are computed and the sign-ins listed when it stands. Raises NotEmpty.
    """
    span = Span(add_months(today, -months), today)
    with transaction.atomic():
        if Patient.objects.exists():
            raise NotEmpty("This database holds residents; the demo is built in an empty one only.")
        stage = alliance.build(Chance(seed, "staff"))
        second_posts.give(stage, today=today)
        teamwork.compose(stage, span)
        protocol_versions.begin(stage, today=today)
        people = list(Town(stage, span, seed).people(residents))
        rows = Rows()
        teamwork.hand_over(people, stage, span, rows, Chance(seed, "hand-overs"))
        _live(people, stage, span, rows, seed)
        standing.gather(people, stage, rows)
        rows.write(people, Chance(seed, "notices"))
        Papers(stage, Chance(seed, "papers"), today).write()
        emergencies.build(stage, today=today)
        told = frozenset(one.patient.pk for one in people if one.script)
        Plans(stage, Chance(seed, "plans"), today, told).write()
        planned_days.build(stage, Chance(seed, "planned-days"), today=today)
        protocol_versions.complete(stage, today=today)
        Population.objects.bulk_create(figures.populations(people, span, Chance(seed, "register")))
        Target.objects.bulk_create(figures.targets(span))
        detail = {"residents": len(people), "months": months, "seed": str(seed), "today": today.isoformat()}
        audit.record("demo.build", by=None, detail=detail)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    cells = rollup.full(on=today).cells
    return Built(rows.count(), cells, sign_ins.write(stage.sign_ins, stage.client))


def _live(people: list[Resident], stage: alliance.Stage, span: Span, rows: Rows, seed: object) -> None:
    """Live every managed life through the history, then set up what waits at the desks today."""
    lives = [Life(one, stage, span, rows) for one in people if one.enrolled]
    for life in lives:
        _through(life)
    episodes.open_cases(lives, Chance(seed, "desks"))
    for life in lives:
        life.leave()
        life.rows.add(*life.cupboard.taken, life.plan, *life.goals)


def _through(life: Life) -> None:
    """One life from the first follow-up to the last before today."""
    life.enter()
    for days_ago, script in life.one.script:
        life.see_as_written(days_ago, script)
    if life.one.script:
        return
    while True:
        if life.misses():
            continue
        on = life.comes_on()
        if on is None:
            return
        judged = life.see(on)
        life.answer(judged)
        episodes.perhaps(life, judged)
