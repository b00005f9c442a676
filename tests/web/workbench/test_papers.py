"""Papers of a resident: what stands in them, for whom they are printed, and that printing leaves a line."""

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pypdf import PdfReader

from followups.entry.visit import MedicationChange
from followups.plans.care_plans import Target, sign
from followups.printing.pdf import FontsMissing, pdf
from journal.models import AuditEvent
from patients.models import Patient
from patients.programmes import Programme
from tests.db.followups.recording import save
from tests.world import World
from workbench.papers import leaflet_data, record_data

NUMBER = "50011319580302132X"


@pytest.fixture
def resident(world: World) -> Patient:
    patient = world.patient(
        "李佩兰", Programme.HYPERTENSION, Programme.DIABETES, number=NUMBER, phone="13812345678"
    )
    save(
        world, patient, "2026-02-03", systolic=152, diastolic=88, fasting_glucose=6.1, weight=62,
        medications=(MedicationChange(name="缬沙坦胶囊", dosage="80 mg 每日一次"),), symptoms=("headache_dizziness",),
        medication_adherence="regular", salt="heavy", cigarettes_per_day=5,
    )  # fmt: skip
    save(world, patient, "2026-02-17", systolic=146, diastolic=86, fasting_glucose=7.2, hba1c=7.4)
    return patient


def text_of(content: bytes) -> str:
    """The letters of a PDF, page by page, without spaces and line ends: where a line breaks is the layout's affair."""
    return "".join("".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(content)).pages)


def rows_of(data: dict[str, Any], sheet: int = 0) -> dict[str, list[str]]:
    groups = data["sheets"][sheet]["groups"]
    return {row["label"] or group["name"]: row["values"] for group in groups for row in group["rows"]}


def printed(patient: Patient, programme: str) -> dict[str, Any]:
    return record_data(patient, programme, first=date(2026, 1, 1), last=date(2026, 12, 31), stamp="许敏")


def test_the_form_has_a_column_a_visit_the_oldest_first(resident: Patient) -> None:
    rows = rows_of(printed(resident, "hypertension"))
    assert rows["随访日期"] == ["2026-02-03", "2026-02-17", "", ""]
    assert rows["血压（mmHg）"][:2] == ["152/88", "146/86"]
    assert rows["此次随访分类"][:2] == ["2 控制不满意", "1 控制满意"]
    assert rows["下次随访日期"][:2] == ["2026-02-17", "2026-03-03"]
    assert rows["用药"][:2] == ["缬沙坦胶囊 80 mg 每日一次", "缬沙坦胶囊 80 mg 每日一次"]
    assert rows["症状"][0] == "头痛头晕"
    assert rows["空腹血糖 (mmol/L)"][:2] == ["6.1", "7.2"]
    assert rows["日吸烟量（支）"][:2] == ["5", ""]
    assert rows["体质指数"][:2] == ["24.2", ""]


def test_each_programme_has_the_rows_of_its_own_form(resident: Patient) -> None:
    hypertension, diabetes = (rows_of(printed(resident, each)) for each in ("hypertension", "diabetes"))
    assert "摄盐情况" in hypertension
    assert "足背动脉搏动" not in hypertension
    assert {"足背动脉搏动", "主食（克/天）", "低血糖反应"} <= set(diabetes)
    assert diabetes["糖化血红蛋白 (%)"][:2] == ["", "7.4"]
    assert diabetes["此次随访分类"][:2] == ["1 控制满意", "2 控制不满意"]


def test_none_is_printed_where_somebody_asked_and_a_blank_where_nobody_did(
    world: World, resident: Patient
) -> None:
    save(
        world, resident, "2026-03-03", systolic=130, diastolic=80,
        findings={"answered_none": ["symptoms", "adverse_reaction"]},
    )  # fmt: skip
    save(world, resident, "2026-04-01", systolic=130, diastolic=80, adverse_reaction=("diabetes",))
    hypertension, diabetes = (rows_of(printed(resident, each)) for each in ("hypertension", "diabetes"))
    assert hypertension["症状"] == ["头痛头晕", "", "无", ""]
    assert hypertension["药物不良反应"] == ["", "", "无", "无"]
    assert diabetes["药物不良反应"] == ["", "", "无", "有"]


