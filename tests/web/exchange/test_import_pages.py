import io

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from alliances.models import CareTeam, PractitionerRole
from exchange import tasks
from exchange.imports import batches
from exchange.models import ImportBatch, ImportRow
from patients.models import Encounter, Patient
from tests.rosters import LI, SAMPLE, resident, roster_of, visit, workbook_of
from tests.world import World, at, verify, world  # noqa: F401

PAGE = reverse("exchange:imports")


@pytest.fixture
def admin(world: World):  # noqa: F811
    """The centre's administrator, signed in; the five area teams of the sample exist."""
    for which in "三四五":
        CareTeam.objects.create(organization=world.centre, code=f"t{ord(which)}", name=f"第{which}片区团队")
    return world.browser("centre_admin")


@pytest.fixture
def upload(admin, world: World):  # noqa: F811
    """Upload a workbook; returns the response."""

    def run(content, *, browser=admin, organization=None):
        file = io.BytesIO(content)
        file.name = "名册-南泉.xlsx"
        return browser.post(PAGE, {"organization": (organization or world.centre).pk, "file": file})

    return run


@pytest.fixture
def previewed(upload):
    """A small roster, uploaded: one good row with a visit, one refused, one with a note."""
    rows = [resident(), resident(name="", number="440524188001010014", birth_date="1880-01-01", sex="男"),
            resident(number="110105200002290013", birth_date="2000-02-29", sex="男", phone="123", name="王二")]  # fmt: skip
    upload(roster_of(rows, [visit()]))
    return ImportBatch.objects.get()


def page_of(admin, batch, **query):
    return admin.get(reverse("exchange:import", args=[batch.pk]), query)


def test_the_upload_leads_to_a_preview_that_names_row_column_and_reason(admin, upload):
    response = upload(SAMPLE.read_bytes())
    batch = ImportBatch.objects.get()

    assert response.url == reverse("exchange:import", args=[batch.pk])
    text = page_of(admin, batch).content.decode()
    assert "1155" in text
    assert '<th scope="row" class="yl-mut" data-label="行">64</th>' in text
    assert "id_sex_mismatch" in text
    assert ImportRow.objects.filter(rejected=True).count() == 45 + 92
    assert not Patient.objects.exists()


def test_each_reason_can_be_shown_alone(admin, upload):
    upload(SAMPLE.read_bytes())
    response = page_of(admin, ImportBatch.objects.get(), sheet="随访记录", fault="future_visit")

    assert {line["fault"].fault for line in response.context["lines"]} == {"future_visit"}
    assert response.context["page"].paginator.count == 9


def test_the_preview_shows_what_was_filled_in_and_masks_numbers(admin, previewed):
    text = page_of(admin, previewed).content.decode()

    assert LI not in text
    assert "440524188001010014" not in text
    assert "4****4" in text
    assert '<td class="yl-cell-warn" data-label="所填内容">***</td>' in text
    assert "（空）" in text


def test_confirming_imports_the_good_rows_and_deletes_the_file(
    admin, previewed, django_capture_on_commit_callbacks, monkeypatch
):
    sent = []
    monkeypatch.setattr(tasks.import_batch, "delay", lambda *arguments: sent.append(arguments))
    with django_capture_on_commit_callbacks(execute=True):
        admin.post(reverse("exchange:import-confirm", args=[previewed.pk]))
    previewed.refresh_from_db()
    assert previewed.status == "queued"

    tasks.import_batch(*sent[0])

    previewed.refresh_from_db()
    assert (previewed.status, previewed.file_sealed, previewed.rows_done) == (
        "done",
        None,
        previewed.rows_total,
    )
    assert (Patient.objects.count(), Encounter.objects.count()) == (2, 1)
    text = page_of(admin, previewed).content.decode()
    assert "导入完成" in text
    assert "缺姓名" in text


def test_a_second_upload_says_that_nothing_will_change(admin, upload, world):  # noqa: F811
    content = roster_of([resident()], [visit()])
    batches.import_now(
        content, "x.xlsx", world.centre, by=None, on=at("2026-11-22T09:00").date(), at=at("2026-11-22T09:00")
    )
    upload(content)

    response = page_of(admin, ImportBatch.objects.get(status="previewed"))
    assert (response.context["accepted"], response.context["unchanged"]) == (0, 2)


def test_the_report_is_a_workbook_with_every_fault(admin, previewed):
    response = admin.get(reverse("exchange:import-report", args=[previewed.pk]))
    page = (
        CalamineWorkbook.from_filelike(io.BytesIO(response.content)).get_sheet_by_name("居民档案").to_python()
    )

    assert [line[0] for line in page[1:]] == [4.0, 5.0]
    assert LI not in str(page)


