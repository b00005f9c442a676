"""The start page, the list, one resident, search and notices, as different people see them."""

from datetime import date, timedelta

import pytest
from django.utils import timezone
from psycopg2.extras import DateRange

from alliances.models import PractitionerRole, Role
from followups.models import Appointment
from journal.models import AuditEvent, Channel, Communication, CommunicationStatus
from patients.identity import IdentityText
from patients.models import AccessGrant, Patient, Task
from patients.programmes import Programme
from performance.models import IndicatorValue, Target
from tests.db.followups.recording import save
from tests.db.followups.versions_at_hand import begun
from tests.world import World

TODAY = timezone.localdate
NUMBER = "11010519491231002X"


@pytest.fixture
def resident(world: World) -> Patient:
    return world.patient("李佩兰", Programme.HYPERTENSION, Programme.DIABETES, number=NUMBER)


def due(patient: Patient, days: int) -> Appointment:
    Appointment.objects.filter(patient=patient).delete()
    return Appointment.objects.create(
        patient=patient, organization=patient.organization, care_team=patient.care_team,
        due_on=TODAY() + timedelta(days=days), booked_on=TODAY() - timedelta(days=100),
    )  # fmt: skip


@pytest.mark.parametrize(("days", "words"), [(-3, "逾期 3 天"), (0, "今日到期"), (4, "4 天后")])
def test_a_due_follow_up_stands_in_todays_list(
    world: World, resident: Patient, days: int, words: str
) -> None:
    due(resident, days)
    page = world.browser("doctor").get("/").content.decode()
    assert "李佩兰" in page
    assert words in page


def test_a_follow_up_far_away_does_not(world: World, resident: Patient) -> None:
    due(resident, 30)
    assert "李佩兰" not in world.browser("doctor").get("/").content.decode()


def test_another_teams_follow_up_shows_only_in_the_whole_centres_list(world: World) -> None:
    due(world.patient("乙", Programme.HYPERTENSION, team=world.second_team), 0)
    browser = world.browser("doctor")
    assert ">乙<" not in browser.get("/").content.decode()
    assert ">乙<" in browser.get("/?whole=1").content.decode()


def test_the_list_can_be_narrowed_to_one_kind_and_survives_nonsense(world: World, resident: Patient) -> None:
    due(resident, 0)
    browser = world.browser("doctor")
    assert "李佩兰" in browser.get("/?kind=today").content.decode()
    assert "李佩兰" not in browser.get("/?kind=overdue").content.decode()
    assert browser.get("/?kind=nonsense&page=-7").status_code == 200


def test_an_open_advice_and_a_return_stand_first(world: World, resident: Patient) -> None:
    Task.objects.create(patient=resident, kind="referral_advised", organization=world.centre, care_team=world.team,
                        urgency="emergency")  # fmt: skip
    page = world.browser("doctor").get("/").content.decode()
    assert "达到紧急转诊标准" in page


def test_the_list_costs_the_same_whatever_its_length(world: World, django_assert_max_num_queries) -> None:
    for n in range(25):
        due(world.patient(f"居民{n}", Programme.HYPERTENSION, phone=""), -n)
    browser = world.browser("doctor")
    with django_assert_max_num_queries(4 + 5):  # session and scope 4 (with the unread notices), list 5
        assert browser.get("/").status_code == 200


def test_a_specialist_starts_at_the_desk_and_an_alliance_administrator_at_the_figures(world: World) -> None:
    assert world.browser("specialist").get("/")["Location"] == "/referrals/desk/"
    assert world.browser("alliance_admin").get("/")["Location"] == "/performance/"


def test_the_page_shows_one_resident_with_masks_only(world: World, resident: Patient) -> None:
    page = world.browser("doctor").get(f"/patients/{resident.pk}/").content.decode()
    for words in (
        "李佩兰",
        "高血压",
        "2型糖尿病",
        "1****************X",
        "138******78",
        "巴南区人民医院",
        "&lt;150/90",
    ):
        assert words in page
    assert NUMBER not in page
    assert "13812345678" not in page


def test_lines_are_those_of_the_settings_in_force(world: World) -> None:
    born = date(TODAY().year - 62, 1, 1)
    patient = world.patient("王建国", Programme.HYPERTENSION, born=born)
    save(world, patient, TODAY().isoformat(), recorded_at=timezone.now(), systolic=145, diastolic=80)
    browser = world.browser("doctor")
    assert "&lt;140/90 mmHg" in browser.get(f"/patients/{patient.pk}/").content.decode()
    begun(world.doctor, days_ago=1, age_relaxed=60)
    page = browser.get(f"/patients/{patient.pk}/").content.decode()
    assert "&lt;150/90 mmHg" in page
    assert "&lt;140/90 mmHg" not in page
    due(patient, 0)
    row = browser.get("/").context["list"].groups[0].rows[0]
    assert (row.values, row.limit) == ([145], 150)


