"""The pages of a hand-over: whose residents somebody may offer, who answers, and what everybody else meets."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from alliances.models import CareTeam, Role
from journal.models import Communication, CommunicationStatus
from patients import enrolment, handovers
from patients.models import Handover, HandoverReason, Patient
from patients.programmes import Programme
from tests.world import World

HTN = Programme.HYPERTENSION


@pytest.fixture
def staffed(world: World) -> World:
    """The world with people in the second team of the centre."""
    world.user("second_lead", Role.TEAM_LEAD, world.centre, care_team=world.second_team)
    world.user("second_doctor", Role.GENERAL_PRACTITIONER, world.centre, care_team=world.second_team)
    return world


def body(world: World, part: str, path: str) -> str:
    return world.browser(part).get(path).content.decode()


def offer(world: World, *patients: Patient, **letter: Any) -> list[Handover]:
    words = {
        "reason": HandoverReason.CASE_MANAGEMENT,
        "text": "病情平稳",
        "by": world.team_lead,
        "at": timezone.now(),
    }
    return handovers.propose([p.pk for p in patients], to_team=world.second_team, **{**words, **letter}).done


def post(world: World, part: str, path: str, **data: Any) -> Any:
    return world.browser(part).post(path, data)


def letter(world: World, *patients: Patient, **more: Any) -> dict[str, Any]:
    return {
        "patient": [str(p.pk) for p in patients], "to_team": world.second_team.pk, "reason": "case_management",
        "text": "", **more,
    }  # fmt: skip


# ---- offering


@pytest.mark.parametrize("part", ["doctor", "team_lead", "centre_admin"])
def test_a_resident_is_offered_from_the_residents_page(staffed: World, part: str) -> None:
    patient = staffed.patient("李佩兰", HTN)
    path = f"/handovers/new/?patient={patient.pk}"
    assert path in body(staffed, part, f"/patients/{patient.pk}/")
    assert "李佩兰" in body(staffed, part, path)
    answer = post(staffed, part, path, **letter(staffed, patient, text="搬到新市街"))
    assert answer["Location"] == "/handovers/?tab=out"
    row = Handover.objects.get()
    assert (row.patient, row.to_team, row.text, row.status) == (
        patient,
        staffed.second_team,
        "搬到新市街",
        "proposed",
    )
    assert "搬到新市街" in body(staffed, part, "/handovers/?tab=out")
    assert path not in body(staffed, part, f"/patients/{patient.pk}/")  # one open offer a resident


@pytest.mark.parametrize("part", ["nurse", "specialist", "operator", "alliance_admin", "privacy_officer"])
def test_who_may_not_hand_over_meets_404_and_no_button(staffed: World, part: str) -> None:
    patient = staffed.patient("李佩兰", HTN)
    rows = offer(staffed, patient)
    browser = staffed.browser(part)
    for path in ("/handovers/", "/handovers/new/", f"/handovers/new/?patient={patient.pk}"):
        assert browser.get(path).status_code == 404, path
    for verb in ("accept", "decline", "withdraw"):
        answer = browser.post(f"/handovers/{verb}/", {"handover": str(rows[0].pk), "why": "x"})
        assert answer.status_code == 404, verb
    assert Handover.objects.get().status == "proposed"
    assert "/handovers/" not in body(staffed, part, "/notices/")


def test_the_doctor_of_another_team_sees_the_resident_and_may_not_offer(staffed: World) -> None:
    patient = staffed.patient("李佩兰", HTN)
    page = staffed.browser("second_doctor").get(f"/patients/{patient.pk}/")
    assert page.status_code == 200
    assert "/handovers/new/" not in page.content.decode()
    path = f"/handovers/new/?patient={patient.pk}"
    assert staffed.browser("second_doctor").get(path).status_code == 404
    assert post(staffed, "second_doctor", path, **letter(staffed, patient)).status_code == 404
    # Nor by ticking somebody who is not in the list.
    answer = post(
        staffed, "second_doctor", "/handovers/new/", **letter(staffed, patient, to_team=staffed.team.pk)
    )
    assert answer.status_code == 422
    assert not Handover.objects.exists()


def test_the_outsider_offers_and_answers_nothing_of_the_centre(staffed: World) -> None:
    patient = staffed.patient("李佩兰", HTN)
    rows = offer(staffed, patient)
    assert staffed.browser("outsider").get(f"/handovers/new/?patient={patient.pk}").status_code == 404
    for tab in ("in", "out", "done"):
        assert "李佩兰" not in body(staffed, "outsider", f"/handovers/?tab={tab}")
    for verb in ("accept", "decline", "withdraw"):
        answer = post(staffed, "outsider", f"/handovers/{verb}/", handover=str(rows[0].pk), why="x")
        assert answer.status_code == 422
    assert Handover.objects.get().status == "proposed"
    assert post(staffed, "outsider", "/handovers/accept/", everybody="1").status_code == 422


def test_everybody_of_a_community_is_offered_at_once(staffed: World) -> None:
    there = [staffed.patient(f"居民{n}", HTN) for n in range(60)]
    Patient.objects.filter(pk__in=[p.pk for p in there[:55]]).update(community="白鹤村")
    path = f"/handovers/new/?team={staffed.team.pk}&community=白鹤村"
    page = body(staffed, "team_lead", path)
    assert "55" in page
    answer = post(staffed, "team_lead", path, **letter(staffed, everybody="1", reason="workload"))
    assert answer.status_code == 302
    assert Handover.objects.open().count() == 55
    assert set(Handover.objects.values_list("patient__community", flat=True)) == {"白鹤村"}


def test_an_administrator_chooses_among_the_teams_and_a_lead_has_one(staffed: World) -> None:
    staffed.patient("甲", HTN)
    staffed.patient("乙", HTN, team=staffed.second_team)
    assert ">乙<" in body(staffed, "centre_admin", "/handovers/new/")
    assert ">乙<" not in body(staffed, "centre_admin", f"/handovers/new/?team={staffed.team.pk}")
    assert ">乙<" not in body(staffed, "team_lead", f"/handovers/new/?team={staffed.second_team.pk}")
    assert ">甲<" in body(
        staffed, "team_lead", "/handovers/new/?team=nonsense&organization=999&programme=x&page=-1"
    )


def test_an_offer_needs_residents_a_team_and_a_reason(staffed: World) -> None:
    patient = staffed.patient("李佩兰", HTN)
    path = "/handovers/new/"
    empty = post(staffed, "doctor", path, **letter(staffed))
    assert empty.status_code == 422
    assert "请先勾选居民" in empty.content.decode()
    assert post(staffed, "doctor", path, **letter(staffed, patient, reason="whim")).status_code == 422
    elsewhere = letter(staffed, patient, to_team=staffed.other_team.pk)
    assert post(staffed, "doctor", path, **elsewhere).status_code == 422
    assert post(staffed, "doctor", path, **{**letter(staffed, patient), "patient": "x"}).status_code == 422
    CareTeam.objects.filter(pk=staffed.second_team.pk).update(closed_on=timezone.localdate())
    assert post(staffed, "doctor", path, **letter(staffed, patient)).status_code == 422
    assert not Handover.objects.exists()


# ---- answering


def test_the_receiving_lead_is_told_sees_who_waits_and_accepts(staffed: World) -> None:
    patient = staffed.patient("李佩兰", HTN)
    offer(staffed, patient, reason=HandoverReason.CRITICAL, text="胸闷")
    Communication.objects.update(status=CommunicationStatus.COMPLETED)
    assert "危重" in body(staffed, "second_lead", "/notices/")
    page = body(staffed, "second_lead", "/handovers/")
    for words in ("李佩兰", "胸闷", "第一片区团队", 'data-tone="solid"'):
        assert words in page
    assert f"/patients/{patient.pk}/" not in page  # not the team's resident yet
    assert f"/patients/{patient.pk}/" in body(staffed, "second_doctor", "/handovers/")

    answer = post(staffed, "second_lead", "/handovers/accept/", handover=str(Handover.objects.get().pk))
    assert answer["Location"] == "/handovers/?tab=in"
    assert Patient.objects.get().care_team == staffed.second_team
    assert staffed.browser("second_lead").get(f"/patients/{patient.pk}/").status_code == 200
    assert staffed.browser("team_lead").get(f"/patients/{patient.pk}/").status_code == 404
    assert "李佩兰" in body(staffed, "team_lead", "/handovers/?tab=done")  # the history stays with both
    page = body(staffed, "second_doctor", f"/patients/{patient.pk}/")
    assert "由第一片区团队移交" in page


def test_the_proposer_cannot_answer_the_own_offer(staffed: World) -> None:
    rows = offer(staffed, staffed.patient("李佩兰", HTN))
    answer = post(staffed, "team_lead", "/handovers/accept/", handover=str(rows[0].pk))
    assert answer.status_code == 422
    assert Handover.objects.get().status == "proposed"


def test_a_refusal_needs_a_reason_that_the_proposer_reads(staffed: World) -> None:
    rows = offer(staffed, staffed.patient("李佩兰", HTN))
    without = post(staffed, "second_doctor", "/handovers/decline/", handover=str(rows[0].pk), why=" ")
    assert without.status_code == 422
    assert "请填写理由" in without.content.decode()
    assert 'aria-invalid="true"' in without.content.decode()
    post(staffed, "second_doctor", "/handovers/decline/", handover=str(rows[0].pk), why="不在服务半径内")
    assert "不在服务半径内" in body(staffed, "team_lead", "/handovers/?tab=done")


def test_who_is_slower_is_told_who_was_faster(staffed: World) -> None:
    rows = offer(staffed, staffed.patient("李佩兰", HTN))
    post(staffed, "second_doctor", "/handovers/accept/", handover=str(rows[0].pk))
    browser = staffed.browser("second_lead")
    page = browser.post(
        "/handovers/decline/", {"handover": str(rows[0].pk), "why": "不便"}, follow=True
    ).content.decode()
    assert "已由second_doctor处理" in page
    assert Handover.objects.get().status == "accepted"


def test_an_offer_is_taken_back_by_the_side_that_made_it_only(staffed: World) -> None:
    rows = offer(staffed, staffed.patient("李佩兰", HTN))
    assert post(staffed, "second_lead", "/handovers/withdraw/", handover=str(rows[0].pk)).status_code == 422
    assert post(staffed, "doctor", "/handovers/withdraw/", handover=str(rows[0].pk)).status_code == 302
    assert Handover.objects.get().status == "withdrawn"


def test_what_the_product_withdrew_is_said_in_chinese(staffed: World) -> None:
    patient = staffed.patient("李佩兰", HTN)
    offer(staffed, patient)
    enrolment.died(patient, on=timezone.localdate(), by=staffed.doctor)
    assert "居民已死亡" in body(staffed, "team_lead", "/handovers/?tab=done")


def test_who_came_today_is_accepted_tomorrow_and_the_page_says_so(staffed: World) -> None:
    patient = staffed.patient("李佩兰", HTN)
    patient.responsibilities.all().delete()
    patient.responsibilities.create(
        organization=staffed.centre, care_team=staffed.team, period=(timezone.localdate(), None)
    )
    rows = offer(staffed, patient)
    answer = staffed.browser("second_lead").post(
        "/handovers/accept/", {"handover": str(rows[0].pk)}, follow=True
    )
    assert "次日起方可接收" in answer.content.decode()


@pytest.mark.parametrize("tab", ["in", "out", "done"])
def test_the_lists_cost_the_same_whatever_their_length(
    staffed: World, tab: str, django_assert_max_num_queries: Any
) -> None:
    rows = offer(staffed, *(staffed.patient(f"居民{n}", HTN) for n in range(40)))
    if tab == "done":
        handovers.withdraw([r.pk for r in rows], by=staffed.team_lead, at=timezone.now() + timedelta(hours=1))
    browser = staffed.browser("second_lead" if tab == "in" else "team_lead")
    with django_assert_max_num_queries(5 + 4):  # session, scope and notices 5, list 4
        assert "居民7" in browser.get(f"/handovers/?tab={tab}").content.decode()


def test_the_page_of_an_offer_stays_within_its_statements(
    staffed: World, django_assert_max_num_queries: Any
) -> None:
    for n in range(40):
        staffed.patient(f"居民{n}", HTN)
    browser = staffed.browser("doctor")
    with django_assert_max_num_queries(4 + 9):
        assert browser.get("/handovers/new/").status_code == 200


def test_empty_lists_say_what_comes_here(staffed: World) -> None:
    for tab, words in {"in": "没有待接收的居民", "out": "没有待对方接收", "done": "暂无移交记录"}.items():
        assert words in body(staffed, "doctor", f"/handovers/?tab={tab}")
    assert "没有找到居民" in body(staffed, "doctor", "/handovers/new/?q=nobody")
