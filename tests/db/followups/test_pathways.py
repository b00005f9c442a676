"""The community haemodialysis pathway from its start to its end, and what may stop it."""

from datetime import date, datetime
from typing import Any

import pytest
from django.utils import timezone

from followups.models import Pathway, PathwayStep, PathwayStepHistory, PathwayTemplate
from followups.plans.pathways import catalogue, running
from followups.plans.pathways.definition import Template, TemplateRefused, steps_of, template_of
from followups.plans.pathways.running import PathwayRefused
from patients import enrolment
from patients.models import AccessGrant, Patient, Task
from patients.programmes import Programme
from tests.at_once import at_once
from tests.guards.audit import audited_commits
from tests.world import World, at

FRIDAY = at("2026-11-20T10:00")
CODE = "community-haemodialysis"


@pytest.fixture
def patient(world: World) -> Patient:
    return world.patient("李佩兰", Programme.HYPERTENSION)


def begun(world: World, patient: Patient, moment: datetime = FRIDAY, **given: Any) -> Pathway:
    start: dict[str, Any] = {"department": world.cardiology, "consent": True, "by": world.doctor}
    return running.start(patient, catalogue.built_in()[CODE], at=moment, **(start | given))


def states(pathway: Pathway) -> list[str]:
    return list(pathway.steps.order_by("position").values_list("status", flat=True))


def open_owner() -> tuple[str, date]:
    task = Task.objects.open().get(kind="pathway_step")
    assert task.due_at is not None
    return task.role, timezone.localdate(task.due_at)


def test_the_haemodialysis_pathway_has_its_four_parts_and_all_owners() -> None:
    template = catalogue.built_in()[CODE]
    sources = " ".join(step.source for step in template.steps)
    for part in ("专家支持", "绿色通道", "个体化方案", "健康教育"):
        assert part in sources
    owners = {str(step.role) for step in template.steps}
    assert owners == {"general_practitioner", "specialist", "pharmacist", "nurse", "health_manager"}
    assert template.asks_department
    assert all(step.record for step in template.steps)


def test_the_pathway_runs_from_step_to_step_and_ends(world: World, patient: Patient) -> None:
    with audited_commits():
        pathway = begun(world, patient)
    assert Patient.objects.visible_to(world.specialist).get() == patient
    assert open_owner() == ("general_practitioner", date(2026, 11, 25))  # Friday and three working days
    running.finish(pathway, 1, "近4次记录已附", by=world.doctor, at=at("2026-11-23T09:00"))
    assert states(pathway)[:3] == ["done", "open", "waiting"]
    assert open_owner() == ("specialist", date(2026, 11, 30))
    assert Task.objects.open().get(kind="pathway_step").department == world.cardiology
    running.skip(pathway, 2, "已于住院期间会诊", by=world.specialist, at=at("2026-11-24T09:00"))
    for position in range(3, 10):
        running.finish(pathway, position, "已记录", by=world.doctor, at=at("2026-12-01T09:00"))
    pathway.refresh_from_db()
    assert (pathway.status, states(pathway).count("done")) == ("completed", 8)
    assert not Task.objects.open().filter(kind="pathway_step").exists()
    assert AccessGrant.objects.get(basis_id=pathway.pk).period.upper == date(
        2027, 1, 1
    )  # 30 days after, inclusive
    assert PathwayStepHistory.objects.filter(status="open").count() == 9


@pytest.mark.parametrize(
    ("change", "field"), [({"department": None}, "department"), ({"consent": False}, "consent")]
)
def test_it_does_not_begin_without_department_or_consent(
    world: World, patient: Patient, change: dict[str, Any], field: str
) -> None:
    with pytest.raises(PathwayRefused) as refused:
        begun(world, patient, **change)
    assert refused.value.field == field
    assert not AccessGrant.objects.exists()


def test_the_same_pathway_does_not_run_twice(world: World, patient: Patient) -> None:
    begun(world, patient)
    with pytest.raises(PathwayRefused, match="already"):
        begun(world, patient)


def test_a_step_needs_its_record_and_a_skipped_one_its_reason(world: World, patient: Patient) -> None:
    pathway = begun(world, patient)
    with pytest.raises(PathwayRefused, match="asks for"):
        running.finish(pathway, 1, " ", by=world.doctor, at=FRIDAY)
    with pytest.raises(PathwayRefused, match="left out"):
        running.skip(pathway, 1, "", by=world.doctor, at=FRIDAY)
    with pytest.raises(PathwayRefused, match="not open"):
        running.finish(pathway, 2, "x", by=world.specialist, at=FRIDAY)


