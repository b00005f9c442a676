"""The pages of both sides, in Chinese: what they show, what they refuse, how many statements they cost."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from followups.models import CarePlan
from journal.models import AuditEvent
from patients.models import Patient, Task
from patients.models.task import TaskKind, Urgency
from patients.programmes import Programme
from referrals import handovers
from referrals.models import ServiceRequest, State
from tests.db.referrals.conftest import letter, make_patient
from tests.world import World

Staged = Callable[[str], ServiceRequest]


@pytest.fixture
def fresh(world: World, patient: Patient) -> ServiceRequest:
    """A request sent just now: pages act at the real time."""
    return handovers.send(patient, letter(world), by=world.doctor, at=timezone.now())


def post(client: Client, request: ServiceRequest, event: str, **data: object) -> tuple[int, str]:
    answer = client.post(reverse("referrals:step", args=[request.pk, event]), data, follow=True)
    return answer.status_code, answer.content.decode()


def local(moment: object) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")  # type: ignore[arg-type]


def test_the_desk_shows_the_request_and_its_case(world: World, fresh: ServiceRequest) -> None:
    page = world.browser("specialist").get(reverse("referrals:desk")).content.decode()
    for words in (
        "转诊台",
        "待答复",
        "何国清",
        "血压连续两次不达标",
        "青霉素",
        "氨氯地平",
        "接收",
        "收缩压",
    ):
        assert words in page, words
    assert "Accept" not in page


def test_an_empty_desk_says_what_comes_next(world: World) -> None:
    page = world.browser("other_specialist").get(reverse("referrals:desk")).content.decode()
    assert "这里暂无内容" in page


def test_emergency_stands_before_an_older_routine_request(world: World, fresh: ServiceRequest) -> None:
    other = make_patient(world)
    urgent = letter(world, urgency=Urgency.EMERGENCY)
    handovers.send(other, urgent, by=world.doctor, at=timezone.now())
    answer = world.browser("specialist").get(reverse("referrals:desk"))
    assert [row.urgency for row in answer.context["list"].page] == ["emergency", "routine"]
    assert answer.context["row"].urgency == "emergency"


@pytest.mark.parametrize(
    "part", ["outsider", "other_specialist", "alliance_admin", "operator", "privacy_officer"]
)
@pytest.mark.parametrize("page", ["case", "slip", "return"])
def test_an_outsider_gets_404(world: World, fresh: ServiceRequest, part: str, page: str) -> None:
    address = reverse(f"referrals:{page}", args=[fresh.pk])
    assert world.browser(part).get(address).status_code == 404
    assert Client().get(address).status_code == 302


@pytest.mark.parametrize("part", ["nurse", "centre_admin", "colleague", "team_lead"])
def test_who_may_open_the_record_reads_the_case(world: World, fresh: ServiceRequest, part: str) -> None:
    answer = world.browser(part).get(reverse("referrals:case", args=[fresh.pk]))
    assert answer.status_code == 200
    buttons = [button.step.event for button in answer.context["buttons"]]
    assert buttons == (["cancel"] if part in ("colleague", "team_lead") else [])
    assert ("list" in answer.context) is bool(buttons)


def test_a_specialist_with_the_record_reads_its_other_referrals_and_cannot_act(
    world: World, fresh: ServiceRequest, patient: Patient
) -> None:
    onward = letter(world, programme=Programme.DIABETES, target=world.endocrinology)
    other = handovers.send(patient, onward, by=world.doctor, at=timezone.now())
    address = reverse("referrals:case", args=[other.pk])
    assert world.browser("specialist").get(address).status_code == 404
    handovers.accept(fresh.pk, by=world.specialist, at=timezone.now())
    answer = world.browser("specialist").get(address)
    assert answer.status_code == 200
    assert answer.context["buttons"] == []
    status, _page = post(world.browser("specialist"), other, "accept")
    assert status == 422
    other.refresh_from_db()
    assert other.state == State.SUBMITTED


def test_an_outsider_cannot_act_or_write(world: World, fresh: ServiceRequest, patient: Patient) -> None:
    outsider = world.browser("outsider")
    assert post(outsider, fresh, "cancel", text="…")[0] == 404
    assert outsider.get(reverse("referrals:new", args=[patient.pk])).status_code == 404
    assert world.browser("nurse").get(reverse("referrals:new", args=[patient.pk])).status_code == 404
    fresh.refresh_from_db()
    assert fresh.state == State.SUBMITTED


def test_a_draft_never_reaches_the_desk(world: World, sent: ServiceRequest) -> None:
    draft = ServiceRequest.objects.create(
        patient=world.patient("王一"), programme=Programme.HYPERTENSION, source_organization=world.centre,
        requester=world.doctor, target_organization=world.secondary, target_department=world.cardiology, reason="…",
    )  # fmt: skip
    assert world.browser("specialist").get(reverse("referrals:case", args=[draft.pk])).status_code == 404


def test_the_letter_is_filled_in_from_the_advice(world: World, patient: Patient) -> None:
    Task.objects.create(
        patient=patient, kind=TaskKind.REFERRAL_ADVISED, organization=world.centre, care_team=world.team,
        programme=Programme.HYPERTENSION, urgency=Urgency.ROUTINE,
        reasons=[{"text": "%(systolic)s/%(diastolic)s is not within the assessment line <140/90.",
                  "params": {"systolic": 156, "diastolic": 92}}],
    )  # fmt: skip
    answer = world.browser("doctor").get(reverse("referrals:new", args=[patient.pk]))
    first = answer.context["form"].initial
    assert "156/92" in first["reason"]
    assert "氨氯地平 5 mg" in first["tried"]
    assert first["target"] == world.cardiology.pk
    assert "建议转诊" in answer.content.decode() or "已按" in answer.content.decode()


def send_form(world: World, patient: Patient, **changes: object) -> dict[str, object]:
    return {
        "programme": "hypertension", "urgency": "routine", "target": world.cardiology.pk, "impression": "高血压2级",
        "reason": "连续两次不达标", "tried": "加量", "consent": "on", **changes,
    }  # fmt: skip


def test_sending_from_the_form_opens_the_case(world: World, patient: Patient) -> None:
    client = world.browser("doctor")
    address = reverse("referrals:new", args=[patient.pk])
    answer = client.post(address, send_form(world, patient), follow=True)
    request = ServiceRequest.objects.get()
    assert answer.redirect_chain == [(reverse("referrals:case", args=[request.pk]), 302)]
    assert "已发送至" in answer.content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"consent": ""}, "请记录居民的知情同意"),
        ({"reason": ""}, "必填项"),
        ({"target": "tertiary"}, "需说明理由"),
    ],
)
def test_a_letter_that_lacks_something_is_shown_again(
    world: World, patient: Patient, changes: dict[str, object], words: str
) -> None:
    if changes.get("target") == "tertiary":
        changes = {"target": world.tertiary_cardiology.pk}
    address = reverse("referrals:new", args=[patient.pk])
    answer = world.browser("doctor").post(address, send_form(world, patient, **changes))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert "连续两次不达标" in answer.content.decode() or not changes.get("reason", "x")
    assert not ServiceRequest.objects.exists()


def test_a_second_request_for_the_same_disease_is_explained(
    world: World, patient: Patient, fresh: ServiceRequest
) -> None:
    address = reverse("referrals:new", args=[patient.pk])
    answer = world.browser("doctor").post(address, send_form(world, patient))
    assert answer.status_code == 422
    assert fresh.number in answer.content.decode()


def test_there_and_back_through_the_pages(world: World, patient: Patient, fresh: ServiceRequest) -> None:
    specialist, doctor = world.browser("specialist"), world.browser("doctor")
    slot = local(timezone.now() + timedelta(days=2))
    assert "已接收" in post(specialist, fresh, "accept", slot=slot, place="心血管门诊")[1]
    assert "到诊已登记" in post(specialist, fresh, "arrive", at=local(timezone.now()), number="E-1")[1]
    form = specialist.get(reverse("referrals:return", args=[fresh.pk]))
    assert "氨氯地平" in form.content.decode()
    reply = {
        "diagnosis": "高血压2级", "treatment": "两药联合", "plan": "两周后复查", "systolic_high": "130",
        "medicines-TOTAL_FORMS": "1", "medicines-INITIAL_FORMS": "0", "medicines-0-name": "缬沙坦",
        "medicines-0-dosage": "80 mg 每日1次", "medicines-0-change": "new",
    }  # fmt: skip
    answer = specialist.post(reverse("referrals:return", args=[fresh.pk]), reply, follow=True)
    assert "已签署并回转" in answer.content.decode()
    assert CarePlan.objects.get(patient=patient).goals.get().high == 130
    case = doctor.get(reverse("referrals:case", args=[fresh.pk])).content.decode()
    assert "确认收到" in case
    assert "缬沙坦" in case
    assert "随访已提前" in post(doctor, fresh, "confirm")[1]
    fresh.refresh_from_db()
    assert fresh.state == State.COMPLETED


def test_the_second_desk_reads_who_was_first(world: World, fresh: ServiceRequest) -> None:
    handovers.accept(fresh.pk, by=world.second_specialist, at=timezone.now())
    status, page = post(world.browser("specialist"), fresh, "decline", code="not_needed", text="社区可管")
    assert status == 409
    assert "second_specialist" in page
    assert "未执行" in page


def test_a_decline_needs_advice(world: World, fresh: ServiceRequest) -> None:
    status, page = post(world.browser("specialist"), fresh, "decline", code="not_needed", text="")
    assert status == 422
    assert "婉拒" in page
    fresh.refresh_from_db()
    assert fresh.state == State.SUBMITTED


def test_the_sender_reads_the_advice_of_a_decline(world: World, fresh: ServiceRequest) -> None:
    post(world.browser("specialist"), fresh, "decline", code="not_needed", text="可加用利尿剂")
    page = world.browser("doctor").get(reverse("referrals:case", args=[fresh.pk])).content.decode()
    assert "可加用利尿剂" in page
    assert "社区可管理" in page


def test_a_question_is_answered_through_the_pages(world: World, fresh: ServiceRequest) -> None:
    assert "问题已发出" in post(world.browser("specialist"), fresh, "ask", text="近期肝功能？")[1]
    page = world.browser("doctor").get(reverse("referrals:sent") + "?tab=asked").content.decode()
    assert "近期肝功能？" in page
    assert "答复已发出" in post(world.browser("doctor"), fresh, "answer", text="正常")[1]


def test_passing_on_offers_the_other_departments(world: World, fresh: ServiceRequest) -> None:
    specialist = world.browser("specialist")
    page = specialist.get(reverse("referrals:step", args=[fresh.pk, "redirect"])).content.decode()
    assert "内分泌科" in page
    post(specialist, fresh, "redirect", target=world.endocrinology.pk, text="以血糖为主")
    assert ServiceRequest.objects.filter(
        redirected_from=fresh, target_department=world.endocrinology
    ).exists()


def test_an_arrival_in_the_future_is_refused(world: World, fresh: ServiceRequest) -> None:
    handovers.accept(fresh.pk, by=world.specialist, at=timezone.now())
    later = local(timezone.now() + timedelta(hours=2))
    status, page = post(world.browser("specialist"), fresh, "arrive", at=later)
    assert status == 422
    assert "不能晚于现在" in page


def test_a_return_without_its_words_is_shown_again(world: World, fresh: ServiceRequest) -> None:
    handovers.accept(fresh.pk, by=world.specialist, at=timezone.now())
    handovers.arrive(fresh.pk, by=world.specialist, at=timezone.now())
    empty = {"medicines-TOTAL_FORMS": "0", "medicines-INITIAL_FORMS": "0", "diagnosis": "高血压"}
    answer = world.browser("specialist").post(reverse("referrals:return", args=[fresh.pk]), empty)
    assert answer.status_code == 422
    assert "高血压" in answer.content.decode()


def test_the_slip_masks_the_telephone_and_hides_it_before_acceptance(
    world: World, fresh: ServiceRequest
) -> None:
    address = reverse("referrals:slip", args=[fresh.pk])
    mine = world.browser("doctor").get(address).content.decode()
    theirs = world.browser("specialist").get(address).content.decode()
    assert "双向转诊（转出）单" in mine
    assert "138******78" in mine
    assert "138*" not in theirs
    for page in (mine, theirs):
        assert "13812345678" not in page
        assert "500113196007124213" not in page


def test_opening_a_case_is_audited(world: World, fresh: ServiceRequest) -> None:
    world.browser("specialist").get(reverse("referrals:case", args=[fresh.pk]))
    assert AuditEvent.objects.filter(action="referral.open", subject_id=str(fresh.pk)).count() == 1


def test_the_worklist_costs_five_statements_at_any_length(world: World, fresh: ServiceRequest) -> None:
    def cost(address: str) -> int:
        client = world.browser("specialist")
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        asked = [q["sql"] for q in captured.captured_queries]
        return len([sql for sql in asked if sql.startswith("SELECT") and "referrals_" in sql])

    desk, case = reverse("referrals:desk"), reverse("referrals:case", args=[fresh.pk])
    few = cost(desk), cost(case)
    for _n in range(4):
        handovers.send(make_patient(world), letter(world), by=world.doctor, at=timezone.now())
    assert (cost(desk), cost(case)) == few
    assert max(few) <= 5
