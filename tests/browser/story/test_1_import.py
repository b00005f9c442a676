"""Step 1: the centre's administrator imports the roster; a real worker writes the good rows; again changes nothing."""

import json
from collections.abc import Callable

from django.urls import reverse
from playwright.sync_api import expect
from python_calamine import CalamineWorkbook

from exchange.models import ImportBatch
from followups.models import Appointment, Assessment
from journal.models import Change, Communication
from patients.models import Encounter, Patient, Task
from tests.browser.story import acts
from tests.browser.story.people import Story
from tests.browser.story.stage import Person
from tests.rosters import ANSWER_KEY, SAMPLE

KEY = json.loads(ANSWER_KEY.read_text())["sheets"]
ARCHIVE, VISITS = KEY["居民档案"], KEY["随访记录"]


def counted() -> tuple[int, ...]:
    """Everything an import could add."""
    return tuple(model.objects.count() for model in (Patient, Encounter, Assessment, Appointment, Change))


def test_the_preview_names_every_faulty_row_with_column_and_reason(
    story: Story, person: Callable[..., Person]
) -> None:
    admin = person("centre_admin")
    admin.opens(reverse("exchange:imports"))
    admin.looks("1-upload")
    before = counted()
    batch = acts.uploads(admin)
    page = admin.page

    faulty = {(sheet, row["row"]) for sheet, key in KEY.items() for row in key["rejected"]}
    named = batch.rows.filter(rejected=True)
    assert set(named.values_list("sheet", "row")) == faulty
    assert not named.filter(message="").exists()
    first = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="64", exact=True))
    expect(first).to_contain_text("性别")
    expect(page.locator("main")).to_contain_text(str(ARCHIVE["accepted"]))
    admin.looks("1-preview")
    page.get_by_role("link", name="随访记录").click()
    expect(page.get_by_role("rowheader", name="142", exact=True)).to_be_visible()
    expect(page.locator("main")).to_contain_text(str(VISITS["accepted"]))
    assert counted() == before


def test_the_good_rows_go_in_and_the_same_file_again_changes_nothing(
    story: Story, person: Callable[..., Person], behind: Callable[..., None]
) -> None:
    behind("worker")
    admin = person("centre_admin")
    residents, visits, messages = (
        Patient.objects.count(),
        Encounter.objects.count(),
        Communication.objects.count(),
    )
    acts.uploads(admin)
    acts.confirms_import(admin)

    page = admin.page
    expect(page.locator("main")).to_contain_text("导入完成")
    assert Patient.objects.count() - residents == ARCHIVE["accepted"]
    assert Encounter.objects.count() - visits == VISITS["accepted"]
    assert (Task.objects.open().count(), Communication.objects.count()) == (0, messages)
    admin.looks("1-result")

    with page.expect_download() as download:
        page.get_by_role("link", name="下载问题清单").click()
    report = CalamineWorkbook.from_path(str(download.value.path()))
    lines = sum(len(report.get_sheet_by_name(name).to_python()) - 1 for name in KEY)
    assert lines == ImportBatch.objects.get().rows.count()

    before = counted()
    acts.uploads(admin)
    expect(page.locator("main")).to_contain_text("不会产生任何变化")
    acts.confirms_import(admin)
    expect(page.locator("main")).to_contain_text("没有任何变化")
    assert counted() == before


def test_nobody_else_sees_the_import(story: Story, person: Callable[..., Person]) -> None:
    admin = person("centre_admin")
    acts.uploads(admin, SAMPLE)
    batch = ImportBatch.objects.get()
    page = reverse("exchange:import", args=[batch.pk])
    acts.refused_everywhere(person("outsider"), reverse("exchange:imports"), page, f"{page}report.xlsx")
    other = person("other_admin")
    acts.refused_everywhere(other, page, f"{page}progress/", f"{page}report.xlsx")
    assert other.posts(f"{page}confirm/") == 404
    assert other.posts(f"{page}discard/") == 404
    batch.refresh_from_db()
    assert batch.status == "previewed"
