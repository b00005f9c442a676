"""Pages of trainings: planning, inviting, one form of attendance for a hundred people, hours, the export."""

from datetime import timedelta
from io import BytesIO

import openpyxl
from django.urls import reverse
from django.utils import timezone

from alliances.models import Attendance, Role, Training, TrainingAttendance
from journal.models import AuditEvent
from tests.world import World


def make(world: World, hours: int = -2) -> Training:
    begins = timezone.now() + timedelta(hours=hours)
    return Training.objects.create(
        organization=world.centre, title="高血压规范管理", begins_at=begins, minutes=90
    )


def invite(world: World, training: Training) -> str:
    address = reverse("alliances:training-invite", args=[training.pk])
    data = {"organizations": [world.centre.pk], "roles": ["general_practitioner", "nurse"]}
    return world.browser("centre_admin").post(address, data, follow=True).content.decode()


def test_a_training_is_planned_people_invited_and_attendance_recorded(world: World) -> None:
    browser = world.browser("centre_admin")
    form = {
        "title": "低血糖处理", "organization": world.centre.pk, "method": "onsite", "minutes": "60",
        "begins_at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
    }  # fmt: skip
    address = reverse("alliances:training-new")
    assert browser.post(address, {**form, "minutes": "0"}).status_code == 422
    assert "培训已创建" in browser.post(address, form, follow=True).content.decode()
    training = Training.objects.get()
    assert "已邀请 3 人" in invite(world, training)
    rows = {row.user.name: row for row in training.attendances.select_related("user")}
    attend = reverse("alliances:training-attend", args=[training.pk])
    marks = {f"a{row.pk}": "invited" for row in rows.values()} | {f"a{rows['nurse'].pk}": "excused"}
    assert "已保存 3 人" in browser.post(attend, {**marks, "rest": "1"}, follow=True).content.decode()
    found = dict(training.attendances.values_list("user__name", "status"))
    assert found == {"doctor": "attended", "colleague": "attended", "nurse": "excused"}
    assert browser.post(attend, {f"a{rows['nurse'].pk}": "nonsense"}).status_code == 422


def test_everybody_sees_ones_own_trainings_and_hours(world: World) -> None:
    training = make(world)
    invite(world, training)
    training.attendances.update(status=Attendance.ATTENDED)
    page = world.browser("nurse").get(reverse("alliances:trainings")).content.decode()
    for words in ("高血压规范管理", "已获学时：1.5"):
        assert words in page, words
    assert "新建培训" not in page
    assert "本年度暂无培训" in world.browser("outsider").get(reverse("alliances:trainings")).content.decode()


def test_attendance_before_the_day_shows_no_form(world: World) -> None:
    training = make(world, hours=72)
    invite(world, training)
    page = (
        world.browser("centre_admin").get(reverse("alliances:training", args=[training.pk])).content.decode()
    )
    assert "本页其余全部到会" not in page
    row = training.attendances.first()
    attend = reverse("alliances:training-attend", args=[training.pk])
    refused = world.browser("centre_admin").post(attend, {f"a{row.pk}": "attended"})
    assert refused.status_code == 422


def test_a_hundred_people_are_one_page_and_few_statements(
    world: World, django_assert_max_num_queries
) -> None:
    training = make(world)
    for number in range(101):
        world.user(f"nurse{number}", Role.NURSE, world.centre)
    invite(world, training)
    browser = world.browser("centre_admin")
    with django_assert_max_num_queries(16):
        page = browser.get(reverse("alliances:training", args=[training.pk]))
    assert len(page.context["marks"].rows) == 100
    marks = {f"a{row.pk}": "attended" for row in page.context["marks"].rows}
    address = reverse("alliances:training-attend", args=[training.pk])
    with django_assert_max_num_queries(16):
        answer = browser.post(f"{address}?page=1", marks)
    assert answer.headers["Location"].endswith("?page=1")
    assert training.attendances.filter(status="attended").count() == 100


def test_a_cancelled_training_is_shown_as_such_and_takes_no_more(world: World) -> None:
    training = make(world)
    invite(world, training)
    address = reverse("alliances:training-cancel", args=[training.pk])
    assert world.browser("centre_admin").post(address, {"reason": ""}).status_code == 422
    page = world.browser("centre_admin").post(address, {"reason": "讲师有事"}, follow=True).content.decode()
    assert "讲师有事" in page
    assert "发出邀请" not in page
    assert "讲师有事" in world.browser("doctor").get(reverse("alliances:trainings")).content.decode()


def test_the_export_is_a_workbook_and_stands_in_the_trail(world: World) -> None:
    training = make(world)
    invite(world, training)
    training.attendances.update(status=Attendance.ATTENDED)
    answer = world.browser("centre_admin").get(reverse("alliances:training-export"))
    sheet = openpyxl.load_workbook(BytesIO(b"".join(answer.streaming_content))).active
    assert "centre-admin" in sheet["A2"].value
    assert sheet.max_row == 3 + TrainingAttendance.objects.count()
    line = AuditEvent.objects.get(action="export.training")
    assert (line.agent_id, line.detail["rows"]) == (str(world.centre_admin.pk), 3)
    assert world.browser("doctor").get(reverse("alliances:training-export")).status_code == 404
    hours = world.browser("centre_admin").get(reverse("alliances:training-hours")).content.decode()
    assert "1.5" in hours


def test_somebody_elses_training_is_not_found(world: World) -> None:
    training = make(world)
    world.user("stranger", Role.ORGANIZATION_ADMIN, world.other_centre)
    for part in ("stranger", "doctor"):
        browser = world.browser(part)
        assert browser.get(reverse("alliances:training", args=[training.pk])).status_code == 404
        for name in ("invite", "attend", "cancel", "edit"):
            assert browser.post(reverse(f"alliances:training-{name}", args=[training.pk])).status_code == 404