def test_opening_a_record_is_recorded(world: World, resident: Patient) -> None:
    world.browser("doctor").get(f"/patients/{resident.pk}/")
    event = AuditEvent.objects.get(action="patient.open")
    assert event.address == "127.0.0.1"
    assert (event.agent_id, event.patient_id) == (str(world.doctor.pk), resident.pk)


def test_opening_a_resident_stays_within_its_statements(
    world: World, resident: Patient, django_assert_max_num_queries
) -> None:
    browser = world.browser("doctor")
    with django_assert_max_num_queries(4 + 15):
        browser.get(f"/patients/{resident.pk}/")


@pytest.mark.parametrize("part", ["outsider", "specialist", "alliance_admin", "privacy_officer", "operator"])
def test_nobody_else_opens_the_resident(world: World, resident: Patient, part: str) -> None:
    browser = world.browser(part)
    assert browser.get(f"/patients/{resident.pk}/").status_code == 404
    assert browser.post(f"/patients/{resident.pk}/identity/", {"reason": "x"}).status_code == 404


def test_a_visitor_is_asked_to_sign_in(client, world: World, resident: Patient) -> None:
    for path in ("/", "/patients/", f"/patients/{resident.pk}/", "/notices/"):
        assert client.get(path)["Location"].startswith("/accounts/")


def test_the_full_number_needs_a_reason_and_leaves_a_line(world: World, resident: Patient) -> None:
    browser = world.browser("doctor")
    assert browser.post(f"/patients/{resident.pk}/identity/", {"reason": " "}).status_code == 422
    page = browser.post(f"/patients/{resident.pk}/identity/", {"reason": "办理转诊"}).content.decode()
    assert NUMBER in page
    event = AuditEvent.objects.get(action="identity.unmask")
    assert event.detail == {"reason": "办理转诊"}
    assert event.patient_id == resident.pk


@pytest.mark.parametrize("text", ["佩兰", "lpl", "002X", "002x", "５６７８", "31002X", "00001"])
def test_search_finds_by_name_part_initials_and_last_digits(
    world: World, resident: Patient, text: str
) -> None:
    answer = (
        world.browser("doctor").post("/search/", {"q": text}, headers={"HX-Request": "true"}).content.decode()
    )
    assert "李" in answer
    assert "兰" in answer
    assert NUMBER not in answer


def test_search_shows_an_outsider_nothing(world: World, resident: Patient) -> None:
    for text in ("佩兰", "lpl", "002X", "5678"):
        answer = world.browser("outsider").post("/search/", {"q": text}, headers={"HX-Request": "true"})
        assert str(resident.pk) not in answer.content.decode()


def test_a_name_in_the_search_panel_is_escaped(world: World) -> None:
    world.patient("<b>甲</b>")
    answer = (
        world.browser("doctor").post("/search/", {"q": "甲"}, headers={"HX-Request": "true"}).content.decode()
    )
    assert "<b>甲" not in answer
    assert "<mark>甲</mark>" in answer


def test_the_list_of_residents_filters_by_programme_and_text(world: World, resident: Patient) -> None:
    world.patient("王二")
    browser = world.browser("doctor")
    assert "王二" in browser.get("/patients/").content.decode()
    assert "王二" not in browser.get("/patients/?programme=diabetes").content.decode()
    assert "没有找到居民" in browser.get("/patients/?q=查无此人").content.decode()


def test_a_notice_of_the_team_is_shown_opened_and_read(world: World, resident: Patient) -> None:
    notice = Communication.objects.create(
        key="k", kind="reminder", channel=Channel.IN_APP, recipient_kind="team", recipient_id=str(world.team.pk),
        patient_id=resident.pk, organization_id=world.centre.pk, not_before=timezone.now(),
        status=CommunicationStatus.COMPLETED, content={"due_on": "2026-12-01", "reason": "routine"},
    )  # fmt: skip
    browser = world.browser("doctor")
    page = browser.get("/notices/").content.decode()
    assert "2026-12-01" in page
    assert "李佩兰" in page
    assert browser.post("/notices/read/", {"notice": notice.pk})["Location"] == f"/patients/{resident.pk}/"
    notice.refresh_from_db()
    assert notice.read_at is not None
    assert "2026-12-01" not in world.browser("outsider").get("/notices/").content.decode()
    assert browser.post("/notices/read/", {"notice": "nonsense"}).status_code == 400


