"""The alliance page: who gets in, what it answers, what is written down."""

import io
from datetime import date

import pytest
from django.utils import timezone
from openpyxl import load_workbook
from psycopg2.extras import DateRange

from alliances.models import Alliance, AllianceMembership, Organization, Role, Tier
from journal.models import AuditEvent
from referrals.states import E
from tests.db.referrals.flow_world import sent
from tests.world import SINCE, World
from workbench.alliance_map.views import organization_page

HTMX = {"HTTP_HX_REQUEST": "true"}
NOVEMBER = {"period": "2026-11"}


@pytest.fixture
def elsewhere(world: World) -> Alliance:
    other = Alliance.objects.create(code="b", name="别处医联体")
    stranger = Organization.objects.create(code="strange", name="别处医院", tier=Tier.SECONDARY)
    AllianceMembership.objects.create(alliance=other, organization=stranger, period=DateRange(SINCE, None))
    return other


@pytest.mark.parametrize(
    "part", ["doctor", "outsider", "team_lead", "centre_admin", "specialist", "alliance_admin", "operator"]
)
def test_members_and_who_runs_it_meet_the_map(world: World, part: str) -> None:
    browser = world.browser(part)
    for path in ("/alliance/", f"/alliance/{world.alliance.pk}/", f"/alliance/{world.alliance.pk}/export/"):
        assert browser.get(path).status_code == 200, path


@pytest.mark.parametrize("part", ["nurse", "privacy_officer"])
def test_posts_without_the_permission_meet_404(world: World, part: str) -> None:
    browser = world.browser(part)
    for path in ("/alliance/", f"/alliance/{world.alliance.pk}/", f"/alliance/{world.alliance.pk}/export/"):
        assert browser.get(path).status_code == 404, path


def test_a_cdc_has_no_map_and_no_entry_for_it(world: World) -> None:
    world.user(
        "analyst", Role.CDC_ANALYST, Organization.objects.create(code="cdc", name="疾控", tier=Tier.CDC)
    )
    browser = world.browser("analyst")
    assert browser.get("/alliance/").status_code == 404
    assert "/alliance/" not in browser.get("/performance/").content.decode()
    assert 'href="/alliance/"' in world.browser("alliance_admin").get("/performance/").content.decode()


@pytest.mark.parametrize("part", ["doctor", "specialist", "alliance_admin"])
def test_another_alliance_is_not_found(world: World, elsewhere: Alliance, part: str) -> None:
    browser = world.browser(part)
    assert browser.get(f"/alliance/{elsewhere.pk}/").status_code == 404
    assert browser.get(f"/alliance/{elsewhere.pk}/export/").status_code == 404
    assert browser.get(f"/alliance/{world.alliance.pk}/").status_code == 200


def test_several_alliances_are_offered_and_each_opens(world: World, elsewhere: Alliance) -> None:
    AllianceMembership.objects.create(
        alliance=elsewhere, organization=world.centre, period=DateRange(SINCE, None)
    )
    page = world.browser("doctor").get("/alliance/").content.decode()
    assert f'href="/alliance/{elsewhere.pk}/"' in page
    assert world.browser("doctor").get(f"/alliance/{elsewhere.pk}/").status_code == 200
    assert (
        f'href="/alliance/{elsewhere.pk}/"'
        not in world.browser("specialist").get("/alliance/").content.decode()
    )


def test_who_belongs_to_no_alliance_is_told_so(world: World) -> None:
    AllianceMembership.objects.filter(organization=world.centre).delete()
    answer = world.browser("doctor").get("/alliance/")
    assert answer.status_code == 200
    assert "不在任何医联体" in answer.content.decode()


def test_every_member_is_a_link_and_opens(world: World) -> None:
    browser = world.browser("alliance_admin")
    page = browser.get("/alliance/").content.decode()
    for organization in (world.centre, world.other_centre, world.secondary, world.tertiary):
        assert f'id="node-{organization.pk}"' in page
        opened = browser.get("/alliance/", {"organization": organization.pk}).content.decode()
        assert f'id="chosen-h">{organization}</h2>' in opened


def test_the_own_organization_is_open_first_else_the_lead(world: World) -> None:
    for part, organization in (
        ("doctor", world.centre),
        ("specialist", world.secondary),
        ("operator", world.tertiary),
    ):
        assert f'id="chosen-h">{organization}</h2>' in world.browser(part).get("/alliance/").content.decode()


def test_a_team_opens_within_its_centre_only(world: World) -> None:
    browser = world.browser("alliance_admin")
    query = {"organization": world.centre.pk, "team": world.team.pk}
    assert 'aria-expanded="true"' in browser.get("/alliance/", query).content.decode()
    assert browser.get("/alliance/", query | {"organization": world.other_centre.pk}).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "organization=999999",
        "organization=x",
        "team=1",
        "period=2026-13",
        "period=2999-01",
        "direction=x",
        "sort=x",
    ],
)
def test_nonsense_in_the_address_is_not_found(world: World, query: str) -> None:
    assert world.browser("alliance_admin").get(f"/alliance/?{query}").status_code == 404