def test_dim_eyes_and_blurred_sight_are_two_symptoms_and_an_older_visit_reads_as_before(
    world: World, resident: Patient
) -> None:
    save(world, resident, "2026-03-03", systolic=130, diastolic=80, symptoms=("blurred_vision",))
    save(world, resident, "2026-04-01", systolic=130, diastolic=80, symptoms=("blurred_sight",))
    for programme in ("hypertension", "diabetes"):
        assert rows_of(printed(resident, programme))["症状"][2:] == ["眼花耳鸣", "视力模糊"]


def test_the_form_of_a_copd_has_grade_and_group_where_the_visit_settles_them(world: World) -> None:
    patient = world.patient("王国强", Programme.COPD)
    known = {"exacerbations_year": 1, "hospital_stays_year": 0}
    for day, readings, found in (
        ("2026-01-10", {"fev1_fvc": 0.65, "fev1_percent": 49, "cat": 12, "mmrc": 1}, known),
        (
            "2026-02-10",
            {"fev1_fvc": 0.7, "fev1_percent": 79, "cat": 5, "mmrc": 0},
            known | {"hospital_stays_year": 1},
        ),
        ("2026-03-10", {"fev1_percent": 49, "cat": 5}, known),
        ("2026-04-10", {"fev1_fvc": 0.696, "fev1_percent": 80, "cat": 5, "mmrc": 1}, known),
    ):
        save(world, patient, day, systolic=130, diastolic=80, findings=found, **readings)
    data = printed(patient, "copd")
    rows = rows_of(data)
    assert rows["一秒率"] == ["0.650", "0.700", "", "0.696"]
    assert rows["GOLD 分级"] == ["3", "", "", "1"]
    assert rows["综合评估分组（A/B/E）"] == ["B", "E", "", "A"]
    assert any("CAT≥10" in note for note in data["notes"])
    assert "GOLD 分级" not in rows_of(printed(patient, "hypertension"))


def test_the_form_of_the_elderly_has_the_hba1c_of_the_yearly_check(world: World) -> None:
    patient = world.patient("王淑芬", Programme.ELDERLY, born=date(1950, 1, 1))
    save(
        world, patient, "2026-02-03", systolic=130, diastolic=80, hba1c=6.4, findings={"hba1c_on": "2026-02-01"}
    )  # fmt: skip
    assert rows_of(printed(patient, "elderly"))["糖化血红蛋白 (%)"][0] == "6.4 (2026-02-01)"


def test_a_fifth_visit_begins_a_second_sheet_and_other_days_are_left_out(
    world: World, resident: Patient
) -> None:
    for day in ("2026-03-03", "2026-04-01", "2026-05-01"):
        save(world, resident, day, systolic=130, diastolic=80, fasting_glucose=6)
    data = printed(resident, "hypertension")
    assert rows_of(data, 1)["随访日期"] == ["2026-05-01", "", "", ""]
    few = record_data(
        resident,
        "hypertension",
        first=date(2026, 4, 1),
        last=date(2026, 4, 30),
        stamp="许敏",
    )
    assert rows_of(few)["随访日期"] == ["2026-04-01", "", "", ""]


def test_without_a_visit_the_form_is_empty_for_writing_by_hand(world: World) -> None:
    patient = world.patient("王淑芬", Programme.HYPERTENSION)
    assert rows_of(printed(patient, "hypertension"))["随访日期"] == ["", "", "", ""]


@pytest.mark.parametrize("programme", Programme.values)
def test_every_programme_has_a_form_that_becomes_a_paper(resident: Patient, programme: str) -> None:
    text = text_of(pdf("record", printed(resident, programme)))
    assert "随访服务记录表" in text
    assert "李佩兰" in text


def test_the_form_holds_no_document_number_and_the_telephone_masked(resident: Patient) -> None:
    text = text_of(pdf("record", printed(resident, "hypertension")))
    assert NUMBER not in text
    assert "13812345678" not in text
    assert "138******78" in text


def test_what_a_person_typed_stays_text_on_the_paper(world: World, resident: Patient) -> None:
    save(
        world, resident, "2026-03-03", systolic=130, diastolic=80, fasting_glucose=6,
        adverse_reaction=("hypertension",), adverse_reaction_text='#panic("x") *咳嗽* $x$',
    )  # fmt: skip
    assert '#panic("x")*咳嗽*$x$' in text_of(pdf("record", printed(resident, "hypertension")))


