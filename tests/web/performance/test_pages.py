"""The performance pages: who sees which figures, who opens the residents behind them, and at what cost."""

import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from openpyxl import load_workbook
from psycopg2.extras import DateRange

from alliances.models import PractitionerRole, Role
from journal.models import AuditEvent
from patients import responsibilities
from patients.models import Encounter, Patient
from patients.programmes import Programme
from performance import rollup
from performance.models import Population, Target
from tests.world import World, at

TODAY = timezone.localdate
HTN = Programme.HYPERTENSION


def seen(patient: Patient, times: int, method: str = "clinic", systolic: int = 130) -> None:
    for nth in range(times):
        on = TODAY().replace(month=1, day=1) + timedelta(days=nth)
        Encounter.objects.create(
            patient=patient, organization=patient.organization, care_team=patient.care_team, practitioner_name="周",
            on=on, method=method, programmes=patient.programmes, recorded_at=at(f"{on}T10:00"),
            systolic=systolic, diastolic=80,
        )  # fmt: skip


@pytest.fixture
def counted(world: World) -> World:
    """One standard-managed, one a visit short with two calls, one never seen; one in the second team, one elsewhere."""
    seen(world.patient("甲达标", HTN), 4)
    short = world.patient("乙差一", HTN)
    seen(short, 3)
    seen(short, 2, "phone", systolic=160)
    world.patient("丙失访", HTN)
    seen(world.patient("丁二队", HTN, team=world.second_team), 4)
    world.patient("戊外院", HTN, organization=world.other_centre)
    Target.objects.create(indicator="htn-standard-managed", year=TODAY().year, percent="73")
    Population.objects.create(
        organization=world.centre, care_team=world.team, year=TODAY().year, residents=100
    )
    rollup.full(on=TODAY())
    return world


def page(world: World, part: str, path: str = "", **query: Any) -> Any:
    return world.browser(part).get(f"/performance/{path}", query)


def place(world: World, team: Any = None) -> dict[str, int]:
    return {"organization": world.centre.pk} | ({"team": team.pk} if team else {})


def test_the_alliance_administrator_goes_down_from_the_alliance_to_the_team(counted: World) -> None:
    top = page(counted, "alliance_admin").content.decode()
    assert "巴南区医联体" in top
    assert "40.00%" in top, "2 of 5: the sum of the leaves, not the mean of 50% and 0%"
    centre = page(counted, "alliance_admin", **place(counted)).content.decode()
    assert "50.00%" in centre
    assert "第二片区团队" in centre
    team = page(counted, "alliance_admin", **place(counted, counted.team)).content.decode()
    assert "33.33%" in team
    assert "差 2 人" in team, "3 of 3 would be needed for 73%: two more"


def test_numbers_only_never_a_residents_name_for_the_alliance(counted: World) -> None:
    for path in ("", "moves/"):
        text = page(counted, "alliance_admin", path, **place(counted)).content.decode()
        assert not any(name in text for name in ("甲达标", "乙差一", "丙失访"))
    assert page(counted, "alliance_admin", "patients/", **place(counted)).status_code == 404


@pytest.mark.parametrize("role", [Role.BUREAU_VIEWER, Role.CDC_ANALYST])
def test_bureau_and_cdc_see_numbers_and_open_no_resident(counted: World, role: Role) -> None:
    counted.user("watcher", role, counted.centre)
    assert "50.00%" in page(counted, "watcher", **place(counted)).content.decode()
    assert page(counted, "watcher", "patients/", **place(counted)).status_code == 404


@pytest.mark.parametrize("part", ["centre_admin", "team_lead"])
def test_the_centre_opens_the_residents_missing_and_counted(counted: World, part: str) -> None:
    query = place(counted, counted.team)
    missing = page(counted, part, "patients/", **query).content.decode()
    assert "乙差一" in missing
    assert "丙失访" in missing
    assert "甲达标" not in missing
    assert "电话随访不计" in missing
    short = page(counted, part, "patients/", **query, lack="one-visit").content.decode()
    assert "乙差一" in short
    assert "丙失访" not in short
    inside = page(counted, part, "patients/", **query, **{"in": "1"}).content.decode()
    assert "甲达标" in inside
    assert "乙差一" not in inside


def test_a_team_lead_opens_only_the_own_team(counted: World) -> None:
    assert page(counted, "team_lead", "patients/", **place(counted, counted.second_team)).status_code == 404
    assert page(counted, "team_lead", "patients/", **place(counted)).status_code == 404


def test_a_team_lead_who_is_a_doctor_elsewhere_opens_no_more_than_the_own_team(counted: World) -> None:
    PractitionerRole.objects.create(
        user=counted.team_lead, role=Role.GENERAL_PRACTITIONER, organization=counted.other_centre,
        care_team=counted.other_team, period=DateRange(date(2020, 1, 1), None),
    )  # fmt: skip
    there = {"organization": counted.other_centre.pk}
    assert page(counted, "team_lead", "", **there).status_code == 200
    assert page(counted, "team_lead", "patients/", **there).status_code == 404
    mine = page(counted, "team_lead", "patients/", **place(counted, counted.team))
    assert mine.status_code == 200