def test_an_open_step_is_overdue_from_the_day_after_its_clock(world: World, patient: Patient) -> None:
    step = begun(world, patient).steps.get(position=1)
    assert not step.is_overdue(on=date(2026, 11, 25))
    assert step.is_overdue(on=date(2026, 11, 26))


def test_ending_early_cancels_what_is_open(world: World, patient: Patient) -> None:
    pathway = begun(world, patient)
    running.end(pathway, "转外院治疗", by=world.doctor, at=FRIDAY)
    assert set(states(pathway)) == {"cancelled"}
    assert not Task.objects.open().filter(kind="pathway_step").exists()
    with pytest.raises(PathwayRefused, match="ended already"):
        running.end(pathway, "again", by=world.doctor, at=FRIDAY)
    assert begun(world, patient).status == "running"


def test_a_death_ends_the_pathway(world: World, patient: Patient) -> None:
    pathway = begun(world, patient)
    enrolment.died(patient, on=timezone.localdate(), by=world.doctor)
    pathway.refresh_from_db()
    assert (pathway.status, pathway.ended_why) == ("ended", "died")
    assert set(states(pathway)) == {"cancelled"}
    assert not Task.objects.open().exists()


def test_a_step_is_settled_once_by_two_at_once(committed_world: World) -> None:
    world = committed_world
    pathway = begun(world, world.patient("李佩兰", Programme.HYPERTENSION))
    answers = at_once(
        lambda: running.finish(pathway, 1, "甲", by=world.doctor, at=FRIDAY),
        lambda: running.finish(pathway, 1, "乙", by=world.colleague, at=FRIDAY),
    )
    assert sum(isinstance(answer, PathwayRefused) for answer in answers) == 1, answers
    assert PathwayStep.objects.filter(status="open").get().position == 2


# ---- templates


def edited(template: Template, **changes: Any) -> dict[str, Any]:
    start = {
        "name": template.name,
        "source": template.source,
        "programme": template.programme,
        "steps": template.steps,
    }
    return start | changes


def test_an_alliance_makes_its_own_version_and_running_pathways_stay_as_they_were(
    world: World, patient: Patient
) -> None:
    old = begun(world, patient)
    base = catalogue.built_in()[CODE]
    row = catalogue.publish(
        CODE, world.alliance, **edited(base, name="巴南透析路径", steps=base.steps[:2]), seen=base.number,
        by=world.alliance_admin, at=FRIDAY,
    )  # fmt: skip
    assert row.number == 2
    assert old.steps.count() == 9
    (offered,) = catalogue.for_patient(patient, on=FRIDAY.date())
    assert (offered.name, offered.number, len(offered.steps)) == ("巴南透析路径", 2, 2)
    stranger = world.patient("王秀英")
    stranger.organization_id = 0
    assert [one.number for one in catalogue.for_patient(stranger, on=FRIDAY.date())] == [1]


def test_of_two_editors_the_second_is_told(world: World) -> None:
    base = catalogue.built_in()[CODE]
    about = {"seen": base.number, "by": world.alliance_admin, "at": FRIDAY}
    catalogue.publish(CODE, world.alliance, **edited(base), **about)
    with pytest.raises(TemplateRefused, match="meanwhile"):
        catalogue.publish(CODE, world.alliance, **edited(base), **about)
    assert PathwayTemplate.objects.count() == 1


GOOD = {"name": "x", "role": "nurse", "clock": {"days": 1, "working": True, "after": "start"}}


@pytest.mark.parametrize(
    ("change", "message"),
    [({"name": " "}, "name"), ({"role": "operator"}, "owner"), ({"clock": {"days": -1}}, "clock"),
     ({"clock": {"days": 1, "working": True, "after": "moon"}}, "clock"),
     ({"clock": {"days": 1, "working": True, "after": "previous"}}, "first step")],
)  # fmt: skip
def test_a_template_that_is_none_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(TemplateRefused, match=message):
        steps_of([GOOD | change])


def test_a_template_without_steps_or_name_or_with_an_unknown_programme_is_refused() -> None:
    for change in ({"steps": []}, {"name": ""}, {"programme": "moon"}, {"steps": [GOOD] * 31}):
        with pytest.raises(TemplateRefused):
            template_of({"code": "x", "number": 1, "name": "x", "steps": [GOOD], **change})