def test_the_leaflet_has_the_strictest_line_of_all_diseases(world: World) -> None:
    both = (Programme.HYPERTENSION, Programme.CHD, Programme.DYSLIPIDAEMIA)
    patient = world.patient("王国强", *both, born=date(1950, 1, 1))
    save(world, patient, "2026-02-17", systolic=145, diastolic=80, ldl=2.1)
    targets = {
        one["name"]: one["goal"] for one in leaflet_data(patient, on=date(2026, 3, 1), stamp="")["targets"]
    }
    assert targets["收缩压 (mmHg)"] == "<140"
    assert targets["低密度脂蛋白胆固醇 (mmol/L)"] == "<1.8"


def test_the_leaflet_says_when_to_come_what_to_reach_and_what_to_take(
    world: World, resident: Patient
) -> None:
    sign(
        resident, diagnosis="高血压 2 级", treatment="继续缬沙坦", advice="每日食盐不超过 5 克\n每周快走 5 次",
        goals=[Target("systolic", high=130)], review_on=None, by=world.specialist,
        for_organization=world.secondary, basis_id=None, at=timezone.now(),
    )  # fmt: skip
    data = leaflet_data(resident, on=date(2026, 3, 1), stamp="许敏")
    assert (data["next"], data["next_note"]) == ("2026-03-03", "星期二")
    assert {"name": "收缩压 (mmHg)", "now": "146 (02-17)", "goal": "<130"} in data["targets"]
    assert {"name": "空腹血糖 (mmol/L)", "now": "7.2 (02-17)", "goal": "<7.0"} in data["targets"]
    assert data["plan"] == ["继续缬沙坦", "每日食盐不超过 5 克", "每周快走 5 次"]
    text = text_of(pdf("leaflet", data))
    for words in ("李佩兰您好", "缬沙坦胶囊", "每周快走5次", "120"):
        assert words in text


def test_a_paper_is_opened_from_the_list_and_leaves_a_line(world: World, resident: Patient) -> None:
    browser = world.browser("doctor")
    with time_machine.travel("2026-03-01T09:00+08:00", tick=False):
        page = browser.get(f"/patients/{resident.pk}/papers/").content.decode()
        assert "随访服务记录表" in page
        for path, paper in (
            ("hypertension.pdf?first=2026-01-01&last=2026-03-01", "record"),
            ("leaflet.pdf", "leaflet"),
        ):
            answer = browser.get(f"/patients/{resident.pk}/papers/{path}")
            assert answer["Content-Type"] == "application/pdf"
            assert answer.content.startswith(b"%PDF")
            line = AuditEvent.objects.filter(action="patient.print").latest("pk")
            assert (line.patient_id, line.detail["paper"]) == (resident.pk, paper)


def test_days_that_make_no_sense_are_refused_beside_their_field(world: World, resident: Patient) -> None:
    answer = world.browser("doctor").get(
        f"/patients/{resident.pk}/papers/hypertension.pdf?first=2026-03-02&last=2026-03-01"
    )
    assert answer.status_code == 422
    assert "截止日期早于起始日期" in answer.content.decode()


@pytest.mark.parametrize("part", ["outsider", "specialist", "alliance_admin", "operator"])
def test_nobody_else_prints_a_resident(world: World, resident: Patient, part: str) -> None:
    browser = world.browser(part)
    for path in ("", "leaflet.pdf", "hypertension.pdf"):
        assert browser.get(f"/patients/{resident.pk}/papers/{path}").status_code == 404
    assert not AuditEvent.objects.filter(action="patient.print").exists()


def test_an_unknown_programme_is_no_form(world: World, resident: Patient) -> None:
    assert world.browser("doctor").get(f"/patients/{resident.pk}/papers/influenza.pdf").status_code == 404


def test_printing_costs_the_same_whatever_the_visits(
    world: World, resident: Patient, django_assert_max_num_queries: Any
) -> None:
    found = Patient.objects.select_related("organization", "identity").get(pk=resident.pk)
    for day in ("2026-03-03", "2026-04-01", "2026-05-01", "2026-06-01"):
        save(world, resident, day, systolic=130, diastolic=80, fasting_glucose=6)
    with django_assert_max_num_queries(7):
        printed(found, "hypertension")


def test_without_fonts_nothing_is_printed_rather_than_a_paper_without_its_chinese(
    resident: Patient, settings: Any, tmp_path: Path
) -> None:
    settings.FONTS_DIR = tmp_path
    with pytest.raises(FontsMissing, match="make install"):
        pdf("record", printed(resident, "hypertension"))
