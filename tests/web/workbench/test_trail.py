"""The audit trail's pages: what a privacy officer finds, what others do not, who may read an access history."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from psycopg2.extras import DateRange

from accounts.models import User
from alliances.models import Organization, PractitionerRole, Role
from journal import audit
from journal.models import AuditEvent
from patients.identity import unmask
from patients.models import Patient
from tests.world import SINCE, World

NUMBER = "11010519491231002X"
PHONE = "13912345678"


@pytest.fixture
def resident(world: World) -> Patient:
    patient = world.patient("李佩兰", number=NUMBER, phone=PHONE)
    audit.record("patient.open", by=world.doctor, subject=patient)
    unmask(patient, by=world.nurse, reason="核对电话")
    return patient


@pytest.fixture
def officer(world: World) -> User:
    """Of the alliance: reads the lines of all members."""
    return world.user("officer", Role.PRIVACY_OFFICER, world.tertiary, alliance=world.alliance)


def page_of(world: World, part: str = "officer", **query: Any) -> str:
    """As the form does it: posted, and read at the address that follows."""
    browser = world.browser(part)
    answer = browser.post("/audit/", query, follow=True) if query else browser.get("/audit/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_officer_starts_at_the_trail(world: World, officer: User) -> None:
    assert world.browser("officer").get("/").headers["Location"] == "/audit/"
    assert "审计日志" in page_of(world)


@pytest.mark.parametrize("words", ["佩兰", NUMBER, NUMBER.lower(), "archive"])
def test_a_resident_is_found_by_name_archive_number_or_the_whole_id_number(
    world: World, officer: User, resident: Patient, words: str
) -> None:
    other = world.patient("甲某")
    audit.record("patient.open", by=world.colleague, subject=other)
    page = page_of(world, resident=resident.archive_number if words == "archive" else words)
    assert "doctor (doctor)" in page
    assert "核对电话" in page
    assert "甲某" not in page


def test_part_of_an_id_number_finds_nobody_and_the_full_one_is_never_shown(
    world: World, officer: User, resident: Patient
) -> None:
    assert "没有符合条件的记录" in page_of(world, resident=NUMBER[-6:])
    page = page_of(world, resident="佩兰")
    assert NUMBER not in page
    assert PHONE not in page
    assert "1****************X" in page


def test_a_number_never_becomes_part_of_an_address_or_a_statement(
    world: World, officer: User, resident: Patient
) -> None:
    browser = world.browser("officer")
    with CaptureQueriesContext(connection) as statements:
        answer = browser.post("/audit/", {"resident": NUMBER, "action": "identity"})
    assert answer.headers["Location"].startswith("/audit/?")
    assert f"patient={resident.pk}" in answer.headers["Location"]
    assert "action=identity" in answer.headers["Location"]
    assert NUMBER[:-1] not in answer.headers["Location"] + str(statements.captured_queries)
    left = browser.get("/audit/", {"resident": NUMBER})
    assert (left.status_code, left.headers["Location"]) == (302, "/audit/")


def test_the_officer_opens_no_record(world: World, officer: User, resident: Patient) -> None:
    assert world.browser("officer").get(f"/patients/{resident.pk}/").status_code == 404


@pytest.mark.parametrize("given", ["nurse", "nur", "his", "区域平台"])
def test_a_person_or_a_system_is_found_by_name(
    world: World, officer: User, resident: Patient, given: str
) -> None:
    audit.record("records.list", by=world.api_client, organization_id=world.centre.pk, detail={"rows": 3})
    page = page_of(world, agent=given)
    assert ("看完整证件号" in page.split("<tbody>")[1]) == given.startswith("nur")
    assert ("经接口查询列表" in page.split("<tbody>")[1]) == (not given.startswith("nur"))


def test_kinds_single_actions_days_organizations_and_addresses_narrow(
    world: World, officer: User, resident: Patient
) -> None:
    rows = page_of(world, action="identity").split("<tbody>")[1]
    assert "查看完整证件号和电话" in rows
    assert "查阅档案" not in rows
    rows = page_of(world, action="patient.open").split("<tbody>")[1]
    assert "查阅档案" in rows
    assert "核对电话" not in rows
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    assert "没有符合条件的记录" in page_of(world, resident="佩兰", until=yesterday)
    assert "没有符合条件的记录" in page_of(world, resident="佩兰", organization=world.secondary.pk)
    assert "核对电话" in page_of(world, resident="佩兰", organization=world.centre.pk)
    assert "没有符合条件的记录" in page_of(world, resident="佩兰", address="10.1.2.3")


@pytest.mark.parametrize(
    "query",
    [
        {"since": "x"}, {"since": "2026-02-02", "until": "2026-01-01"}, {"organization": "0"}, {"action": "planted"},
        {"address": "nowhere"},
    ],
)  # fmt: skip
def test_nonsense_is_named(world: World, officer: User, query: dict[str, str]) -> None:
    assert world.browser("officer").get("/audit/", query).status_code == 422


@pytest.mark.parametrize("key", ["x", "1.2.3", "9" * 30 + ".1", "-", ".", "1"])
@pytest.mark.parametrize("way", ["after", "before"])
def test_a_made_up_place_in_the_trail_is_not_found(world: World, officer: User, way: str, key: str) -> None:
    assert world.browser("officer").get("/audit/", {way: key}).status_code == 404


def test_the_character_nul_finds_nobody(world: World, officer: User) -> None:
    page_of(world, resident="\x00", agent="a\x00")


def test_an_officer_without_an_alliance_reads_the_own_organization_and_what_lies_below(
    world: World, resident: Patient
) -> None:
    world.user("own", Role.PRIVACY_OFFICER, world.centre)
    assert "核对电话" in page_of(world, "own", resident="佩兰")
    assert "核对电话" not in page_of(world, "privacy_officer")
    station = Organization.objects.create(code="s", name="站", tier="community", parent=world.centre)
    audit.record("patient.open", by=world.doctor, organization_id=station.pk, detail={"reason": "站里的"})
    assert "站里的" in page_of(world, "own")


def test_lines_without_an_organization_are_read_by_the_officer_of_their_person(world: World) -> None:
    world.user("own", Role.PRIVACY_OFFICER, world.centre)
    audit.record("user.sign_in", by=world.doctor, subject=world.doctor)
    audit.record("user.sign_in_refused", by=None, subject=world.nurse, detail={"reason": "其一"})
    audit.record("user.sign_in", by=world.outsider, subject=world.outsider)
    audit.record("user.sign_in_refused", by=None, detail={"reason": "无名"})
    rows = page_of(world, "own").split("<tbody>")[1]
    assert "doctor (doctor)" in rows
    assert "其一" in rows
    assert "outsider" not in rows
    assert "无名" not in rows
    world.user("all", Role.PRIVACY_OFFICER, world.tertiary, alliance=world.alliance)
    rows = page_of(world, "all").split("<tbody>")[1]
    assert "outsider" in rows
    assert "无名" in rows


@pytest.mark.parametrize(
    "part", ["doctor", "centre_admin", "team_lead", "alliance_admin", "operator", "specialist"]
)
def test_nobody_else_reads_the_trail(world: World, part: str) -> None:
    browser = world.browser(part)
    assert browser.get("/audit/").status_code == 404
    assert browser.get("/audit/export/").status_code == 404


def test_pages_lead_there_and_back_over_every_line_once(world: World, officer: User) -> None:
    for n in range(120):
        audit.record(
            "patient.open", by=world.doctor, organization_id=world.centre.pk, detail={"reason": f"r{n:03}"}
        )
    browser = world.browser("officer")
    seen: list[list[str]] = []
    answer = browser.get("/audit/", {"action": "patient.open"})
    places = []
    while True:
        page = answer.context["page"]
        seen.append([line.told for line in page.lines])
        places.append(page)
        if not page.older:
            break
        answer = browser.get("/audit/", {"action": "patient.open", "after": page.older})
    assert [len(rows) for rows in seen] == [50, 50, 20]
    assert [told for rows in seen for told in rows] == [f"r{n:03}" for n in range(119, -1, -1)]
    back = browser.get("/audit/", {"action": "patient.open", "before": places[2].newer}).context["page"]
    assert [line.told for line in back.lines] == seen[1]
    first = browser.get("/audit/", {"action": "patient.open", "before": back.newer}).context["page"]
    assert [line.told for line in first.lines] == seen[0]
    assert first.newer == ""


def test_the_search_is_recorded_without_what_was_typed(
    world: World, officer: User, resident: Patient
) -> None:
    page_of(world, resident=NUMBER)
    line = AuditEvent.objects.get(action="trail.search")
    assert line.patient_id == resident.pk
    assert NUMBER not in str(line.detail)


def test_the_page_takes_the_same_few_statements_for_any_number_of_lines(
    world: World, officer: User, resident: Patient
) -> None:
    counts, browser = set(), world.browser("officer")
    for _round in range(2):
        with CaptureQueriesContext(connection) as statements:
            browser.get("/audit/", {"action": "opening"})
        counts.add(len(statements))
        for n in range(30):
            audit.record("patient.open", by=world.doctor, subject=world.patient(f"居民{n}"))
    assert len(counts) == 1
    assert max(counts) <= 15, counts


def test_a_month_leaves_as_a_file_that_names_the_taker(
    world: World, officer: User, resident: Patient
) -> None:
    audit.record("patient.open", by=world.doctor, organization_id=world.centre.pk, detail={"reason": "=1+1"})
    month = f"{timezone.localdate():%Y-%m}"
    answer = world.browser("officer").get("/audit/export/", {"month": month})
    text = b"".join(answer).decode("utf-8-sig")  # type: ignore[arg-type]
    head = text.splitlines()
    assert head[0] == f"审计日志,{month}"
    assert head[1] == "导出人,officer (officer)"
    assert head[2].startswith(f"导出时间,{timezone.localdate():%Y-%m-%d}")
    assert "查看完整证件号和电话" in text
    assert "李佩兰" in text
    assert NUMBER not in text
    assert PHONE not in text
    assert "'=1+1" in text
    assert AuditEvent.objects.get(action="trail.export").detail == {"month": month}
    assert world.browser("officer").get("/audit/export/", {"month": "1999-01"}).status_code == 422


def test_a_file_holds_only_what_the_officer_reads(world: World, resident: Patient) -> None:
    answer = world.browser("privacy_officer").get(
        "/audit/export/", {"month": f"{timezone.localdate():%Y-%m}"}
    )
    assert "核对电话" not in b"".join(answer).decode()  # type: ignore[arg-type]


def access(world: World, part: str, patient: Patient, **query: Any) -> Any:
    return world.browser(part).get(f"/patients/{patient.pk}/access/", query)


def test_the_access_history_says_who_looked_when_and_why(
    world: World, officer: User, resident: Patient
) -> None:
    for _again in range(3):
        audit.record("patient.open", by=world.doctor, subject=resident)
    audit.record("visit.record", by=world.doctor, subject=resident)
    page = access(world, "officer", resident).content.decode()
    assert "4 次" in page, "openings of a day are one line"
    assert "核对电话" in page
    assert "全科医师 · 南泉街道社区卫生服务中心" in page
    assert "查询人 officer" in page
    assert "记录随访" not in page
    assert "记录随访" in access(world, "officer", resident, all="1").content.decode()
    assert AuditEvent.objects.filter(action="trail.access-history", patient_id=resident.pk).count() == 2


@pytest.mark.parametrize(
    ("part", "status"),
    [
        ("officer", 200), ("centre_admin", 200), ("team_lead", 200), ("doctor", 404), ("nurse", 404),
        ("outsider", 404), ("specialist", 404), ("alliance_admin", 404), ("operator", 404), ("privacy_officer", 404),
    ],
)  # fmt: skip
def test_who_may_read_an_access_history(
    world: World, officer: User, resident: Patient, part: str, status: int
) -> None:
    assert access(world, part, resident).status_code == status


def test_a_lead_reads_only_of_the_own_team_and_an_ended_post_ends_it(world: World, resident: Patient) -> None:
    elsewhere = world.patient("乙", team=world.second_team)
    assert access(world, "team_lead", elsewhere).status_code == 404
    today = timezone.localdate()
    PractitionerRole.objects.filter(user=world.team_lead).update(period=DateRange(SINCE, today))
    assert access(world, "team_lead", resident).status_code == 404


def test_the_way_to_the_history_is_shown_to_those_who_may_go_it(world: World, resident: Patient) -> None:
    path = f"/patients/{resident.pk}/access/"
    assert path in world.browser("centre_admin").get(f"/patients/{resident.pk}/").content.decode()
    assert path not in world.browser("doctor").get(f"/patients/{resident.pk}/").content.decode()


def test_a_long_history_goes_on_at_the_day_where_it_stopped(
    world: World, officer: User, resident: Patient
) -> None:
    now = timezone.now()
    rows = [
        AuditEvent(action="patient.open", agent_type="user", agent_id=str(n), agent_name=f"人{n}", detail={},
                   patient_id=resident.pk, organization_id=world.centre.pk, at=now - timedelta(days=day))
        for day in range(1, 6) for n in range(60)
    ]  # fmt: skip
    AuditEvent.objects.bulk_create(rows)
    seen, query = set(), {}
    for _page in range(10):
        answer = access(world, "officer", resident, **query)
        for day, looks in answer.context["history"].days:
            assert day not in seen, "no day stands on two pages"
            seen.add(day)
            assert len(looks) in (60, len(looks) if day == timezone.localdate() else 60)
        until = answer.context["history"].until
        if until is None:
            break
        query = {"until": until.isoformat()}
    assert len(seen) == 6
    assert access(world, "officer", resident, until="x").status_code == 404