def test_the_template_can_be_downloaded(admin):
    names = CalamineWorkbook.from_filelike(
        io.BytesIO(admin.get(reverse("exchange:import-template")).content)
    ).sheet_names

    assert names == ["居民档案", "随访记录"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no workbook", "不是可读取的工作簿"),
        (workbook_of({"居民档案": [["姓名"]], "别的": []}), "随访记录"),
        (workbook_of({"居民档案": [["姓名"], ["x"]], "随访记录": [["姓名"]]}), "身份证号"),
        (roster_of(), "没有数据行"),
        (b"", "空"),
    ],
)
def test_a_workbook_that_cannot_be_used_is_refused_on_the_page_with_the_reason(upload, content, words):
    response = upload(content)

    assert response.status_code == 422
    assert words in response.content.decode()
    assert not ImportBatch.objects.exists()


def test_a_form_without_a_file_says_so(admin, world):  # noqa: F811
    response = admin.post(PAGE, {"organization": world.centre.pk})

    assert response.status_code == 422


def test_an_upload_without_the_token_of_the_form_is_refused(world):  # noqa: F811
    from django.test import Client

    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world.users["centre_admin"])
    verify(browser, world.users["centre_admin"])
    file = io.BytesIO(roster_of([resident()]))
    file.name = "x.xlsx"

    assert browser.post(PAGE, {"organization": world.centre.pk, "file": file}).status_code == 403
    assert not ImportBatch.objects.exists()


def test_the_uploaded_file_is_kept_sealed(previewed):
    kept = bytes(previewed.file_sealed)

    assert b"PK\x03\x04" not in kept
    assert "李佩兰".encode() not in kept


def test_a_large_upload_is_never_written_to_a_disk(upload, monkeypatch):
    import tempfile

    def refuse(*_args, **_kwargs):
        raise AssertionError("an upload was written to a file")

    monkeypatch.setattr("django.core.files.uploadhandler.TemporaryUploadedFile", refuse)
    monkeypatch.setattr(tempfile, "NamedTemporaryFile", refuse)
    big = roster_of([resident()]) + bytes(3 * 1024 * 1024)

    assert upload(big).status_code in (302, 422)


def test_an_upload_can_be_discarded(admin, previewed):
    admin.post(reverse("exchange:import-discard", args=[previewed.pk]))
    previewed.refresh_from_db()

    assert (previewed.status, previewed.file_sealed) == ("cancelled", None)
    assert not Patient.objects.exists()
    assert page_of(admin, previewed).status_code == 200


def test_progress_asks_again_while_running_and_reads_the_page_anew_at_the_end(admin, previewed):
    address = reverse("exchange:import-progress", args=[previewed.pk])
    ImportBatch.objects.update(status="queued")
    assert "HX-Refresh" not in admin.get(address).headers

    ImportBatch.objects.update(status="done")
    assert admin.get(address).headers["HX-Refresh"] == "true"


ROUTES = ("import", "import-progress", "import-report")
ACTIONS = ("import-confirm", "import-discard")


@pytest.mark.parametrize(
    "part", ["outsider", "doctor", "team_lead", "specialist", "alliance_admin", "operator"]
)
def test_whoever_does_not_administer_the_centre_gets_404_everywhere(world, previewed, part):  # noqa: F811
    browser = world.browser(part)

    assert browser.get(PAGE).status_code == 404
    assert browser.get(reverse("exchange:import-template")).status_code == 404
    for route in ROUTES:
        assert browser.get(reverse(f"exchange:{route}", args=[previewed.pk])).status_code == 404
    for route in ACTIONS:
        assert browser.post(reverse(f"exchange:{route}", args=[previewed.pk])).status_code == 404
    previewed.refresh_from_db()
    assert previewed.status == "previewed"


def test_the_administrator_of_another_centre_gets_404_for_this_ones_imports(world, previewed, upload):  # noqa: F811
    from alliances.models import Role

    world.user("other_admin", Role.ORGANIZATION_ADMIN, world.other_centre)
    browser = world.browser("other_admin")

    assert browser.get(PAGE).status_code == 200
    assert "名册-南泉" not in browser.get(PAGE).content.decode()
    for route in ROUTES:
        assert browser.get(reverse(f"exchange:{route}", args=[previewed.pk])).status_code == 404
    response = upload(roster_of([resident()]), browser=browser)  # names the other centre
    assert response.status_code == 422


def test_an_administrator_elsewhere_who_works_here_as_a_doctor_imports_nothing_here(
    world,  # noqa: F811
    previewed,
    upload,
):
    from alliances.models import Role

    doctor = world.user("other_admin", Role.ORGANIZATION_ADMIN, world.other_centre)
    post = PractitionerRole.objects.get(user=world.doctor)
    post.pk, post.user = None, doctor
    post.save()
    browser = world.browser("other_admin")

    for route in ROUTES:
        assert browser.get(reverse(f"exchange:{route}", args=[previewed.pk])).status_code == 404
    assert upload(roster_of([resident()]), browser=browser).status_code == 422


def test_a_visitor_is_sent_to_sign_in(client, previewed):
    assert client.get(PAGE).status_code == 302
    assert client.post(PAGE).status_code == 302


def test_the_list_of_imports_takes_the_same_statements_for_any_number(
    admin, upload, django_assert_max_num_queries
):
    for _ in range(3):
        upload(roster_of([resident()]))
    with django_assert_max_num_queries(9):
        admin.get(PAGE)
