"""Emergency access by four people at their browsers: asked for, opened, seen by the team, reviewed."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from journal.delivery import deliver
from patients.models import EmergencyAccess, EmergencyFinding
from patients.programmes import Programme
from tests.browser.entry import sign_in
from tests.browser.story.stage import Person
from tests.db.followups.recording import save
from tests.numbers import resident_number
from tests.world import World

NUMBER = resident_number(7)
TEXT = "居民走亲戚时突发昏迷，由同伴送来我院急诊，意识不清，同伴不了解既往病史、平时用药和药物过敏情况"


@pytest.fixture
def person(committed_world: World, live_server: Any, new_context: Any) -> Iterator[Callable[[str], Person]]:
    """`person("specialist")`: signed in, in a browser of their own; afterwards nothing was complained of."""
    people: dict[str, Person] = {}

    def arrive(part: str) -> Person:
        if part not in people:
            people[part] = Person(new_context(), live_server.url)
            sign_in(people[part].page, live_server, committed_world.users[part], to="/notices/")
        return people[part]

    yield arrive
    for someone in people.values():
        someone.is_content()


def opens(specialist: Person, record: str) -> None:
    """The specialist types the whole number into the search field; nothing of it gets into an address."""
    page = specialist.page
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    assert specialist.status(record) == 404
    page.keyboard.press("/")
    page.keyboard.type(NUMBER)
    expect(page.locator("#q-hits-box")).to_contain_text("不在您的管辖范围内")
    specialist.looks("emergency-search")
    page.get_by_role("button", name="查询其他机构").click()
    expect(page.locator("#open h2")).to_have_text("登记在其他机构")
    assert "李佩兰" not in page.content()
    specialist.looks("emergency-open")
    page.get_by_text("急救处置").first.click()
    page.get_by_label("情况说明").fill(TEXT)
    page.get_by_role("button", name="紧急调阅").click()

    # The record, read-only under its banner.
    page.wait_for_url(f"**{record}")
    expect(page.locator(".yl-banner").first).to_contain_text("紧急调阅，只读")
    expect(page.get_by_role("link", name="随访")).to_have_count(0)
    specialist.looks("emergency-record")
    assert not [address for address in addresses if NUMBER[:8] in address or "9900" in address]
    assert page.evaluate("document.referrer").find(NUMBER) == -1


def reviews(officer: Person) -> None:
    """The officer finds it not justified, and says why."""
    officer.opens("/emergency-access/")
    expect(officer.page.locator("table")).to_contain_text("李**")
    officer.looks("emergency-reviews")
    officer.page.get_by_role("link", name="许敏").click()
    officer.looks("emergency-review")
    officer.page.get_by_text("不合理", exact=True).click()
    officer.page.get_by_role("button", name="提交结论").click()
    expect(officer.page.locator("main")).to_contain_text("请用不少于 10 个字说明为何不合理")
    assert "422" in officer.complaints.pop()
    officer.page.get_by_label("审核意见").fill("该居民当日并未到院就诊，属于私自查看")
    officer.page.get_by_role("button", name="提交结论").click()
    expect(officer.page.locator("#toasts")).to_contain_text("审核结论已记录")


def test_from_registered_elsewhere_to_the_finding(
    committed_world: World, person: Any, live_server: Any
) -> None:
    for part, name in (("specialist", "许敏"), ("doctor", "周文博"), ("privacy_officer", "袁方")):
        committed_world.users[part].name = name
        committed_world.users[part].save(update_fields=["name"])
    patient = committed_world.patient("李佩兰", Programme.HYPERTENSION, number=NUMBER)
    save(committed_world, patient, "2026-10-20", systolic=152, diastolic=94)
    record = f"/patients/{patient.pk}/"

    specialist = person("specialist")
    opens(specialist, record)

    # The team is told and finds it in the record.
    deliver()
    doctor = person("doctor")
    doctor.opens("/notices/")
    expect(doctor.page.locator("main")).to_contain_text("许敏（巴南区人民医院）紧急调阅了本档案")
    doctor.opens(record)
    expect(doctor.page.locator(".yl-tl")).to_contain_text(TEXT)
    doctor.looks("emergency-team")

    reviews(person("privacy_officer"))
    assert EmergencyAccess.objects.get().finding == EmergencyFinding.UNJUSTIFIED
    assert specialist.status(record) == 404
    specialist.opens("/emergency-access/look-up/")
    expect(specialist.page.locator("main")).to_contain_text("已审核：不合理")
    specialist.looks("emergency-mine")


def test_the_opener_ends_it_early(committed_world: World, person: Any) -> None:
    patient = committed_world.patient("李佩兰", Programme.HYPERTENSION, number=NUMBER)
    specialist = person("specialist")
    page = specialist.opens("/emergency-access/look-up/")
    page.get_by_label("完整证件号码").fill(NUMBER)
    page.get_by_role("button", name="查询", exact=True).click()
    page.get_by_text("急救处置").first.click()
    page.get_by_label("情况说明").fill(TEXT)
    page.get_by_role("button", name="紧急调阅").click()
    page.get_by_role("button", name="立即结束").click()
    page.get_by_role("dialog").get_by_role("button", name="立即结束").click()
    expect(page.locator("#toasts")).to_contain_text("紧急调阅已结束")
    assert specialist.status(f"/patients/{patient.pk}/") == 404
