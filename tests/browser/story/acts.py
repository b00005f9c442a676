"""What people do in the story, page by page; each act is used by its own step and by the walk through all of them."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from exchange.models import ImportBatch
from patients.models import Encounter, Patient, Task
from referrals.models import ServiceRequest
from tests.browser.story.people import path_of
from tests.browser.story.stage import Person
from tests.rosters import SAMPLE

#: The second pressure above the line; the glucose is fine.
SECOND = {"systolic": "151", "diastolic": "86", "fasting_glucose": "6.1"}


def uploads(admin: Person, file: Path = SAMPLE) -> ImportBatch:
    """Step 1: the workbook is handed in; its preview is open."""
    page = admin.opens(reverse("exchange:imports"))
    page.get_by_label("工作簿").set_input_files(file)
    page.get_by_role("button", name="上传并核对").click()
    expect(page.locator(".yl-steps [aria-current=step]")).to_contain_text("2")
    return ImportBatch.objects.latest("created_at")


def confirms_import(admin: Person) -> None:
    """Step 1: the good rows go in, by the worker; the page follows its progress by itself."""
    admin.page.get_by_role("button", name=re.compile("^写入 .* 行$")).click()
    expect(admin.page.locator(".yl-steps [aria-current=step]")).to_contain_text("4", timeout=120_000)


def finds(doctor: Person, text: str) -> Locator:
    """Step 2: type into the one search box; the hits."""
    doctor.page.keyboard.press("/")
    doctor.page.keyboard.type(text)
    hits = doctor.page.get_by_role("option")
    expect(doctor.page.locator("#q-hits-box [role=status]")).to_be_visible()
    return hits


def types_readings(page: Page, **readings: str) -> None:
    """Step 3: fill in what was measured."""
    for name, value in readings.items():
        page.locator(f"#id_{name}").press_sequentially(value)


def records_second_uncontrolled(doctor: Person, patient: Patient) -> Encounter:
    """Step 3: one visit for both diseases, saved when the decision stands there."""
    page = doctor.opens(path_of("workbench:visit", patient.pk))
    types_readings(page, **SECOND)
    expect(page.locator("#decision")).to_contain_text("建议上转")
    page.get_by_role("button", name="保存并预约").click()
    expect(page.locator("h1")).to_have_text("随访已保存")
    return Encounter.objects.filter(patient=patient).latest("created_at")


def sends_referral(doctor: Person, patient: Patient) -> ServiceRequest:
    """Step 4: from the saved visit to the sent letter; only the consent is added."""
    page = doctor.page
    page.get_by_role("link", name="打开转诊单").click()
    page.get_by_label("居民本人同意转诊").check()
    page.get_by_role("button", name="发送转诊").click()
    page.wait_for_url(re.compile(r"/referrals/[0-9a-f-]{36}/$"))
    return ServiceRequest.objects.get(patient=patient)


def accepts(specialist: Person) -> None:
    """Step 5: take the case."""
    page = specialist.page
    page.get_by_role("button", name="接收").first.click()
    page.get_by_role("dialog").get_by_role("button", name="接收").click()
    expect(page.locator("#toasts")).to_contain_text("已接收")


def marks_arrival(specialist: Person) -> None:
    """Step 5: the patient is there."""
    page = specialist.page
    page.get_by_role("button", name="登记到诊").first.click()
    page.get_by_role("dialog").get_by_role("button", name="登记到诊").click()
    expect(page.locator("#toasts")).to_contain_text("到诊已登记")


def fills_return(specialist: Person) -> None:
    """Step 5: diagnosis, treatment, targets and plan."""
    page = specialist.page
    page.get_by_role("link", name=re.compile("^写回转单")).click()
    page.get_by_label("诊断").fill("原发性高血压 2级，2型糖尿病")
    page.get_by_label("治疗经过").fill("氨氯地平加量，加用缬沙坦，观察三天血压平稳")
    page.get_by_label("下一步治疗方案").fill("家庭自测血压，两周内复查；低盐饮食")
    page.get_by_label("收缩压低于").fill("130")
    page.locator("#id_medicines-2-name").fill("缬沙坦胶囊")
    page.locator("#id_medicines-2-dosage").fill("80 mg 每日1次")
    page.locator("#id_medicines-2-change").select_option("new")


def signs_return(specialist: Person) -> None:
    """Step 5: give the patient back."""
    specialist.page.get_by_role("button", name="签署并回转").click()
    expect(specialist.page.locator("#toasts")).to_contain_text("已签署")


def confirms_receipt(doctor: Person, patient: Patient) -> None:
    """Step 6: from the list of today to the confirmed return."""
    page = doctor.opens("/")
    page.get_by_role("link", name=f"确认 {patient.name}").click()
    page.get_by_role("button", name="确认收到").first.click()
    page.get_by_role("dialog").get_by_role("button", name="确认收到").click()
    expect(page.locator("#toasts")).to_contain_text("已确认")


def refused_everywhere(outsider: Person, *paths: str) -> None:
    """Everybody else: what is not yours is not there, whether you read or write."""
    for path in paths:
        assert outsider.status(path) == 404, path


def task_of(patient: Patient) -> Task:
    """The advice to refer that stands open."""
    return Task.objects.open().get(patient=patient)


def in_days(days: int) -> str:
    """A day ahead, as the lists print it."""
    return (timezone.localdate() + timedelta(days=days)).strftime("%m-%d")


def case_path(request_id: UUID) -> str:
    """The page of a referral."""
    return path_of("referrals:case", request_id)
