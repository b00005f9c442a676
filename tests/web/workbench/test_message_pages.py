"""The operator's jobs, the messages that a person settles, the texts that administrators write, receipts of gateways."""

import json
import time
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from config import schedule
from followups.reminders.letters import KINDS
from journal import jobs, letters, wordings
from journal.channels.gateway import signature
from journal.models import AuditEvent, Communication, JobRun, Language
from journal.wordings import size_of
from patients.programmes import Programme
from tests.world import World

SECRET = "s" * 32


def uncertain(world: World) -> Communication:
    patient = world.patient("李佩兰", Programme.HYPERTENSION)
    return Communication.objects.create(
        key=f"k{uuid4()}", kind="reminder", channel="sms", recipient_kind="patient", recipient_id=str(patient.pk),
        patient_id=patient.pk, organization_id=patient.organization_id, not_before=timezone.now(), fallbacks=[],
        status="uncertain", leaving_at=timezone.now(), attempts=1,
        content={"about": {"due": {"due_on": "2026-12-01", "reason": "routine"}}},
    )  # fmt: skip


# ---- uncertain messages


def test_a_team_lead_settles_an_uncertain_message(world: World) -> None:
    message = uncertain(world)
    browser = world.browser("team_lead")
    page = browser.get(reverse("workbench:messages")).content.decode()
    assert "李佩兰" in page
    assert "2026-12-01" in page
    path = reverse("workbench:message", args=[message.pk])
    assert "确认已送达" in browser.get(path).content.decode()
    assert browser.post(path, {"decision": "arrived"}).status_code == 302
    message.refresh_from_db()
    assert message.status == "completed"
    assert AuditEvent.objects.filter(action="message.arrived", patient_id=message.patient_id).count() == 1
    assert browser.post(path, {"decision": "again"}).status_code == 302
    message.refresh_from_db()
    assert message.status == "completed"


def test_an_operator_sees_the_message_without_the_name(world: World) -> None:
    message = uncertain(world)
    for path in (reverse("workbench:messages"), reverse("workbench:message", args=[message.pk])):
        page = world.browser("operator").get(path).content.decode()
        assert "2026-12-01" in page
        assert "李佩兰" not in page


@pytest.mark.parametrize("part", ["doctor", "outsider", "privacy_officer"])
def test_others_settle_nothing(world: World, part: str) -> None:
    path = reverse("workbench:message", args=[uncertain(world).pk])
    browser = world.browser(part)
    assert browser.get(path).status_code == 404
    assert browser.post(path, {"decision": "again"}).status_code == 404


def test_the_list_takes_the_same_statements_for_more_messages(
    world: World, django_assert_max_num_queries: Any
) -> None:
    for _ in range(6):
        uncertain(world)
    browser = world.browser("team_lead")
    browser.get(reverse("workbench:messages"))
    with django_assert_max_num_queries(14):
        browser.get(reverse("workbench:messages"))


# ---- texts

TEXT = "workbench:wording"


def path_of(kind: str = "due", channel: str = "sms", language: str = "zh-hans") -> str:
    return reverse(TEXT, args=[kind, channel, language])


def letter(world: World) -> str:
    message = uncertain(world)
    found = letters.letters_of([message], {})[message.pk]
    assert isinstance(found, letters.Letter), found
    return found.body


