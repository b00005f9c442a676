"""The plan on the screen: who proposes, who signs, who agrees on goals, and who meets nothing."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from alliances.models import Role
from followups.models import CarePlan, Intervention, LifestyleGoal, PlanProposal
from followups.plans import proposals
from followups.plans.content import Content
from followups.plans.department_access import open_record
from journal.keys import new_key
from journal.models import AuditEvent
from patients.models import Patient, Task
from patients.programmes import Programme
from tests.db.followups.test_proposals import sent, signed
from tests.world import World


@pytest.fixture
def patient(world: World) -> Patient:
    world.user("manager", Role.HEALTH_MANAGER, world.centre, care_team=world.team)
    return world.patient("李佩兰", Programme.HYPERTENSION)


def written(**changes: Any) -> dict[str, Any]:
    start = {
        "diagnosis": "高血压2级", "treatment": "氨氯地平 5 mg", "advice": "低盐", "systolic_high": "140",
        "review_on": (timezone.localdate() + timedelta(days=90)).isoformat(), "why": "两次血压不达标", "seen": "",
    }  # fmt: skip
    return start | changes


def page(browser: Client, patient: Patient, part: str = "") -> str:
    return browser.get(f"/patients/{patient.pk}/plan/{part}").content.decode()


def test_the_gp_proposes_the_specialist_signs_the_gp_takes_over(world: World, patient: Patient) -> None:
    doctor, specialist = world.browser("doctor"), world.browser("specialist")
    assert specialist.get(f"/patients/{patient.pk}/plan/").status_code == 404
    form = page(doctor, patient, "propose/")
    assert "考核线 &lt;150 · 临床目标 &lt;130 mmHg" in form
    answer = doctor.post(
        f"/patients/{patient.pk}/plan/propose/",
        written(send="1", consent="on", department=world.cardiology.pk),
    )
    assert (answer.status_code, answer["Location"]) == (302, f"/patients/{patient.pk}/plan/")
    assert "待签署" in page(doctor, patient)
    assert "李佩兰" in specialist.get("/tasks/awaiting/").content.decode()
    assert "李佩兰" in specialist.get("/tasks/").content.decode()
    proposal = PlanProposal.objects.get()
    seen = {"revision": 0, "proposal": proposal.pk, "proposal_version": proposal.version}
    assert "两次血压不达标" in page(specialist, patient, "sign/")
    answer = specialist.post(f"/patients/{patient.pk}/plan/sign/", written(treatment="缬沙坦 80 mg", **seen))
    assert answer.status_code == 302
    plan = CarePlan.objects.get(patient=patient)
    assert (plan.revision, plan.treatment) == (1, "缬沙坦 80 mg")
    shown = page(doctor, patient)
    assert "plan/take-over/" in shown
    assert "临床目标" in shown
    doctor.post(f"/patients/{patient.pk}/plan/take-over/")
    assert "plan/take-over/" not in page(doctor, patient)
    assert AuditEvent.objects.filter(action="care-plan.take-over").count() == 1


def test_a_draft_is_kept_and_what_is_missing_is_said(world: World, patient: Patient) -> None:
    doctor, address = world.browser("doctor"), f"/patients/{patient.pk}/plan/propose/"
    for change in (
        {"diagnosis": ""},
        {"systolic_high": "900"},
        {"review_on": "2020-01-01"},
        {"systolic_low": "150"},
    ):
        assert doctor.post(address, written(draft="1", **change)).status_code == 422
    assert (
        doctor.post(address, written(send="1", department=world.cardiology.pk)).status_code == 422
    )  # no consent
    assert doctor.post(address, written(send="1", consent="on")).status_code == 422
    assert not PlanProposal.objects.exists()
    assert doctor.post(address, written(draft="1")).status_code == 302
    assert PlanProposal.objects.get().status == "draft"
    assert "氨氯地平 5 mg" in page(doctor, patient, "propose/")


def test_a_draft_over_a_stale_page_shows_what_stands_now_and_keeps_what_was_typed(
    world: World, patient: Patient
) -> None:
    proposals.save_draft(patient, Content("高血压1级"), "", seen=None, by=world.colleague, at=timezone.now())
    answer = world.browser("doctor").post(f"/patients/{patient.pk}/plan/propose/", written(draft="1"))
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "高血压1级" in text
    assert "高血压2级" in text
    assert f'name="seen" value="{PlanProposal.objects.get().version}"' in text


def test_a_specialist_who_was_second_sees_what_changed_and_signs_knowingly(
    world: World, patient: Patient
) -> None:
    proposal = sent(world, patient)
    signed(world, patient, proposal, by=world.second_specialist)
    specialist, address = world.browser("specialist"), f"/patients/{patient.pk}/plan/sign/"
    stale = {"revision": 0, "proposal": proposal.pk, "proposal_version": proposal.version}
    answer = specialist.post(address, written(treatment="缬沙坦 80 mg", **stale))
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "已有人先行" in text
    assert "缬沙坦 80 mg" in text
    assert 'name="revision" value="1"' in text
    again = {"revision": 1, "proposal": "", "proposal_version": ""}
    assert specialist.post(address, written(treatment="缬沙坦 80 mg", **again)).status_code == 302
    assert CarePlan.objects.get(patient=patient).revision == 2


def test_a_proposal_is_sent_back_from_the_page(world: World, patient: Patient) -> None:
    proposal = sent(world, patient)
    specialist = world.browser("specialist")
    address = f"/patients/{patient.pk}/plan/send-back/"
    specialist.post(address, {"seen": proposal.version, "reason": ""})
    proposal.refresh_from_db()
    assert proposal.status == "sent"
    specialist.post(address, {"seen": proposal.version, "reason": "请补充尿蛋白"})
    proposal.refresh_from_db()
    assert (proposal.status, proposal.answer) == ("sent_back", "请补充尿蛋白")
    assert "请补充尿蛋白" in page(world.browser("doctor"), patient)
    assert "李佩兰" in world.browser("doctor").get("/tasks/").content.decode()


@pytest.mark.parametrize("part", ["doctor", "nurse", "manager", "team_lead", "other_specialist", "outsider"])
def test_only_a_specialist_of_the_granted_department_signs(world: World, patient: Patient, part: str) -> None:
    sent(world, patient)
    browser = world.browser(part)
    for step in ("sign", "send-back"):
        assert browser.post(f"/patients/{patient.pk}/plan/{step}/", written()).status_code == 404
    assert not CarePlan.objects.filter(revision__gt=0).exists()


@pytest.mark.parametrize("part", ["nurse", "manager", "specialist", "outsider"])
def test_only_the_residents_doctors_propose(world: World, patient: Patient, part: str) -> None:
    sent(world, patient)
    browser = world.browser(part)
    for step in ("propose", "take-back", "take-over"):
        assert browser.post(f"/patients/{patient.pk}/plan/{step}/", written()).status_code == 404


def test_a_specialist_signs_for_the_own_department_only_while_its_grant_runs(
    world: World, patient: Patient
) -> None:
    proposal = sent(world, patient)
    assert world.browser("specialist").get(f"/patients/{patient.pk}/plan/sign/").status_code == 200
    proposals.take_back(
        patient, seen=proposal.version, by=world.doctor, at=timezone.now() - timedelta(days=2)
    )
    assert world.browser("specialist").get(f"/patients/{patient.pk}/plan/sign/").status_code == 404


def test_a_hidden_key_makes_nobody_answer_a_proposal_to_another_department(
    world: World, patient: Patient
) -> None:
    proposal = sent(world, patient)
    on = timezone.localdate()
    open_record(patient, world.endocrinology, basis_id=new_key(), on=on, by=world.doctor)
    other, address = world.browser("other_specialist"), f"/patients/{patient.pk}/plan/sign/"
    assert str(proposal.pk) not in other.get(address).content.decode()
    forged = {"revision": 0, "proposal": proposal.pk, "proposal_version": proposal.version}
    assert other.post(address, written(**forged)).status_code == 409
    proposal.refresh_from_db()
    assert proposal.status == "sent"
    assert not CarePlan.objects.filter(revision__gt=0).exists()


def test_the_health_manager_agrees_logs_and_withdraws(world: World, patient: Patient) -> None:
    manager, root = world.browser("manager"), f"/patients/{patient.pk}"
    soon = (timezone.localdate() + timedelta(days=60)).isoformat()
    goal = {"kind": "salt", "baseline": "10", "target": "5", "by_on": soon, "aim": "少吃咸菜"}
    assert manager.post(f"{root}/lifestyle/", goal).status_code == 422  # not agreed with the patient
    assert manager.post(f"{root}/lifestyle/", goal | {"agreed": "on"}).status_code == 302
    session = {"kind": "salt", "method": "phone", "on": timezone.localdate().isoformat(), "minutes": "15",
               "what": "教用限盐勺", "progress": "8", "next_on": soon}  # fmt: skip
    assert manager.post(f"{root}/interventions/", session | {"minutes": "0"}).status_code == 422
    assert manager.post(f"{root}/interventions/", session).status_code == 302
    text = page(manager, patient)
    for words in ("少吃咸菜", "教用限盐勺", "克/天"):
        assert words in text
    assert "李佩兰" in manager.get("/tasks/").content.decode()
    row = Intervention.objects.get()
    manager.post(f"{root}/interventions/{row.pk}/withdraw/", {"why": "记错了居民"})
    assert "记错了居民" in page(manager, patient)
    found = LifestyleGoal.objects.get()
    manager.post(f"{root}/lifestyle/{found.pk}/end/", {"state": "given_up", "why": ""})
    found.refresh_from_db()
    assert found.state == "active"
    manager.post(f"{root}/lifestyle/{found.pk}/end/", {"state": "reached", "why": ""})
    found.refresh_from_db()
    assert found.state == "reached"


@pytest.mark.parametrize("part", ["nurse", "specialist", "outsider"])
def test_nobody_else_agrees_or_logs(world: World, patient: Patient, part: str) -> None:
    sent(world, patient)
    browser = world.browser(part)
    for address in ("lifestyle", "interventions"):
        assert browser.get(f"/patients/{patient.pk}/{address}/").status_code == 404


def test_each_role_has_its_own_tasks(world: World, patient: Patient) -> None:
    world.user("pharmacist", Role.PHARMACIST, world.centre)
    sent(world, patient)
    for role in ("nurse", "pharmacist", "health_manager", "general_practitioner"):
        Task.objects.create(patient=patient, kind="pathway_step", role=role, organization=world.centre,
                            care_team=world.team, basis_kind="pathwaystep", basis_id="1", reasons=[])  # fmt: skip
    expected = {"nurse": 1, "pharmacist": 1, "manager": 1, "doctor": 1, "team_lead": 1, "specialist": 1,
                "other_specialist": 0, "outsider": 0}  # fmt: skip
    found = {
        part: world.browser(part).get("/tasks/").content.decode().count('data-yl="row"') for part in expected
    }
    assert found == expected


def test_the_lists_page_by_cursor_at_a_fixed_cost(
    world: World, patient: Patient, django_assert_max_num_queries: Any
) -> None:
    Task.objects.bulk_create(
        Task(patient=patient, kind="intervention", role="general_practitioner", organization=world.centre,
             care_team=world.team, due_at=timezone.now() + timedelta(days=n // 2))
        for n in range(35)
    )  # fmt: skip
    doctor = world.browser("doctor")
    with django_assert_max_num_queries(
        5 + 2
    ):  # session, user, factor, posts, numbers of the navigation; count, page
        first = doctor.get("/tasks/").content.decode()
    assert first.count('data-yl="row"') == 30
    assert '<span class="yl-nav-n">35</span>' in first
    after = first.split("after=")[1].split('"')[0]
    second = doctor.get(f"/tasks/?after={after}").content.decode()
    assert second.count('data-yl="row"') == 5
    assert doctor.get("/tasks/?after=nonsense").content.decode().count('data-yl="row"') == 30


def test_a_plan_stands_in_the_reviews_of_its_specialist_and_its_doctor(
    world: World, patient: Patient
) -> None:
    day = timezone.localdate() + timedelta(days=10)
    signed(world, patient, sent(world, patient), content=Content("高血压2级", review_on=day))
    for part, stands in {
        "doctor": True,
        "specialist": True,
        "other_specialist": False,
        "outsider": False,
    }.items():
        assert ("李佩兰" in world.browser(part).get("/tasks/reviews/").content.decode()) is stands, part
    assert world.browser("nurse").get("/tasks/reviews/").status_code == 404


def test_the_page_of_a_plan_costs_the_same_whatever_is_in_it(
    world: World, patient: Patient, django_assert_max_num_queries: Any
) -> None:
    signed(world, patient, sent(world, patient))
    doctor = world.browser("doctor")
    with django_assert_max_num_queries(5 + 11):
        page(doctor, patient)


def test_the_history_says_who_when_why_and_what_changed(world: World, patient: Patient) -> None:
    signed(world, patient, None)
    signed(
        world,
        patient,
        None,
        1,
        content=Content("高血压3级", "缬沙坦"),
        why="血压仍高",
        by=world.second_specialist,
    )
    text = page(world.browser("doctor"), patient, "history/")
    for words in ("血压仍高", "首次制定", "second_specialist", "高血压2级", "高血压3级", "已取消"):
        assert words in text
    assert page(world.browser("doctor"), patient, "history/?from=x&to=99")
