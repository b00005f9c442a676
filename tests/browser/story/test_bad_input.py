"""What goes wrong in the middle of a visit: a session that ends, values that cannot be, servers that go away."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import psycopg2
import pytest
from celery import current_app
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Page, expect
from qsessions.models import Session

from patients.models import Encounter
from tests.api_client import http
from tests.browser.story import acts
from tests.browser.story.people import Story, path_of
from tests.browser.story.stage import Person
from tests.world import PASSWORD

NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def doctor(person: Callable[..., Person]) -> Person:
    return person("doctor")


@pytest.fixture
def form(story: Story, doctor: Person) -> Page:
    """The follow-up form of the resident with two diseases."""
    return doctor.opens(path_of("workbench:visit", story.li.pk))


def visits_of(story: Story) -> int:
    return Encounter.objects.filter(patient=story.li).count()


def saved(page: Page) -> None:
    expect(page.locator("h1")).to_have_text("随访已保存")


def test_a_session_that_ends_in_the_middle_of_a_visit_loses_nothing(
    story: Story, doctor: Person, form: Page
) -> None:
    acts.types_readings(form, **acts.SECOND)
    form.get_by_label("备注").fill("家属陪同")
    expect(form.locator("#decision")).to_contain_text("建议上转")
    Session.objects.all().delete()
    form.keyboard.press("Control+Enter")
    dialog = form.get_by_role("dialog", name="请重新登录")
    dialog.get_by_label("密码").fill(PASSWORD)
    dialog.get_by_role("button", name="登录并继续").click()
    saved(form)
    visit = Encounter.objects.filter(patient=story.li).latest("created_at")
    assert (visit.systolic, visit.diastolic, float(visit.fasting_glucose), visit.note) == (
        151,
        86,
        6.1,
        "家属陪同",
    )
    assert all("401" in line for line in doctor.complaints)
    doctor.complaints.clear()


@pytest.mark.parametrize(("readings", "field", "words"), [
    ({"systolic": "418", "diastolic": "86"}, "systolic", "50"),
    ({"systolic": "86", "diastolic": "151"}, "systolic", "填反"),
    ({"systolic": "138", "diastolic": "84", "fasting_glucose": "126"}, "fasting_glucose", "7.0 mmol/L"),
    ({"systolic": "138", "diastolic": "84", "heart_rate": "720"}, "heart_rate", "20"),
], ids=["hard range", "swapped", "mg/dL", "heart rate"])  # fmt: skip
def test_an_impossible_value_is_named_at_its_field_and_nothing_is_saved(
    story: Story, person: Callable[..., Person], readings: dict[str, str], field: str, words: str
) -> None:
    doctor = person("doctor")
    form = doctor.opens(path_of("workbench:visit", story.li.pk))
    before = visits_of(story)
    acts.types_readings(form, **readings)
    message = form.locator(f"#id_{field}-msg")
    expect(message).to_contain_text(words)
    form.keyboard.press("Control+Enter")
    expect(form.locator(f"#id_{field}-error, #id_diastolic-error").first).to_be_visible()
    expect(form.locator("#id_systolic")).to_have_value(readings["systolic"])
    assert visits_of(story) == before
    assert all("422" in line for line in doctor.complaints)
    doctor.complaints.clear()


def test_a_visit_of_tomorrow_is_refused(story: Story, doctor: Person, form: Page) -> None:
    before = visits_of(story)
    acts.types_readings(form, systolic="138", diastolic="84", fasting_glucose="6.1")
    form.locator("#id_on").fill((timezone.localdate() + timedelta(days=1)).isoformat())
    form.keyboard.press("Control+Enter")
    expect(form.locator("#id_on-msg")).to_contain_text(re.compile("未来|今天|晚于|将来"))
    assert visits_of(story) == before
    assert all("422" in line for line in doctor.complaints)
    doctor.complaints.clear()


class Outage:
    """PostgreSQL closes the door of the tests' database, and opens it again."""

    def __init__(self, administrator: Any) -> None:
        self.cursor = administrator.cursor()
        self.name = connection.settings_dict["NAME"]

    def begins(self) -> None:
        """Nobody gets in, and whoever was in is thrown out."""
        connection.close()
        self.cursor.execute(f'ALTER DATABASE "{self.name}" ALLOW_CONNECTIONS false')
        self.cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [self.name]
        )

    def ends(self) -> None:
        """As if nothing had been."""
        self.cursor.execute(f'ALTER DATABASE "{self.name}" ALLOW_CONNECTIONS true')


@pytest.fixture
def outage(story: Story) -> Iterator[Outage]:
    with closing(psycopg2.connect(os.environ["DATABASE_OWNER_URL"], dbname="postgres")) as administrator:
        administrator.autocommit = True
        gone = Outage(administrator)
        yield gone
        gone.ends()


def test_postgresql_that_goes_away_while_the_page_is_open_loses_nothing(
    story: Story, doctor: Person, form: Page, outage: Outage
) -> None:
    acts.types_readings(form, **acts.SECOND)
    expect(form.locator("#decision")).to_contain_text("建议上转")
    outage.begins()

    form.keyboard.press("Control+Enter")
    expect(form.locator("#toasts")).not_to_be_empty()
    expect(form.locator("#id_systolic")).to_have_value(acts.SECOND["systolic"])
    elsewhere = doctor.context.new_page()
    answer = elsewhere.goto(f"{doctor.url}/")
    assert answer is not None
    assert answer.status == 503
    expect(elsewhere.locator("body")).to_contain_text("数据库")
    assert elsewhere.locator("html").get_attribute("lang") == "zh-hans"
    ready = http("GET", f"{doctor.url}/readyz")
    assert (ready.status, ready.body["parts"]["postgresql"]) == (503, "failing")

    outage.ends()
    assert http("GET", f"{doctor.url}/readyz").body["parts"]["postgresql"] == "ok"
    form.keyboard.press("Control+Enter")
    saved(form)
    assert Encounter.objects.filter(patient=story.li).latest("created_at").systolic == 151
    assert all("503" in line for line in doctor.complaints)
    doctor.complaints.clear()


@pytest.fixture
def no_redis(settings: Any) -> Iterator[None]:
    """Nothing listens where Redis was: neither for the cache nor for the tasks."""
    settings.REDIS_URL = NOWHERE
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": NOWHERE}}
    broker = current_app.conf.broker_url
    current_app.conf.broker_url = NOWHERE
    yield
    current_app.conf.broker_url = broker


def test_without_redis_a_visit_is_saved_all_the_same(
    story: Story, doctor: Person, form: Page, no_redis: None
) -> None:
    ready = http("GET", f"{doctor.url}/readyz")
    assert (ready.status, ready.body["parts"]["redis"]) == (503, "failing")
    before = visits_of(story)
    acts.types_readings(form, **acts.SECOND)
    form.get_by_role("button", name="保存并预约").click()
    saved(form)
    assert visits_of(story) == before + 1