def test_own_days_that_cannot_be_are_refused_with_words(world: World) -> None:
    query = {"period": "own", "since": "2026-11-05", "until": "2026-11-01"}
    answer = world.browser("alliance_admin").get("/alliance/", query)
    assert answer.status_code == 422
    assert "截止日期早于起始日期" in answer.content.decode()
    assert 'value="2026-11-05"' in answer.content.decode()  # what was typed stays
    fine = world.browser("alliance_admin").get("/alliance/", query | {"until": "2026-11-06"})
    assert "2026-11-05 至 2026-11-06" in fine.content.decode()


def test_htmx_gets_the_part_and_everybody_else_the_page(world: World) -> None:
    browser = world.browser("alliance_admin")
    query = {"organization": world.secondary.pk}
    part = browser.get("/alliance/", query, **HTMX)
    assert "<html" not in part.content.decode()
    assert 'hx-swap-oob="true"' in part.content.decode()
    assert "HX-Request" in part.headers["Vary"]
    assert "<html" in browser.get("/alliance/", query).content.decode()
    again = browser.get("/alliance/", query, HTTP_HX_HISTORY_RESTORE_REQUEST="true", **HTMX)
    assert "<html" in again.content.decode()


def test_no_resident_stands_on_the_page(world: World) -> None:
    sent(world, timezone.now(), patient=world.patient("欧阳秋菊"))
    page = world.browser("alliance_admin").get("/alliance/").content.decode()
    assert "↑1" in page
    assert "欧阳秋菊" not in page


def test_rows_are_paged_and_sorted(world: World) -> None:
    for number in range(21):
        centre = Organization.objects.create(
            code=f"c{number:02}", name=f"第{number}中心", tier=Tier.COMMUNITY
        )
        AllianceMembership.objects.create(
            alliance=world.alliance, organization=centre, period=DateRange(SINCE, None)
        )
        sent(world, "2026-11-02T09:00", source=centre)
    browser = world.browser("alliance_admin")
    first = browser.get("/alliance/", NOVEMBER | {"sort": "low"}).context["page"]
    second = browser.get("/alliance/", NOVEMBER | {"sort": "low", "page": "2"}).context["page"]
    assert [row.low.organization.code for row in first][:2] == ["c00", "c01"]
    assert [row.low.organization.code for row in second] == ["c20"]


def test_the_workbook_says_who_took_it_and_is_recorded(world: World) -> None:
    sent(world, "2026-11-02T09:00", (E.ACCEPT, "2026-11-02T11:00"))
    query = {"period": "own", "since": "2026-11-01", "until": "2026-11-05"}
    answer = world.browser("alliance_admin").get(f"/alliance/{world.alliance.pk}/export/", query)
    book = load_workbook(io.BytesIO(answer.content))
    flows, figures = book.worksheets
    assert "alliance_admin (alliance-admin)" in flows["A2"].value
    assert f"{timezone.localdate():%Y-%m-%d}" in flows["A2"].value
    row = [cell.value for cell in flows[5]]
    assert row[:6] == [str(world.centre), str(world.secondary), 1, 0, 0, 2]
    assert figures.max_row == 4 + 6
    (line,) = AuditEvent.objects.filter(action="export.alliance_flows")
    assert (line.agent_id, line.subject_id) == (str(world.alliance_admin.pk), str(world.alliance.pk))
    assert line.detail == {"first": "2026-11-01", "last": "2026-11-05", "rows": 1}


def test_days_that_cannot_be_are_not_exported(world: World) -> None:
    path = f"/alliance/{world.alliance.pk}/export/"
    query = {"period": "own", "since": "2026-11-05", "until": "2026-11-01"}
    assert world.browser("alliance_admin").get(path, query).status_code == 404
    assert not AuditEvent.objects.filter(action="export.alliance_flows").exists()


def test_the_own_page_of_an_organization_is_linked_for_who_may_manage_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.alliance_map.views.reverse", lambda name, args: f"/{name}/{args[0]}/")
    pages = {
        part: organization_page(world.centre.pk, world.browser(part).get("/alliance/").wsgi_request.scope)
        for part in ("centre_admin", "operator", "doctor", "alliance_admin")
    }
    page = f"/alliances:organization/{world.centre.pk}/"
    assert pages == {"centre_admin": page, "operator": page, "doctor": "", "alliance_admin": ""}


def test_a_page_takes_a_bounded_number_of_statements(world: World, django_assert_max_num_queries) -> None:
    sent(world, "2026-11-02T09:00")
    browser = world.browser("alliance_admin")
    browser.get("/alliance/")
    with django_assert_max_num_queries(24):
        browser.get("/alliance/", NOVEMBER)


def test_who_left_in_the_period_is_shown_and_said(world: World) -> None:
    AllianceMembership.objects.filter(organization=world.other_centre).update(
        period=DateRange(SINCE, date(2026, 10, 10))
    )
    page = (
        world.browser("alliance_admin")
        .get("/alliance/", {"period": "2026-10", "organization": world.other_centre.pk})
        .content.decode()
    )
    assert "已于 2026-10-10 退出医联体" in page
    assert 'class="node on gone"' in page