def test_the_path_that_lower_apps_link_to_is_the_patients_page(resident: Patient) -> None:
    from django.urls import resolve

    from patients.links import patient_path

    assert resolve(patient_path(resident.pk)).view_name == "workbench:patient"


def test_pinyin_sorts_the_list(world: World) -> None:
    for name in ("张一", "安二", "单三"):
        world.patient(name)
    page = world.browser("doctor").get("/patients/").content.decode()
    assert page.index("安二") < page.index("单三") < page.index("张一")


def test_identity_text_never_prints_itself() -> None:
    assert NUMBER not in repr(IdentityText(number=NUMBER))


def test_a_second_post_elsewhere_unmasks_and_records_nothing_of_a_granted_resident(world: World) -> None:
    """A doctor of the other centre who is a specialist of the hospital too reads the granted record, and no more."""
    resident = world.patient("李佩兰", Programme.HYPERTENSION, number=NUMBER)
    PractitionerRole.objects.create(
        user=world.outsider, role=Role.SPECIALIST, organization=world.secondary, department=world.cardiology,
        period=DateRange(TODAY() - timedelta(days=9), None),
    )  # fmt: skip
    AccessGrant.objects.create(
        patient=resident, organization=world.secondary, department=world.cardiology, basis="referral",
        period=DateRange(TODAY(), None),
    )  # fmt: skip
    browser = world.browser("outsider")
    page = browser.get(f"/patients/{resident.pk}/")
    assert page.status_code == 200
    assert not {name for name in ("may_record", "may_unmask", "may_refer") if page.context[name]}
    assert browser.get(f"/patients/{resident.pk}/visit/").status_code == 404
    assert browser.post(f"/patients/{resident.pk}/identity/", {"reason": "x"}).status_code == 404
    assert browser.get(f"/referrals/new/{resident.pk}/").status_code == 404
    assert "李佩兰" not in browser.get("/?whole=1").content.decode()


def test_a_search_keeps_what_was_typed_and_survives_nonsense(world: World, resident: Patient) -> None:
    browser = world.browser("doctor")
    assert browser.get("/search/", {"q": "李&page=2#"})["Location"].endswith("?q=%E6%9D%8E%26page%3D2%23")
    assert browser.get("/patients/", {"q": "a\x00b"}).status_code == 200
    path = f"/patients/{resident.pk}/identity/"
    assert browser.post(path, {"reason": "核对\x00"}).status_code == 200


def test_the_team_stands_beside_the_list(world: World, resident: Patient) -> None:
    month = TODAY().replace(day=1)
    IndicatorValue.objects.create(
        indicator="htn-standard-managed", month=month, organization=world.centre, team=world.team.pk,
        numerator=3, denominator=4,
    )  # fmt: skip
    Target.objects.create(indicator="htn-standard-managed", year=month.year, percent=64)
    part = world.browser("doctor").get("/team/", headers={"HX-Request": "true"}).content.decode()
    assert "75.00" in part
    assert "暂无进行中的转诊" in part
    assert world.browser("doctor").get("/team/")["Location"] == "/performance/"
    assert (
        "75.00"
        not in world.browser("outsider").get("/team/", headers={"HX-Request": "true"}).content.decode()
    )


def test_a_resident_who_did_not_come_is_to_be_called(world: World, resident: Patient) -> None:
    Task.objects.create(
        patient=resident, kind="call_no_show", organization=world.centre, care_team=world.team,
        basis_kind="servicerequest", basis_id="0198c0de-0000-7000-8000-000000000000", urgency="emergency",
    )  # fmt: skip
    page = world.browser("doctor").get("/").content.decode()
    assert "未按约到院，须电话联系" in page
    assert "达到紧急转诊标准，须立即转诊" not in page


def test_a_long_kind_of_tasks_is_paged(world: World) -> None:
    for n in range(55):
        Task.objects.create(
            patient=world.patient(f"居民{n}", phone="", contract=False), kind="referral_advised",
            organization=world.centre, care_team=world.team, created_at=timezone.now(),
        )  # fmt: skip
    browser = world.browser("doctor")
    first, second = (
        browser.get(f"/?kind=advised&page={n}").content.decode().count("yl-wl-r") for n in (1, 2)
    )
    assert (first, second) == (50, 5)
    assert "另 47 人" in browser.get("/").content.decode()
