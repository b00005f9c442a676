"""Step 8: the rollup follows the day; figures from the alliance to the team, residents only for those who care for them."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from performance.models import IndicatorValue, RollupCursor
from performance.tasks import refresh
from tests.browser.story import acts
from tests.browser.story.people import Story, days_ago
from tests.browser.story.processes import until
from tests.browser.story.stage import Person
from tests.db.followups.recording import save

BOARD = reverse("performance:dashboard")
RESIDENTS = reverse("performance:patients")
CONTROLLED = "htn-controlled"


def visited_today(story: Story) -> None:
    """Today one pressure meets the line and one does not."""
    today = days_ago(0).isoformat()
    save(story.world, story.li, today, systolic=151, diastolic=86, fasting_glucose=6.1)
    save(story.world, story.wang, today, systolic=128, diastolic=78)


def counted() -> bool:
    """Whether the figures of this month have Wang's visit in them."""
    month = timezone.localdate().replace(day=1)
    rows = IndicatorValue.objects.filter(indicator="htn-followups", month=month)
    return sum(row.numerator for row in rows) >= 2


@pytest.fixture
def figures(story: Story, behind: Callable[..., None]) -> None:
    """The rollup's own task ran in a worker, after today's visits."""
    visited_today(story)
    behind("worker")
    refresh.delay()
    until(lambda: RollupCursor.objects.exclude(on=None).exists())


def place(story: Story) -> str:
    return f"indicator={CONTROLLED}&organization={story.centre.pk}"


def test_beat_has_the_figures_refreshed(story: Story, behind: Callable[..., None]) -> None:
    behind("worker", "beat", YILIAN_REFRESH_SECONDS="1")
    until(lambda: RollupCursor.objects.exclude(on=None).exists())
    visited_today(story)
    until(counted)


def test_the_alliance_goes_down_to_the_team_in_numbers_only(
    story: Story, figures: None, person: Callable[..., Person]
) -> None:
    administrator = person("alliance_admin")
    page = administrator.opens(f"{BOARD}?indicator={CONTROLLED}")
    expect(page.locator("main")).to_contain_text("巴南区医联体")
    administrator.looks("8-alliance")
    page.get_by_role("link", name="南泉街道社区卫生服务中心").first.click()
    expect(page.get_by_role("link", name="第一片区团队")).to_be_visible()
    administrator.looks("8-centre")
    page.get_by_role("link", name="第一片区团队").click()
    expect(page.locator(".yl-crumbs [aria-current=page]")).to_have_text("第一片区团队")
    for name in ("李佩兰", "王国强", "赵玉兰", "孙外院"):
        expect(page.locator("body")).not_to_contain_text(name)
    expect(page.get_by_role("link", name="未进分子的居民")).to_have_count(0)
    administrator.looks("8-team")

    acts.refused_everywhere(administrator, f"{RESIDENTS}?{place(story)}", f"/patients/{story.li.pk}/")


@pytest.mark.parametrize("part", ["centre_admin", "team_lead"])
def test_those_who_run_the_centre_open_the_residents_in_and_missing_from_a_number(
    story: Story, figures: None, person: Callable[..., Person], part: str
) -> None:
    someone = person(part)
    team = f"&team={story.team.pk}" if part == "team_lead" else ""
    page = someone.opens(f"{BOARD}?{place(story)}{team}")
    page.get_by_role("link", name="未进分子的居民").click()
    expect(page.get_by_role("rowheader", name="李佩兰")).to_be_visible()
    expect(page.get_by_role("rowheader", name="王国强")).to_have_count(0)
    if part == "centre_admin":
        someone.looks("8-missing")
    page.get_by_role("link", name="已进分子", exact=True).click()
    expect(page.get_by_role("rowheader", name="王国强")).to_be_visible()
    expect(page.get_by_role("rowheader", name="李佩兰")).to_have_count(0)
    if part == "centre_admin":
        someone.looks("8-counted")


def test_an_outsider_gets_neither_figures_nor_residents_of_the_centre(
    story: Story, person: Callable[..., Person]
) -> None:
    outsider = person("outsider")
    asked = [
        f"{address}?{place(story)}" for address in (BOARD, RESIDENTS, f"{BOARD}moves/", f"{BOARD}export/")
    ]
    acts.refused_everywhere(outsider, *asked, RESIDENTS)
