"""The pages of emergency access: what the answer gives away, what the record shows, who reviews; no number in an address."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from journal.delivery import deliver
from journal.models import AuditEvent
from patients import emergency
from patients.models import EmergencyAccess, EmergencyReason, Patient
from patients.programmes import Programme
from tests.api_client import Caller
from tests.numbers import resident_number
from tests.world import World

NUMBER = resident_number(7)
TEXT = "居民昏迷送来急诊，需了解既往病史"
LOOK_UP, OPEN = "/emergency-access/look-up/", "/emergency-access/open/"


@pytest.fixture
def resident(world: World) -> Patient:
    return world.patient("李佩兰", Programme.HYPERTENSION, number=NUMBER, phone="13812345678")


def asked(world: World, part: str = "specialist", number: str = NUMBER) -> tuple[Client, HttpResponse]:
    browser = world.browser(part)
    return browser, browser.post(LOOK_UP, {"number": number})


def ticket_of(answer: Any) -> str:
    return answer.context["open_form"].initial["ticket"]


def opened(world: World, part: str = "specialist") -> Client:
    browser, answer = asked(world, part)
    said = {"ticket": ticket_of(answer), "reason": "emergency", "text": TEXT}
    assert browser.post(OPEN, said)["Location"].startswith("/patients/")
    return browser


def test_the_answer_says_registered_elsewhere_and_nothing_else(world: World, resident: Patient) -> None:
    _browser, answer = asked(world)
    page = answer.content.decode()
    assert "登记在其他机构" in page
    for given_away in (
        "李佩兰",
        "南泉",
        "13812345678",
        resident.archive_number,
        NUMBER,
        str(resident.pk),
        "高血压",
    ):
        assert given_away not in page, given_away


def test_the_unknown_the_invalid_and_the_own_resident_are_answered_apart(
    world: World, resident: Patient
) -> None:
    assert "未建档" in asked(world, number=resident_number(8))[1].content.decode()
    refused = asked(world, number=NUMBER[:17])[1]
    assert (refused.status_code, "校验码" in refused.content.decode()) == (422, True)
    assert asked(world, "doctor")[1]["Location"] == f"/patients/{resident.pk}/"


def test_too_many_questions_are_refused_and_say_what_to_do(
    world: World, resident: Patient, settings: Any
) -> None:
    settings.BREAK_GLASS_LOOKUPS_A_DAY = 1
    asked(world, number=resident_number(8))
    refused = asked(world)[1]
    assert (refused.status_code, "登记在其他机构" in refused.content.decode()) == (422, False)
    assert "已达上限" in refused.content.decode()


def test_a_record_opens_with_a_reason_and_shows_itself_masked_under_a_banner(
    world: World, resident: Patient
) -> None:
    browser = opened(world)
    page = browser.get(f"/patients/{resident.pk}/")
    text = page.content.decode()
    for words in ("紧急调阅，只读", "剩余 23 小时", "李佩兰", "138******78", TEXT):
        assert words in text
    for never in (NUMBER, "13812345678", 'data-key="f"', 'data-yl-open="unmask"', 'data-key="t"'):
        assert never not in text
    assert not {name for name in ("may_record", "may_unmask", "may_refer") if page.context[name]}
    line = AuditEvent.objects.get(action="patient.open", agent_id=str(world.specialist.pk))
    assert line.detail == {"emergency": str(EmergencyAccess.objects.get().pk)}
    assert "紧急调阅，只读" not in world.browser("doctor").get(f"/patients/{resident.pk}/").content.decode()


def test_the_last_hour_is_red(world: World, resident: Patient) -> None:
    browser = opened(world)
    EmergencyAccess.objects.update(ends_at=timezone.now() + timedelta(minutes=20, seconds=30))
    text = browser.get(f"/patients/{resident.pk}/").content.decode()
    assert 'data-tone="red" role="alert"' in text
    assert "剩余 20 分钟" in text


def test_without_a_sentence_or_with_a_number_in_it_nothing_opens(world: World, resident: Patient) -> None:
    browser, answer = asked(world)
    for text in ("急诊", "", f"核对证件{NUMBER}来院就诊", "家属电话13812345678未接通"):
        refused = browser.post(OPEN, {"ticket": ticket_of(answer), "reason": "emergency", "text": text})
        assert (refused.status_code, refused["Content-Type"].split(";")[0]) == (422, "text/html")
    assert not EmergencyAccess.objects.exists()


def test_no_record_opens_without_having_asked_for_its_number_oneself_just_now(
    world: World, resident: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, answer = asked(world)
    said = {"reason": "emergency", "text": TEXT}
    forged = signing.dumps([str(resident.pk), world.second_specialist.pk], salt="something else")
    other = world.browser("second_specialist")
    for who, ticket in ((other, ticket_of(answer)), (other, forged), (other, str(resident.pk)), (other, "")):
        assert who.post(OPEN, said | {"ticket": ticket})["Location"] == LOOK_UP
    monkeypatch.setattr("patients.emergency_forms._FRESH_SECONDS", -1)
    assert browser.post(OPEN, said | {"ticket": ticket_of(answer)})["Location"] == LOOK_UP
    assert not EmergencyAccess.objects.exists()


def test_the_opener_ends_it_and_the_record_is_closed_to_everybody_else_all_along(
    world: World, resident: Patient
) -> None:
    browser = opened(world)
    access = EmergencyAccess.objects.get()
    path = f"/patients/{resident.pk}/"
    assert world.browser("second_specialist").get(path).status_code == 404
    assert world.browser("second_specialist").post(f"/emergency-access/{access.pk}/end/").status_code == 404
    assert browser.get(path).status_code == 200
    assert browser.post(f"/emergency-access/{access.pk}/end/")["Location"] == LOOK_UP
    assert browser.get(path).status_code == 404
    mine = browser.get(LOOK_UP).content.decode()
    assert (TEXT in mine, "李佩兰" in mine) == (True, False)


def test_another_program_with_the_persons_token_meets_404(world: World, resident: Patient) -> None:
    browser = opened(world)
    assert browser.get(f"/patients/{resident.pk}/").status_code == 200
    api = Caller(world.specialist)
    assert api.get(f"patients/{resident.pk}/").status_code == 404
    assert api.get("patients/").json()["results"] == []
    assert api.get("encounters/").json()["results"] == []


def test_the_team_finds_it_in_its_notices_and_in_the_record(world: World, resident: Patient) -> None:
    opened(world)
    deliver()
    doctor = world.browser("doctor")
    notices = doctor.get("/notices/").content.decode()
    assert "specialist（巴南区人民医院）紧急调阅了本档案，原因：急救处置" in notices
    record = doctor.get(f"/patients/{resident.pk}/").content.decode()
    assert "specialist（巴南区人民医院）" in record
    assert f"{TEXT} · 待审核" in record


def test_the_officer_reviews_masked_and_the_opener_is_told(world: World, resident: Patient) -> None:
    browser = opened(world)
    browser.get(f"/patients/{resident.pk}/")
    access = EmergencyAccess.objects.get()
    officer = world.browser("privacy_officer")
    listed = officer.get("/emergency-access/").content.decode()
    assert ("李**" in listed, "李佩兰" in listed, "specialist" in listed) == (True, False, True)
    path = f"/emergency-access/{access.pk}/"
    page = officer.get(path)
    assert ("李佩兰" in page.content.decode(), len(page.context["opened"])) == (False, 1)
    assert officer.post(path, {"finding": "unjustified", "text": "短"}).status_code == 422
    said = {"finding": "unjustified", "text": "该居民当日并未到院就诊，属于私自查看"}
    assert officer.post(path, said)["Location"] == "/emergency-access/"
    assert officer.post(path, {"finding": "justified"}).status_code == 422
    assert browser.get(f"/patients/{resident.pk}/").status_code == 404
    deliver()
    assert "经审核认定为不合理：该居民当日并未到院就诊" in browser.get("/notices/").content.decode()
    assert "已审核：不合理" in browser.get(LOOK_UP).content.decode()


def test_what_waits_stands_first_and_the_overdue_are_marked(world: World) -> None:
    for n in range(3):
        patient = world.patient(f"居民{n}", number=resident_number(n))
        emergency.open_record(
            patient, by=world.specialist, organization=world.secondary, reason=EmergencyReason.OTHER,
            text=TEXT, at=timezone.now() - timedelta(days=8 - n),
        )  # fmt: skip
    officer = world.browser("privacy_officer")
    first = EmergencyAccess.objects.order_by("opened_at").first()
    emergency.review(first, by=world.privacy_officer, finding="justified", text="", at=timezone.now())
    rows = officer.get("/emergency-access/").context["rows"]
    assert [row["access"].pk for row in rows][-1] == first.pk
    assert [row["overdue"] for row in rows] == [True, False, False]
    for state, count in (("waiting", 2), ("overdue", 1), ("live", 0), ("reviewed", 1), ("nonsense", 3)):
        assert len(officer.get("/emergency-access/", {"state": state}).context["rows"]) == count, state


def test_the_list_costs_the_same_whatever_its_length(
    world: World, django_assert_max_num_queries: Any
) -> None:
    for n in range(35):
        emergency.open_record(
            world.patient(f"居民{n}", number=resident_number(n)), by=world.specialist,
            organization=world.secondary, reason=EmergencyReason.OTHER, text=TEXT, at=timezone.now(),
        )  # fmt: skip
    officer = world.browser("privacy_officer")
    with django_assert_max_num_queries(
        4 + 8 + 6
    ):  # session and scope 4, who watches over what 8, counts and list 6
        page = officer.get("/emergency-access/")
    assert len(page.context["rows"]) == 30
    assert "page=2" in page.content.decode()


# ---- the search field


def searched(world: World, part: str, text: str) -> str:
    return world.browser(part).post("/search/", {"q": text}, headers={"HX-Request": "true"}).content.decode()


def test_the_search_field_offers_the_question_for_a_full_number_that_nobody_here_has(
    world: World, resident: Patient
) -> None:
    offered = searched(world, "specialist", NUMBER)
    assert f'action="{LOOK_UP}"' in offered
    assert not AuditEvent.objects.filter(action=emergency.ASKED).exists()
    assert LOOK_UP not in searched(world, "specialist", NUMBER[:17])
    assert LOOK_UP not in searched(world, "specialist", "李佩兰")
    assert LOOK_UP not in searched(world, "nurse", resident_number(8))
    assert "李佩兰" in searched(world, "doctor", NUMBER).replace("<mark>", "").replace("</mark>", "")


@pytest.mark.parametrize("path", ["/search/", "/patients/"])
def test_no_number_becomes_part_of_an_address(world: World, resident: Patient, path: str) -> None:
    browser = world.browser("doctor")
    for text in (NUMBER, NUMBER[:12], "13812345678", "138 1234 5678", NUMBER[-7:], resident.archive_number):
        posted = browser.post(path, {"q": text})
        assert (posted.status_code, "Location" in posted) == (200, False), text
        assert browser.get(path, {"q": text})["Location"] == "/patients/"
        clean = browser.get("/patients/").content.decode()
        assert ("不能出现在网址中" in clean, text in clean) == (True, False)
    assert "李佩兰" in browser.post(path, {"q": NUMBER}).content.decode()
    assert browser.post(path, {"q": "李"})["Location"].endswith("/patients/?q=%E6%9D%8E")
    assert browser.post(path, {"q": "5678", "programme": "diabetes"})["Location"].endswith(
        "?q=5678&programme=diabetes"
    )


def test_the_forms_that_take_a_number_post_it(world: World, resident: Patient) -> None:
    page = world.browser("doctor").get("/patients/").content.decode()
    assert "hx-get" not in page
    assert 'role="search" method="post"' in page
    assert '<form class="yl-card-h yl-wrap" method="post"' in page


def test_who_may_not_open_in_an_emergency_meets_404(world: World, resident: Patient) -> None:
    for part in ("nurse", "centre_admin", "alliance_admin", "privacy_officer", "operator"):
        browser = world.browser(part)
        assert browser.get(LOOK_UP).status_code == 404
        assert browser.post(LOOK_UP, {"number": NUMBER}).status_code == 404
        assert browser.post(OPEN, {}).status_code == 404
    for part in ("doctor", "specialist", "centre_admin"):
        assert world.browser(part).get("/emergency-access/").status_code == 404