def test_a_text_of_the_organization_stands_before_the_alliances_and_the_built_in(world: World) -> None:
    assert "2026年12月1日" in letter(world)
    alliance, centre = world.browser("alliance_admin"), world.browser("centre_admin")
    body = "{centre}医联体提醒{day}"
    assert alliance.post(path_of(), {"body": body, "act": "save"}).status_code == 302
    assert letter(world).startswith("南泉街道社区卫生服务中心医联体提醒")
    assert centre.post(path_of(), {"body": "{day}见，{centre}", "act": "save"}).status_code == 302
    assert letter(world) == "2026年12月1日见，南泉街道社区卫生服务中心"
    assert centre.post(path_of(), {"act": "reset"}).status_code == 302
    assert "医联体提醒" in letter(world)
    assert AuditEvent.objects.filter(action__startswith="wording.").count() == 3


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{day}{centre}{disease}", "没有变量 {disease}"),
        ("{day}请来", "必须包含 {centre}"),
        ("{day.year}{centre}", "只能写一个变量名"),
        ("{day}{centre", "只能写一个变量名"),
        ("{day}{centre}" + "长" * 300, "拆分为"),
    ],
)
def test_a_text_that_cannot_be_is_refused_by_name(world: World, body: str, said: str) -> None:
    answer = world.browser("centre_admin").post(path_of(), {"body": body, "act": "save"})
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_a_preview_writes_nothing(world: World) -> None:
    browser = world.browser("centre_admin")
    answer = browser.post(path_of(), {"body": "您好，{day}在{centre}随访", "act": "look"})
    assert "您好，2026年12月1日在南泉街道社区卫生服务中心随访" in answer.content.decode()
    assert "计 1 条短信" in answer.content.decode()
    assert browser.get(path_of()).content.decode().count("您好") == 0


@pytest.mark.parametrize(
    ("text", "segments"),
    [("a" * 160, 1), ("a" * 161, 2), ("中" * 70, 1), ("中" * 71, 2), ("中" * 134, 2), ("中" * 135, 3), ("€" * 80, 1), ("€" * 81, 2)],
)  # fmt: skip
def test_a_text_message_is_cut_as_the_network_cuts_it(text: str, segments: int) -> None:
    assert size_of(text).segments == segments


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_every_built_in_text_passes_its_own_check(kind: letters.MessageKind) -> None:
    needed = [name for name, variable in kind.variables.items() if variable.needed]
    for texts in (kind.texts, kind.short):
        for language in Language:
            wordings.check(texts[language].body, field="body", allowed=kind.variables, needed=needed)
            wordings.check(texts[language].subject, field="subject", allowed=kind.variables)


# ---- receipts


def receipt(message: Communication, settings: Any, *, secret: str = SECRET, age: int = 0, **said: str) -> int:
    settings.MESSAGE_GATEWAYS = {
        **settings.MESSAGE_GATEWAYS,
        "sms": {"url": "x", "secret": SECRET, "honours_key": False},
    }
    body = json.dumps({"key": str(message.pk), "status": "delivered", **said}).encode()
    moment = str(int(time.time()) - age)
    headers = {"X-Yilian-Time": moment, "X-Yilian-Signature": signature(secret, moment, body)}
    return (
        Client(enforce_csrf_checks=True)
        .post("/messages/receipts/sms/", body, content_type="application/json", headers=headers)
        .status_code
    )


def test_a_signed_receipt_settles_the_message(world: World, settings: Any) -> None:
    message = uncertain(world)
    assert receipt(message, settings) == 200
    message.refresh_from_db()
    assert (message.status, message.delivered_at is not None) == ("completed", True)


@pytest.mark.parametrize(
    ("how", "status"),
    [({"secret": "t" * 32}, 401), ({"age": 301}, 401), ({"status": "read"}, 400), ({"key": "x"}, 400)],
)
def test_a_receipt_that_is_not_the_gateways_changes_nothing(
    world: World, settings: Any, how: dict[str, Any], status: int
) -> None:
    message = uncertain(world)
    assert receipt(message, settings, **how) == status
    message.refresh_from_db()
    assert message.status == "uncertain"


def test_a_channel_that_is_off_has_no_receipts(world: World) -> None:
    assert Client().post("/messages/receipts/sms/", {}).status_code == 404
    assert Client().post("/messages/receipts/pigeon/", {}).status_code == 404


# ---- jobs


@pytest.fixture
def deliver(db: None) -> PeriodicTask:
    schedule.seed()
    return PeriodicTask.objects.get(name="deliver")


