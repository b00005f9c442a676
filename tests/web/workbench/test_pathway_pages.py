"""Pathways on the screen: who begins, whose step it is, who makes templates."""

from typing import Any

import pytest
from django.utils import timezone

from alliances.models import Role
from followups.models import Pathway, PathwayTemplate
from patients.models import Patient
from patients.programmes import Programme
from tests.db.followups.test_pathways import CODE, begun
from tests.world import World


@pytest.fixture
def patient(world: World) -> Patient:
    world.user("pharmacist", Role.PHARMACIST, world.centre)
    world.user("manager", Role.HEALTH_MANAGER, world.centre, care_team=world.team)
    return world.patient("李佩兰", Programme.HYPERTENSION)


def test_the_doctor_begins_a_pathway_with_consent(world: World, patient: Patient) -> None:
    doctor, address = world.browser("doctor"), f"/patients/{patient.pk}/pathways/"
    assert "社区血液透析路径" in doctor.get(address).content.decode()
    start = {"template": f"0:{CODE}", "department": world.cardiology.pk}
    assert doctor.post(address, start).status_code == 422
    assert doctor.post(address, start | {"consent": "on"}).status_code == 302
    assert doctor.post(address, start | {"consent": "on"}).status_code == 422  # runs already
    assert Pathway.objects.get().department == world.cardiology
    assert "社区血液透析路径" in doctor.get(f"/patients/{patient.pk}/plan/").content.decode()


def test_a_step_is_done_by_its_owner_and_left_out_by_the_doctor_too(world: World, patient: Patient) -> None:
    pathway = begun(world, patient, timezone.now())
    step = f"/pathways/{pathway.pk}/steps/"
    for part in ("nurse", "manager", "pharmacist", "specialist", "outsider"):
        assert world.browser(part).post(f"{step}1/", {"note": "x"}).status_code == 404
    world.browser("doctor").post(f"{step}1/", {"note": "近4次记录已附"})
    assert world.browser("doctor").post(f"{step}2/", {"note": "x"}).status_code == 404  # the specialist's
    assert world.browser("other_specialist").post(f"{step}2/", {"note": "x"}).status_code == 404
    world.browser("specialist").post(f"{step}2/", {"note": "同意"})
    world.browser("team_lead").post(f"{step}3/", {"note": "已建立"})
    world.browser("doctor").post(f"{step}4/", {"note": "沿用住院方案", "skip": "1"})
    world.browser("pharmacist").post(f"{step}5/", {"note": ""})  # the record is missing
    states = list(pathway.steps.order_by("position").values_list("status", flat=True))
    assert states[:6] == ["done", "done", "done", "skipped", "open", "waiting"]
    assert "沿用住院方案" in world.browser("nurse").get(f"/pathways/{pathway.pk}/").content.decode()


def test_ending_early_asks_for_a_reason_and_the_doctor(world: World, patient: Patient) -> None:
    pathway = begun(world, patient, timezone.now())
    for part in ("nurse", "specialist", "outsider"):
        assert world.browser(part).post(f"/pathways/{pathway.pk}/end/", {"why": "x"}).status_code == 404
    world.browser("doctor").post(f"/pathways/{pathway.pk}/end/", {"why": ""})
    pathway.refresh_from_db()
    assert pathway.status == "running"
    world.browser("doctor").post(f"/pathways/{pathway.pk}/end/", {"why": "转外院治疗"})
    assert "转外院治疗" in world.browser("doctor").get(f"/pathways/{pathway.pk}/").content.decode()


def lines(*names: str, **changes: Any) -> dict[str, Any]:
    """A posted template with steps of the nurse."""
    found: dict[str, Any] = {"steps-TOTAL_FORMS": len(names), "steps-INITIAL_FORMS": 0, "steps-MIN_NUM_FORMS": 0,
                             "steps-MAX_NUM_FORMS": 30}  # fmt: skip
    for index, name in enumerate(names):
        one = {"name": name, "role": "nurse", "days": 2, "unit": "working", "record": "", "source": "",
               "after": "previous" if index else "start"}  # fmt: skip
        found |= {f"steps-{index}-{key}": value for key, value in (one | changes).items()}
    return found


def test_an_alliance_administrator_makes_a_new_version(world: World) -> None:
    browser, address = world.browser("alliance_admin"), f"/pathway-templates/{CODE}/edit/"
    assert "社区血液透析路径" in browser.get("/pathway-templates/").content.decode()
    head = {
        "seen": 1,
        "alliance": world.alliance.pk,
        "name": "巴南透析路径",
        "programme": "ckd",
        "source": "医联体会议",
    }
    assert browser.post(address, head | lines("评估", days=-1)).status_code == 422
    assert browser.post(address, head | lines("")).status_code == 422  # no step is left
    assert browser.post(address, head | lines("评估", after="previous")).status_code == 422
    assert browser.post(address, head | lines("评估", "首次透析", "")).status_code == 302
    row = PathwayTemplate.objects.get()
    assert (row.number, [step["name"] for step in row.steps]) == (2, ["评估", "首次透析"])
    assert browser.post(address, head | lines("评估")).status_code == 422  # over a stale page
    assert "巴南透析路径" in browser.get(f"/pathway-templates/{CODE}/").content.decode()


@pytest.mark.parametrize("part", ["doctor", "specialist", "centre_admin", "privacy_officer"])
def test_nobody_else_sees_the_templates_page(world: World, part: str) -> None:
    assert world.browser(part).get("/pathway-templates/").status_code == 404
    assert world.browser(part).get(f"/pathway-templates/{CODE}/edit/").status_code == 404


def test_an_unknown_template_does_not_exist(world: World) -> None:
    assert world.browser("alliance_admin").get("/pathway-templates/moon/").status_code == 404
