"""Organizations, departments, areas: who may, what is refused at which field, and what the page says afterwards."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from psycopg2.extras import DateRange

from alliances.identifiers import organization_check_digit
from alliances.models import Department, Organization, PractitionerRole, ServiceArea
from journal.models import AuditEvent
from patients.programmes import Programme
from tests.world import World

TODAY = timezone.localdate()
USCC = "12310104MB2F30610J"
FACTS = {"code": "station", "name": "红旗卫生站", "short_name": "红旗站", "tier": "community"}


def at(name: str, *args: int) -> str:
    return reverse(f"alliances:{name}", args=args)


@pytest.fixture
def operator(world: World) -> Client:
    return world.browser("operator")


@pytest.fixture
def admin(world: World) -> Client:
    return world.browser("centre_admin")


# ---- who


@pytest.mark.parametrize(
    ("part", "status"),
    [("operator", 200), ("centre_admin", 200), ("alliance_admin", 200), ("doctor", 404), ("specialist", 404),
     ("privacy_officer", 404)],
)  # fmt: skip
def test_who_opens_the_list(world: World, part: str, status: int) -> None:
    assert world.browser(part).get(at("organizations")).status_code == status


def test_an_administrator_sees_the_own_part_of_the_tree_only(world: World, admin: Client) -> None:
    Organization.objects.create(**FACTS, parent=world.centre)
    page = admin.get(at("organizations")).content.decode()
    assert "红旗卫生站" in page
    assert world.centre.name in page
    assert world.other_centre.name not in page
    assert admin.get(at("organization", world.other_centre.pk)).status_code == 404


def test_an_alliance_administrator_reads_the_members_and_changes_nothing(world: World) -> None:
    browser = world.browser("alliance_admin")
    stranger = Organization.objects.create(**FACTS)
    page = browser.get(at("organization", world.centre.pk))
    assert page.status_code == 200
    assert "修改" not in page.content.decode().split("<main")[1].split("</main>")[0]
    assert browser.get(at("organization", stranger.pk)).status_code == 404
    for name in (
        "organization-edit",
        "organization-move",
        "organization-merge",
        "organization-close",
        "areas-new",
    ):
        assert browser.get(at(name, world.centre.pk)).status_code == 404, name


def test_an_administrator_reorganizes_what_is_below_but_not_the_own_organization(
    world: World, admin: Client
) -> None:
    below = Organization.objects.create(**FACTS, parent=world.centre)
    for name in ("organization-move", "organization-merge", "organization-close"):
        assert admin.get(at(name, world.centre.pk)).status_code == 404, name
        assert admin.get(at(name, below.pk)).status_code == 200, name
    assert "机构调整" not in admin.get(at("organization", world.centre.pk)).content.decode()
    assert "机构调整" in admin.get(at("organization", below.pk)).content.decode()


# ---- the list


def test_the_list_finds_by_name_and_code_and_filters_by_tier_and_state(
    world: World, operator: Client
) -> None:
    Organization.objects.create(**{**FACTS, "code": "gone", "name": "旧卫生站"}, closed_on=TODAY)

    def names(**query: str) -> set[str]:
        return {row.name for row, _level in operator.get(at("organizations"), query).context["lines"]}

    assert names(q="龙洲湾") == names(q="other") == {world.other_centre.name}
    assert names(tier="tertiary") == {world.tertiary.name}
    assert names(state="closed") == {"旧卫生站"}
    assert "旧卫生站" not in names()
    assert len(names(state="all")) == 5
    assert "未找到" in operator.get(at("organizations"), {"q": "无此机构"}).content.decode()


def test_the_list_takes_the_same_statements_for_any_number(
    world: World, operator: Client, django_assert_max_num_queries
) -> None:
    Organization.objects.bulk_create(
        Organization(code=f"o{n}", name=f"站{n}", tier="community", parent=world.centre) for n in range(60)
    )
    with django_assert_max_num_queries(9):
        page = operator.get(at("organizations"))
    assert len(page.context["lines"]) == 50
    assert "page=2" in page.content.decode()


def test_the_page_takes_the_same_statements_for_any_number(
    world: World, operator: Client, django_assert_max_num_queries
) -> None:
    for n in range(12):
        Department.objects.create(organization=world.centre, code=f"d{n}", name=f"科{n}")
        ServiceArea.objects.create(organization=world.centre, name=f"村{n}", care_team=world.team)
    with django_assert_max_num_queries(18):
        assert operator.get(at("organization", world.centre.pk)).status_code == 200


# ---- facts


def test_an_operator_records_an_organization_and_the_trail_says_so(world: World, operator: Client) -> None:
    institution = f"12345678{organization_check_digit('12345678')}500113" + "11B1001"
    answer = operator.post(
        at("organization-new"),
        {**FACTS, "uscc": USCC, "institution_code": institution, "area_code": "500113"},
    )
    row = Organization.objects.get(code="station")
    assert answer.url == at("organization", row.pk)
    assert (row.parent, row.uscc, row.institution_code) == (None, USCC, institution)
    page = operator.get(answer.url).content.decode()
    assert "机构登记" in page
    assert USCC in page


def test_an_administrator_records_one_below_the_own_and_nowhere_else(world: World, admin: Client) -> None:
    assert admin.post(at("organization-new"), {**FACTS, "parent": world.other_centre.pk}).status_code == 422
    assert admin.post(at("organization-new"), FACTS).status_code == 422
    assert admin.post(at("organization-new"), {**FACTS, "parent": world.centre.pk}).status_code == 302


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("uscc", "12310104MB2F30610I", "统一社会信用代码"),
        ("uscc", "12310104MB2F306", "18"),
        ("institution_code", "MB2F30611500113117B100", "组织机构代码"),
        ("area_code", "5001", "6"),
        ("code", "nanquan", "已被其他机构使用"),
        ("name", "", "必填"),
    ],
)
def test_a_wrong_number_is_told_in_chinese_at_its_field(
    world: World, operator: Client, field: str, value: str, words: str
) -> None:
    answer = operator.post(at("organization-new"), {**FACTS, field: value})
    assert answer.status_code == 422
    assert any(words in error for error in answer.context["form"].errors[field]), answer.context[
        "form"
    ].errors
    assert not Organization.objects.filter(name="红旗卫生站").exists()


def test_a_number_belongs_to_one_organization(world: World, operator: Client) -> None:
    Organization.objects.filter(pk=world.centre.pk).update(uscc=USCC)
    answer = operator.post(at("organization-new"), {**FACTS, "uscc": USCC.lower()})
    assert answer.status_code == 422
    assert "uscc" in answer.context["form"].errors


def test_editing_writes_what_changed_and_never_the_place_or_the_code(world: World, admin: Client) -> None:
    data = {"name": world.centre.name, "short_name": "南泉中心", "tier": "community", "code": "x",
            "parent": world.other_centre.pk}  # fmt: skip
    assert admin.post(at("organization-edit", world.centre.pk), data).status_code == 302
    world.centre.refresh_from_db()
    assert (world.centre.short_name, world.centre.code, world.centre.parent) == ("南泉中心", "nanquan", None)
    assert AuditEvent.objects.get(action="organization.edit").detail == {"changed": ["short_name"]}


def test_a_closed_organization_is_history(world: World, operator: Client) -> None:
    Organization.objects.filter(pk=world.centre.pk).update(closed_on=TODAY)
    assert "已于" in operator.get(at("organization", world.centre.pk)).content.decode()
    for name in ("organization-edit", "department-new", "areas-new", "organization-close"):
        assert operator.get(at(name, world.centre.pk)).status_code == 404, name


# ---- departments


def test_a_department_is_added_changed_and_has_one_code(world: World, operator: Client) -> None:
    new = at("department-new", world.centre.pk)
    data = {"name": "全科", "code": "general", "phone": "1", "programmes": ["hypertension", "diabetes"]}
    assert operator.post(new, data).status_code == 302
    row = Department.objects.get(code="general")
    assert row.programmes == ["hypertension", "diabetes"]
    assert "高血压" in operator.get(at("organization", world.centre.pk)).content.decode()

    again = operator.post(new, data)
    assert again.status_code == 422
    assert "已有使用该编码的科室" in again.content.decode()

    assert operator.post(at("department-edit", row.pk), {**data, "name": "全科门诊"}).status_code == 302
    row.refresh_from_db()
    assert row.name == "全科门诊"


def test_closing_a_department_asks_what_becomes_of_its_posts(world: World, operator: Client) -> None:
    close = at("department-close", world.cardiology.pk)
    assert "specialist" in operator.get(close).content.decode()
    assert operator.post(close, {"posts_to": world.tertiary_cardiology.pk}).status_code == 422

    assert operator.post(close, {"posts_to": world.endocrinology.pk}).status_code == 302

    world.cardiology.refresh_from_db()
    assert world.cardiology.closed_on == TODAY
    old, new = PractitionerRole.objects.filter(user=world.specialist).order_by("pk")
    assert (old.period.upper, new.department, new.period) == (
        TODAY,
        world.endocrinology,
        DateRange(TODAY, None),
    )
    assert operator.get(close).status_code == 404


def test_posts_of_a_department_that_closes_end_where_nothing_is_chosen(
    world: World, operator: Client
) -> None:
    assert operator.post(at("department-close", world.cardiology.pk), {}).status_code == 302
    assert not PractitionerRole.objects.filter(user=world.specialist).live(on=TODAY).exists()


def test_an_open_referral_keeps_its_department_open(world: World, operator: Client) -> None:
    from referrals.models import ServiceRequest

    ServiceRequest.objects.create(
        patient=world.patient("甲", Programme.HYPERTENSION), programme="hypertension", source_organization=world.centre,
        requester=world.doctor, target_organization=world.secondary, target_department=world.cardiology, reason="x",
    )  # fmt: skip
    close = at("department-close", world.cardiology.pk)
    assert "转入未办结的转诊" in operator.get(close).content.decode()
    assert operator.post(close, {}).status_code == 422
    world.cardiology.refresh_from_db()
    assert world.cardiology.closed_on is None


# ---- areas


def test_many_areas_are_pasted_at_once_with_their_team(world: World, admin: Client) -> None:
    data = {"names": "红旗村、白鹤村\n和平村,红旗村\n", "kind": "village", "care_team": world.team.pk}
    assert admin.post(at("areas-new", world.centre.pk), data).status_code == 302
    rows = ServiceArea.objects.filter(organization=world.centre)
    assert set(rows.values_list("name", "kind", "care_team")) == {
        (name, "village", world.team.pk) for name in ("红旗村", "白鹤村", "和平村")
    }
    again = admin.post(at("areas-new", world.centre.pk), {"names": "白鹤村、石坪村", "kind": "village"})
    assert again.status_code == 422
    assert "已在服务片区中：白鹤村" in again.content.decode()
    assert rows.count() == 3


@pytest.mark.parametrize("names", ["", " 、\n", "长" * 61])
def test_names_that_are_none_are_refused(world: World, admin: Client, names: str) -> None:
    answer = admin.post(at("areas-new", world.centre.pk), {"names": names, "kind": "village"})
    assert answer.status_code == 422
    assert "names" in answer.context["form"].errors


def test_an_area_changes_its_team_and_is_removed(world: World, admin: Client) -> None:
    area = ServiceArea.objects.create(organization=world.centre, name="红旗村", care_team=world.team)
    ServiceArea.objects.create(organization=world.centre, name="白鹤村")
    edit = at("area-edit", area.pk)
    assert admin.post(edit, {"name": "白鹤村", "kind": "village"}).status_code == 422
    assert (
        admin.post(edit, {"name": "红旗村", "kind": "village", "care_team": world.other_team.pk}).status_code
        == 422
    )
    assert (
        admin.post(edit, {"name": "红旗村", "kind": "village", "care_team": world.second_team.pk}).status_code
        == 302
    )
    area.refresh_from_db()
    assert (area.kind, area.care_team) == ("village", world.second_team)
    assert admin.post(at("area-remove", area.pk)).status_code == 302
    assert not ServiceArea.objects.filter(pk=area.pk).exists()
    assert "移除片区" in admin.get(at("organization", world.centre.pk)).content.decode()


# ---- moving, merging, closing


def test_moving_below_itself_is_refused_at_the_field(world: World, operator: Client) -> None:
    below = Organization.objects.create(**FACTS, parent=world.centre)
    move = at("organization-move", world.centre.pk)
    assert operator.post(move, {"parent": below.pk}).status_code == 422
    assert operator.post(move, {"parent": world.secondary.pk}).status_code == 302
    world.centre.refresh_from_db()
    assert world.centre.parent == world.secondary


def test_a_merge_shows_what_is_carried_and_asks_for_the_name(world: World, operator: Client) -> None:
    world.patient("甲", organization=world.other_centre)
    address = at("organization-merge", world.other_centre.pk)
    assert operator.get(address).status_code == 200
    preview = operator.get(address, {"into": world.centre.pk})
    assert [(str(m.text), m.count) for m in preview.context["carried"] if str(m.text) == "居民"] == [
        ("居民", 1)
    ]
    data = {"into": world.centre.pk, f"team_{world.other_team.pk}": world.second_team.pk}
    wrong = operator.post(address, {**data, "typed": "别的"})
    assert wrong.status_code == 422
    assert "不符" in wrong.content.decode()

    done = operator.post(address, {**data, "typed": world.other_centre.name})

    assert done.url == at("organization", world.centre.pk)
    world.other_centre.refresh_from_db()
    assert world.other_centre.merged_into == world.centre
    assert "承接其他机构" in operator.get(done.url).content.decode()
    assert (
        f"并入{world.centre.name}" in operator.get(at("organization", world.other_centre.pk)).content.decode()
    )


def test_an_administrator_merges_only_within_the_own_part(world: World, admin: Client) -> None:
    below = Organization.objects.create(**FACTS, parent=world.centre)
    address = at("organization-merge", below.pk)
    refused = admin.post(address, {"into": world.other_centre.pk, "typed": "红旗站"})
    assert refused.status_code == 422
    assert admin.post(address, {"into": world.centre.pk, "typed": "红旗站"}).status_code == 302


def test_a_closing_lists_what_stands_in_the_way(world: World, operator: Client) -> None:
    world.patient("甲")
    address = at("organization-close", world.centre.pk)
    page = operator.get(address).content.decode()
    assert "须先处理以下事项" in page
    assert "居民" in page
    refused = operator.post(address, {"typed": world.centre.name})
    assert refused.status_code == 422
    world.centre.refresh_from_db()
    assert world.centre.closed_on is None


def test_an_empty_organization_closes(world: World, operator: Client) -> None:
    row = Organization.objects.create(**FACTS)
    address = at("organization-close", row.pk)
    assert operator.post(address, {"typed": "红旗卫生站"}).status_code == 422  # the short name is asked for
    assert operator.post(address, {"typed": "红旗站"}).status_code == 302
    row.refresh_from_db()
    assert row.closed_on == TODAY


def test_a_post_ended_yesterday_manages_nothing_today(world: World, admin: Client) -> None:
    PractitionerRole.objects.filter(user=world.centre_admin).update(
        period=DateRange(TODAY - timedelta(days=9), TODAY)
    )
    assert admin.get(at("organizations")).status_code == 404
