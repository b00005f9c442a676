"""Pages of agreements, in Chinese: what they show, whom they refuse, how many statements they cost."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from alliances import agreements
from alliances.agreements import Line, Terms
from alliances.models import Agreement, Organization, Role
from alliances.paper_fields import period_of
from patients.models import Patient
from referrals import handovers
from referrals.models import ServiceRequest
from tests.db.referrals.conftest import letter, make_patient
from tests.world import World


def days(number: int) -> str:
    return (timezone.localdate() + timedelta(days=number)).isoformat()


def agree(
    world: World, last: int | None = 200, target: Organization | None = None, slots: int = 2
) -> Agreement:
    today = timezone.localdate()
    period = period_of(today - timedelta(days=30), None if last is None else today + timedelta(days=last))
    terms = Terms(phone="023-00661000-8000", green_channel=True, green_channel_terms="先救治后办手续")
    lines = [] if target else [Line(world.cardiology.pk, ["hypertension"], slots, 1)]
    return agreements.make(
        world.centre, target or world.secondary, period, terms, lines, by=world.centre_admin
    )


def form_of(world: World, **changes: object) -> dict[str, object]:
    heart = f"d{world.cardiology.pk}"
    return {
        "first_day": days(0), "last_day": days(365), "phone": "023-00661000", "green_channel": "on",
        "green_channel_terms": "先救治后办手续", "answer_urgent_hours": "4", f"{heart}-taken": "on",
        f"{heart}-programmes": ["hypertension"], f"{heart}-clinic_slots": "5", **changes,
    }  # fmt: skip


def test_the_list_says_where_each_stands(world: World) -> None:
    agree(world, 20)
    page = world.browser("centre_admin").get(reverse("alliances:agreements")).content.decode()
    for words in ("合作协议", "20 天后到期", "心血管内科", "023-00661000-8000", "新建协议", "即将到期"):
        assert words in page, words
    reader = world.browser("doctor").get(reverse("alliances:agreements")).content.decode()
    assert "20 天后到期" in reader
    assert "新建协议" not in reader
    assert "这里" not in world.browser("outsider").get(reverse("alliances:agreements")).content.decode()
    assert "暂无协议" in world.browser("outsider").get(reverse("alliances:agreements")).content.decode()


def test_the_list_costs_the_same_however_long(world: World, django_assert_max_num_queries) -> None:
    for number in range(30):
        other = Organization.objects.create(code=f"h{number}", name=f"医院{number}", tier="secondary")
        agree(world, target=other)
    browser = world.browser("centre_admin")
    with django_assert_max_num_queries(14):
        assert browser.get(reverse("alliances:agreements")).status_code == 200


def test_an_agreement_is_made_in_two_steps(world: World) -> None:
    browser, address = world.browser("centre_admin"), reverse("alliances:agreement-new")
    first = browser.get(address).content.decode()
    assert "重庆市第一人民医院" in first
    sides = f"{address}?source={world.centre.pk}&target={world.secondary.pk}"
    second = browser.get(sides).content.decode()
    assert "内分泌科" in second
    assert "高血压" in second
    answer = browser.post(sides, form_of(world), follow=True)
    made = Agreement.objects.get()
    assert answer.redirect_chain == [(reverse("alliances:agreement", args=[made.pk]), 302)]
    assert (made.answer_urgent_hours, made.lines.get().clinic_slots, made.lines.get().beds) == (4, 5, None)
    assert "协议已签订" in answer.content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"phone": ""}, "必填项"),
        ({"last_day": "2020-01-01"}, "截止日期早于起始日期"),
        ({"green_channel": ""}, "未勾选绿色通道"),
        ({"answer_urgent_hours": "0"}, "1"),
    ],
)
def test_a_form_that_lacks_something_is_shown_again(
    world: World, changes: dict[str, object], words: str
) -> None:
    sides = f"{reverse('alliances:agreement-new')}?source={world.centre.pk}&target={world.secondary.pk}"
    answer = world.browser("centre_admin").post(sides, form_of(world, **changes))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Agreement.objects.exists()


def test_a_second_one_at_the_same_time_is_explained_in_the_form(world: World) -> None:
    agree(world)
    sides = f"{reverse('alliances:agreement-new')}?source={world.centre.pk}&target={world.secondary.pk}"
    answer = world.browser("centre_admin").post(sides, form_of(world))
    assert answer.status_code == 422
    assert "期间已有协议" in answer.content.decode()


def test_two_organizations_neither_of_which_is_mine_are_refused(world: World) -> None:
    world.user("stranger", Role.ORGANIZATION_ADMIN, world.other_centre)
    address = reverse("alliances:agreement-new")
    refused = world.browser("stranger").post(
        f"{address}?source={world.centre.pk}&target={world.secondary.pk}", form_of(world)
    )
    assert refused.status_code == 422
    assert "至少一方" in refused.content.decode()
    same = world.browser("centre_admin").get(f"{address}?source={world.centre.pk}&target={world.centre.pk}")
    assert same.status_code == 422


def test_it_is_changed_renewed_and_ended_on_its_page(world: World) -> None:
    made, browser = agree(world), world.browser("centre_admin")
    edit = reverse("alliances:agreement-edit", args=[made.pk])
    assert 'value="023-00661000-8000"' in browser.get(edit).content.decode()
    assert "已修改" in browser.post(edit, form_of(world, last_day=days(100)), follow=True).content.decode()
    renewed = browser.post(
        reverse("alliances:agreement-renew", args=[made.pk]), {"until": days(500)}, follow=True
    )
    assert "已续签" in renewed.content.decode()
    again = browser.post(reverse("alliances:agreement-renew", args=[made.pk]), {"until": days(500)})
    assert (again.status_code, "期间已有协议" in again.content.decode()) == (422, True)
    end = reverse("alliances:agreement-end", args=[made.pk])
    assert browser.post(end, {"last_day": days(5)}).status_code == 422
    assert "将于" in browser.post(end, {"last_day": days(5), "reason": "换约"}, follow=True).content.decode()


def test_a_reader_is_shown_no_button_and_refused(world: World) -> None:
    made, reader = agree(world), world.browser("doctor")
    page = reader.get(reverse("alliances:agreement", args=[made.pk])).content.decode()
    assert "先救治后办手续" in page
    assert "提前终止" not in page
    for name in ("renew", "end"):
        assert reader.post(reverse(f"alliances:agreement-{name}", args=[made.pk])).status_code == 404
    assert reader.get(reverse("alliances:agreement-edit", args=[made.pk])).status_code == 404


# ---- in referrals


@pytest.fixture
def patient(world: World) -> Patient:
    return make_patient(world)


def test_the_letter_shows_telephone_green_channel_and_what_is_left_today(
    world: World, patient: Patient
) -> None:
    address = reverse("referrals:new", args=[patient.pk])
    assert "协议约定" not in world.browser("doctor").get(address).content.decode()
    agree(world)
    page = world.browser("doctor").get(address).content.decode()
    for words in (
        "协议约定",
        "023-00661000-8000",
        "先救治后办手续",
        "今日门诊余 2",
        "今日床位余 1",
        "绿色通道",
    ):
        assert words in page, words


def test_a_full_day_is_refused_in_the_desks_form_with_the_next_free_day(
    world: World, patient: Patient
) -> None:
    agree(world, slots=0)
    request = handovers.send(patient, letter(world), by=world.doctor, at=timezone.now())
    desk, address = world.browser("specialist"), reverse("referrals:step", args=[request.pk, "accept"])
    slot = f"{days(1)}T09:00"
    answer = desk.post(address, {"slot": slot, "place": "3 诊室", "kind": "clinic"})
    assert answer.status_code == 422
    assert f"{days(1)}号源已满" in answer.content.decode()
    assert desk.post(address, {"slot": slot, "place": "病房", "kind": "bed"}).status_code == 302
    scheduled = ServiceRequest.objects.get(pk=request.pk)
    assert (scheduled.slot_kind, scheduled.agreement_line.department) == ("bed", world.cardiology)
    assert "床位" in desk.get(reverse("referrals:case", args=[request.pk])).content.decode()