def test_the_operator_sees_each_job_in_words(world: World, deliver: PeriodicTask) -> None:
    JobRun.objects.create(
        task=deliver.task, state="done", ended_at=timezone.now(), result={"sent": 7}, asked_by="王运维"
    )
    page = world.browser("operator").get(reverse("workbench:jobs")).content.decode()
    for words in ("发送消息", "每 30 秒", "编排提醒", "每小时第 5 分", "已发送 7", "王运维"):
        assert words in page, words


@pytest.mark.parametrize("part", ["doctor", "centre_admin"])
def test_nobody_else_sees_jobs(world: World, deliver: PeriodicTask, part: str) -> None:
    for path in (reverse("workbench:jobs"), reverse("workbench:job", args=[deliver.pk])):
        assert world.browser(part).get(path).status_code == 404


def test_a_changed_schedule_is_not_overwritten_by_settings(world: World, deliver: PeriodicTask) -> None:
    path = reverse("workbench:job", args=[deliver.pk])
    sent = {"mode": "every", "every": "2", "unit": "minutes", "enabled": "on"}
    assert world.browser("operator").post(path, sent).status_code == 302
    schedule.seed()
    deliver.refresh_from_db()
    assert str(deliver.schedule) == "<freq: 2.00 minutes>"
    assert AuditEvent.objects.filter(action="job.reschedule").count() == 1


def test_a_row_that_nobody_changed_follows_the_settings(deliver: PeriodicTask, settings: Any) -> None:
    entry = {**settings.CELERY_BEAT_SCHEDULE["deliver"], "schedule": 45.0}
    settings.CELERY_BEAT_SCHEDULE = {**settings.CELERY_BEAT_SCHEDULE, "deliver": entry}
    schedule.seed()
    deliver.refresh_from_db()
    assert deliver.interval.every == 45


@pytest.mark.parametrize("sent", [{"mode": "every", "every": "3", "unit": "seconds"}, {"mode": "daily"}, {}])
def test_a_schedule_that_cannot_be_is_refused(
    world: World, deliver: PeriodicTask, sent: dict[str, str]
) -> None:
    answer = world.browser("operator").post(reverse("workbench:job", args=[deliver.pk]), sent)
    assert answer.status_code == 422


def test_a_job_is_asked_for_once(
    world: World, deliver: PeriodicTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr("workbench.jobs.views.current_app.send_task", lambda name, **_: sent.append(name))
    for _ in range(2):
        path = reverse("workbench:job-run", args=[deliver.pk])
        assert world.browser("operator").post(path).status_code == 302
    assert sent == ["journal.tasks.deliver"]
    assert JobRun.objects.get().state == "asked"
    assert AuditEvent.objects.filter(action="job.run").count() == 1


def test_a_run_whose_worker_was_killed_blocks_nothing(world: World, deliver: PeriodicTask) -> None:
    JobRun.objects.create(task=deliver.task, state="running")
    jobs.ask(jobs.jobs()[deliver.task], by=world.operator, at=timezone.now())
    assert sorted(JobRun.objects.values_list("state", flat=True)) == ["asked", "lost"]


# ---- one resident's wishes


def test_a_residents_wishes_are_kept_and_a_no_stops_what_waits(world: World) -> None:
    message = uncertain(world)
    Communication.objects.update(status="preparation")
    path = reverse("workbench:patient-messages", args=[message.patient_id])
    browser = world.browser("nurse")
    assert "2026-12-01" in browser.get(path).content.decode()
    said = {"given": "no", "first": "email", "second": "sms", "language": "zh-hans"}
    assert browser.post(path, {**said, "quiet_from": "20:00", "quiet_until": "09:00"}).status_code == 302
    message.refresh_from_db()
    assert (message.status, message.last_error) == ("stopped", "opted out")
    assert set(AuditEvent.objects.filter(action__startswith="contact.").values_list("action", flat=True)) == {
        "contact.prefer",
        "contact.answer",
    }
    assert browser.post(path, {**said, "second": "email"}).status_code == 422
    assert browser.post(path, {**said, "quiet_from": "20:00"}).status_code == 422
    assert world.browser("outsider").get(path).status_code == 404