def test_an_outsider_finds_nothing_of_another_centre(counted: World) -> None:
    for path in ("", "moves/", "patients/", "export/"):
        assert page(counted, "outsider", path, **place(counted)).status_code == 404
    assert "戊外院" not in page(counted, "outsider").content.decode()


@pytest.mark.parametrize("part", ["specialist", "privacy_officer", "operator"])
def test_who_has_no_figures_gets_404(counted: World, part: str) -> None:
    assert page(counted, part).status_code == 404


def test_a_resident_who_has_moved_on_is_counted_but_not_listed(counted: World) -> None:
    patient = Patient.objects.get(name="丙失访")
    last_month = (TODAY().replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    responsibilities.assign(
        patient, organization=counted.other_centre, care_team=counted.other_team, on=TODAY(), by=None
    )
    query = place(counted, counted.team) | {"month": last_month, "lack": "more-visits"}
    if TODAY().month == 1:
        pytest.skip("the year has only begun")
    text = page(counted, "centre_admin", "patients/", **query | {"lack": ""}).content.decode()
    assert "丙失访" not in text
    assert "目前由其他机构或团队管理" in text


@pytest.mark.parametrize(
    ("code", "lack", "names"),
    [
        ("htn-controlled", "no-reading", ["丙失访"]),
        ("htn-controlled", "off-target", []),
        ("htn-followups", "", ["丙失访"]),
        ("contracted", "contract", []),
        ("followups-on-time", "", []),
    ],
)
def test_every_indicator_opens_into_residents(counted: World, code: str, lack: str, names: list[str]) -> None:
    query = place(counted, counted.team) | {"indicator": code, "lack": lack}
    answer = page(counted, "centre_admin", "patients/", **query)
    assert answer.status_code == 200
    for name in ("甲达标", "乙差一", "丙失访"):
        assert (name in answer.content.decode()) == (name in names)


def test_what_would_move_it_counts_those_who_lack_one_visit(counted: World) -> None:
    text = page(counted, "alliance_admin", "moves/", **place(counted, counted.team)).content.decode()
    assert "差 1 次面访" in text
    assert "1 人" in text


@pytest.mark.parametrize(
    "query",
    [
        {"indicator": "nonsense"}, {"month": "1999-01"}, {"month": "x"}, {"organization": "x"}, {"organization": "99999999"},
        {"organization": "1" * 30}, {"team": "1"}, {"organization": "²"},
    ],
)  # fmt: skip
def test_nonsense_in_the_address_is_not_found(counted: World, query: dict[str, str]) -> None:
    assert page(counted, "alliance_admin", **query).status_code == 404


def test_a_team_of_another_centre_is_not_found(counted: World) -> None:
    query = {"organization": counted.centre.pk, "team": counted.other_team.pk}
    assert page(counted, "alliance_admin", **query).status_code == 404


def test_before_the_first_rollup_the_page_says_so(world: World) -> None:
    text = page(world, "alliance_admin").content.decode()
    assert "尚未计算" in text
    assert "0.00%" not in text


def test_without_a_denominator_there_is_no_rate(counted: World) -> None:
    text = page(counted, "alliance_admin", indicator="dm-controlled").content.decode()
    assert "无分母" in text
    assert "0.00%" not in text


def test_the_export_holds_every_cell_and_is_recorded(counted: World) -> None:
    answer = page(counted, "centre_admin", "export/", **place(counted))
    rows = list(load_workbook(io.BytesIO(answer.content)).active.values)
    assert rows[0][1] == "机构"
    standard = [row for row in rows if row[3] == "高血压规范管理率"]
    assert sorted((row[2], row[5], row[6], row[7]) for row in standard) == [
        ("第一片区团队", 1, 3, 33.33), ("第二片区团队", 1, 1, 100),
    ]  # fmt: skip
    event = AuditEvent.objects.get(action="performance.export")
    assert event.organization_id == counted.centre.pk
    assert event.agent_name == counted.centre_admin.agent_name()


@pytest.mark.parametrize("code", ["htn-standard-managed", "htn-followups"])
def test_the_dashboard_costs_four_statements_and_the_list_five(
    counted: World, django_assert_max_num_queries: Any, code: str
) -> None:
    admin, alliance = counted.browser("centre_admin"), counted.browser("alliance_admin")
    query = place(counted, counted.team) | {"indicator": code}
    with django_assert_max_num_queries(6 + 4):  # session, user, device, posts, tree or alliance, unread notices
        alliance.get("/performance/", query)
    with django_assert_max_num_queries(6 + 5):
        admin.get("/performance/patients/", query)


def test_each_month_since_january_can_be_chosen(counted: World) -> None:
    january = date(TODAY().year, 1, 1)
    text = page(counted, "alliance_admin", month=january.strftime("%Y-%m"), **place(counted)).content.decode()
    assert "50.00%" in text, "the four visits lie in January"
