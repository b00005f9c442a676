"""Correcting a saved visit and moving one from the wrong resident, on the page: first what changes, then the change."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from followups.entry.override import Override, Wish
from followups.models import Appointment, Assessment, AssessmentOverride, AssessmentOverrideHistory
from followups.overrides.figures import by_team
from journal.models import AuditEvent
from patients.models import Encounter, Patient, Task
from patients.programmes import Programme
from tests.db.followups.recording import save
from tests.db.followups.versions_at_hand import begun
from tests.web.followups.test_visit_page import filled, text
from tests.world import World

BOTH = (Programme.HYPERTENSION, Programme.DIABETES)


@pytest.fixture
def patient(world: World) -> Patient:
    return world.patient("李佩兰", *BOTH)


@pytest.fixture
def visit(world: World, patient: Patient) -> Encounter:
    today = timezone.localdate().isoformat()
    given = {"systolic": 156, "diastolic": 86, "fasting_glucose": 6.1, "mood": "good", "hba1c": 7}
    outcome = save(world, patient, today, findings={"arm": "left"}, **given).encounter
    assert outcome is not None
    return outcome


def address(name: str, visit: Encounter) -> str:
    return reverse(f"workbench:{name}", args=[visit.patient_id, visit.pk])


def corrected(visit: Encounter, **given: Any) -> dict[str, Any]:
    start = {"systolic": "156", "diastolic": "86", "fasting_glucose": "6.1", "mood": "good", "hba1c": "7.0",
             "arm": "left", "version": visit.version, "why": "录入笔误"}  # fmt: skip
    return filled(visit.patient, **(start | given))


def test_the_form_starts_with_what_was_saved(world: World, visit: Encounter) -> None:
    shown = text(world.browser("doctor").get(address("visit-amend", visit)))
    assert 'name="systolic" id="id_systolic" value="156"' in shown
    assert 'value="7"' in shown
    assert 'value="left"' in shown


def test_a_correction_says_what_changes_and_writes_nothing_before_it_is_confirmed(
    world: World, visit: Encounter
) -> None:
    client = world.browser("doctor")
    shown = text(client.post(address("visit-amend", visit), corrected(visit, systolic="138")))
    assert "控制不满意" in shown
    assert "控制满意" in shown
    assert "156 mmHg" in shown
    assert "138 mmHg" in shown
    assert Encounter.objects.get(pk=visit.pk).version == visit.version
    due = Appointment.objects.booked().get(patient=visit.patient).due_on
    answer = client.post(address("visit-amend", visit), corrected(visit, systolic="138", sure="1"))
    assert answer.status_code == 302
    assert Encounter.objects.get(pk=visit.pk).systolic == 138
    assert Appointment.objects.booked().get(patient=visit.patient).due_on > due
    saved = text(client.get(answer["Location"]))
    assert "录入笔误" in saved
    assert "156 mmHg" in saved
    assert "doctor" in saved


def test_a_correction_needs_its_why_and_knows_of_another_one(world: World, visit: Encounter) -> None:
    client = world.browser("doctor")
    assert client.post(address("visit-amend", visit), corrected(visit, why="")).status_code == 422
    assert client.post(address("visit-amend", visit), corrected(visit, systolic="301")).status_code == 422
    outdated = client.post(address("visit-amend", visit), corrected(visit, version=9, sure="1"))
    assert outdated["Location"] == address("visit-amend", visit)
    assert Encounter.objects.get(pk=visit.pk).version == visit.version


def test_a_visit_is_moved_after_both_were_told_what_changes(world: World, visit: Encounter) -> None:
    right = world.patient("李鹏程", *BOTH)
    client = world.browser("doctor")
    found = text(client.post(address("visit-move", visit), {"q": "lpc"}))
    assert str(right.pk) in found
    sent = {"to": str(right.pk), "version": visit.version, "why": "录错人"}
    told = text(client.post(address("visit-move", visit), sent))
    assert "李佩兰" in told
    assert "李鹏程" in told
    assert Encounter.objects.get(pk=visit.pk).patient == visit.patient
    answer = client.post(address("visit-move", visit), sent | {"sure": "1"})
    assert answer["Location"] == reverse("workbench:visit-saved", args=[right.pk, visit.pk])
    assert "录错人" in text(client.get(answer["Location"]))
    assert Encounter.objects.get(pk=visit.pk).patient == right


def test_what_the_doctor_decided_otherwise_is_said_to_fall_before_a_visit_is_moved(
    world: World, patient: Patient
) -> None:
    own = Override("家中自测稳定，诊室白大衣现象", {"hypertension": Wish("controlled", "routine")})
    given = {"systolic": 156, "diastolic": 86, "fasting_glucose": 6.1}
    visit = save(world, patient, timezone.localdate().isoformat(), **given, override=own).encounter
    assert visit is not None
    sent = {"to": str(world.patient("李鹏程", *BOTH).pk), "version": visit.version, "why": "录错人"}
    told = text(world.browser("doctor").post(address("visit-move", visit), sent))
    assert "医生另行判断不随随访移动" in told
    assert own.reason in told


def test_nobody_moves_a_visit_to_a_resident_of_others_or_reaches_the_pages_of_others(
    world: World, visit: Encounter
) -> None:
    theirs = world.patient("李鹏程", *BOTH, organization=world.other_centre)
    client = world.browser("doctor")
    assert str(theirs.pk) not in text(client.post(address("visit-move", visit), {"q": "lpc"}))
    sent = {"to": str(theirs.pk), "version": visit.version, "why": "录错人", "sure": "1"}
    assert client.post(address("visit-move", visit), sent).status_code == 404
    assert client.post(address("visit-move", visit), sent | {"to": "x"}).status_code == 404
    for part in ("outsider", "specialist"):
        for name in ("visit-amend", "visit-move"):
            assert world.browser(part).get(address(name, visit)).status_code == 404
    assert Encounter.objects.get(pk=visit.pk).patient == visit.patient


def test_a_change_of_medicine_proposes_a_call_that_one_key_accepts_and_somebody_ends(
    world: World, visit: Encounter
) -> None:
    client = world.browser("doctor")
    assert 'data-key="c"' not in text(client.get(address("visit-saved", visit)))
    today = timezone.localdate().isoformat()
    typed = filled(visit.patient, systolic="150", diastolic="80", new_0_name="缬沙坦胶囊", on=today)
    saved = client.post(reverse("workbench:visit", args=[visit.patient_id]), typed)["Location"]
    assert 'data-key="c"' in text(client.get(saved))
    due = timezone.localdate() + timedelta(days=7)
    asked = client.post(saved + "task/", {"kind": "call_after_change", "due_on": due.isoformat()})
    assert asked.status_code == 302
    assert 'data-key="c"' not in text(client.get(saved))
    task = Task.objects.open().get(patient=visit.patient, kind="call_after_change")
    assert timezone.localdate(task.due_at) == due
    assert "调药后回访" in text(client.get(reverse("workbench:today")))
    end = reverse("workbench:task-finish", args=[visit.patient_id, task.pk])
    assert world.browser("outsider").post(end, {"outcome": "好转"}).status_code == 404
    client.post(end, {"outcome": " "})
    assert Task.objects.open().filter(pk=task.pk).exists()
    client.post(end, {"outcome": "服药规律，无不适"})
    task.refresh_from_db()
    assert (task.status, task.outcome, task.completed_by) == ("completed", "服药规律，无不适", world.doctor)


@pytest.mark.parametrize(
    "given", [{"due_on": "2020-01-01"}, {"due_on": ""}, {"kind": "referral_advised"}, {"kind": "x"}]
)
def test_a_task_that_cannot_be_is_not_left(world: World, visit: Encounter, given: dict[str, str]) -> None:
    sent = {"kind": "revisit", "due_on": timezone.localdate().isoformat()} | given
    answer = world.browser("doctor").post(address("visit-task", visit), sent)
    assert answer["Location"] == address("visit-saved", visit)
    assert not Task.objects.filter(patient=visit.patient, kind__in=["revisit", "x"]).exists()


def test_by_telephone_the_page_says_what_to_ask_of_each_disease_once(world: World, patient: Patient) -> None:
    shown = text(world.browser("doctor").get(reverse("workbench:visit", args=[patient.pk]) + "?method=phone"))
    assert shown.count("这几天在家量血压了吗") == 1
    assert shown.count("早上空腹血糖是多少") == 1
    assert "吸入药" not in shown
    assert 'value="phone"' in shown


def test_what_the_form_does_not_ask_stays_as_it_was(world: World) -> None:
    patient = world.patient("王建国", Programme.HYPERTENSION)
    given = {
        "systolic": 150,
        "diastolic": 86,
        "fasting_glucose": 7.4,
        "ldl": 2.9,
        "hypoglycaemia": "sometimes",
    }
    visit = save(world, patient, timezone.localdate().isoformat(), symptoms=("thirst",), **given).encounter
    assert visit is not None
    sent = filled(patient, systolic="148", diastolic="86", version=visit.version, why="笔误", sure="1")
    ticked = {"symptoms": ["thirst"]}
    assert world.browser("doctor").post(address("visit-amend", visit), sent | ticked).status_code == 302
    row = Encounter.objects.get(pk=visit.pk)
    assert (row.systolic, float(row.fasting_glucose), row.hypoglycaemia) == (148, 7.4, "sometimes")
    assert row.symptoms == ["thirst"]
    assert {one.code for one in row.further_observations.all()} == {"ldl"}


def test_a_symptom_that_the_form_no_longer_asks_is_shown_and_can_be_taken_back(world: World) -> None:
    """视力模糊 was kept under another code, which the form of diabetes does not offer any more."""
    patient = world.patient("王建国", Programme.DIABETES)
    today = timezone.localdate().isoformat()
    visit = save(world, patient, today, symptoms=("blurred_vision",), fasting_glucose=6.1).encounter
    assert visit is not None
    client = world.browser("doctor")
    shown = text(client.get(address("visit-amend", visit)))
    assert re.search(r'value="blurred_vision"[^>]*checked', shown)
    sent = filled(
        patient, fasting_glucose="6.1", version=visit.version, why="笔误", sure="1", symptoms=["none"]
    )
    assert client.post(address("visit-amend", visit), sent).status_code == 302
    row = Encounter.objects.get(pk=visit.pk)
    assert (row.symptoms, row.findings["answered_none"]) == ([], ["symptoms"])


def test_the_lines_beside_a_correction_are_those_of_the_visits_own_day(world: World) -> None:
    """A ratio that was measured later, or that the correction takes back, chooses nothing."""
    begun(world.doctor, days_ago=300, ckd_acr_lasts=True)
    patient = world.patient("王秀英", Programme.CKD)
    today = timezone.localdate()
    older, newer = ((today - timedelta(days=ago)).isoformat() for ago in (40, 5))
    visit = save(world, patient, older, systolic=135, diastolic=75).encounter
    save(world, patient, newer, systolic=135, diastolic=75, acr=80)
    assert visit is not None
    client = world.browser("doctor")
    assert "考核线 &lt;140/90" in text(client.get(address("visit-amend", visit)))
    assert "考核线 &lt;130/80" in text(client.get(reverse("workbench:visit", args=[patient.pk])))


# ---- the doctor's own decision at a correction

OWN = "动态血压日间均值达标"


def deciding(**given: Any) -> dict[str, Any]:
    return {"override_hypertension_class": "controlled", "override_hypertension_action": "routine",
            "override_reason": OWN, **given}  # fmt: skip


@pytest.fixture
def decided(world: World, patient: Patient) -> Encounter:
    own = Override(OWN, {"hypertension": Wish("controlled", "routine")})
    given = {"systolic": 156, "diastolic": 86, "fasting_glucose": 6.1, "mood": "good", "hba1c": 7}
    on = timezone.localdate().isoformat()
    visit = save(world, patient, on, findings={"arm": "left"}, **given, override=own).encounter
    assert visit is not None
    return visit


def test_a_correction_may_bring_a_decision_of_its_own_and_both_words_are_kept(
    world: World, visit: Encounter
) -> None:
    client = world.browser("colleague")
    told = text(client.post(address("visit-amend", visit), corrected(visit, **deciding())))
    assert f"高血压 控制满意 维持治疗，常规随访 · {OWN}" in told
    assert not AssessmentOverride.objects.exists()
    answer = client.post(address("visit-amend", visit), corrected(visit, **deciding(sure="1")))
    assert answer.status_code == 302
    kept = AssessmentOverride.objects.get()
    assert (kept.protocol_klass, kept.protocol_action) == ("uncontrolled", "adjust")
    assert (kept.klass, kept.action, kept.reason, kept.by) == ("controlled", "routine", OWN, world.colleague)
    assert [figure.visits for figure in by_team([visit.organization_id], on=timezone.localdate())] == [1]
    saved = text(client.get(answer["Location"]))
    assert "规范结论：控制不满意" in saved
    line = AuditEvent.objects.get(action="visit.amend")
    assert (line.detail["changed"], line.detail["overridden"]) == (["override"], ["hypertension"])
    assert OWN not in str(line.detail)
    assert "录入笔误" in saved, "the earlier version stays readable though only the decision changed"
    assert Encounter.objects.get(pk=visit.pk).version == visit.version + 1


def test_a_date_alone_may_be_decided_at_a_correction(world: World, visit: Encounter) -> None:
    due = timezone.localdate() + timedelta(days=40)
    sent = corrected(visit, override_due_on=due.isoformat(), override_reason=OWN, sure="1")
    assert world.browser("doctor").post(address("visit-amend", visit), sent).status_code == 302
    kept = AssessmentOverride.objects.get()
    assert (kept.programme, kept.due_on) == ("", due)
    assert Appointment.objects.booked().get(patient=visit.patient).due_on == due


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (deciding(override_reason=""), "override_reason"),
        (deciding(override_reason="可以"), "override_reason"),
        ({"override_reason": OWN}, "override_reason"),
        (deciding(override_due_on="2020-01-01"), "override_due_on"),
        (deciding(systolic="186"), "override_hypertension_class"),
    ],
)
def test_a_decision_that_cannot_be_is_refused_beside_its_field(
    world: World, visit: Encounter, given: dict[str, str], field: str
) -> None:
    confirmed = {"confirmed": "systolic:186"} if "systolic" in given else {}
    sent = corrected(visit, **given, **confirmed, sure="1")
    answer = world.browser("doctor").post(address("visit-amend", visit), sent)
    assert answer.status_code == 422
    assert f'id="id_{field}-error"' in text(answer)
    assert not AssessmentOverride.objects.exists()
    assert Encounter.objects.get(pk=visit.pk).version == visit.version


def test_the_page_begins_with_the_decision_that_stands_and_left_alone_it_stays_its_authors(
    world: World, decided: Encounter
) -> None:
    client = world.browser("colleague")
    shown = text(client.get(address("visit-amend", decided)))
    assert OWN in shown
    assert '<option value="controlled" selected>' in shown
    sent = corrected(decided, systolic="154", **deciding(sure="1"))
    assert client.post(address("visit-amend", decided), sent).status_code == 302
    kept = AssessmentOverride.objects.get()
    assert (kept.by, kept.at) == (world.doctor, decided.recorded_at)
    assert not AssessmentOverrideHistory.objects.exists()


def test_left_alone_it_falls_where_the_protocol_says_otherwise_now(world: World, decided: Encounter) -> None:
    sent = corrected(decided, systolic="186", confirmed="systolic:186", **deciding())
    client = world.browser("doctor")
    told = text(client.post(address("visit-amend", decided), sent))
    assert f"高血压 控制满意 维持治疗，常规随访 · {OWN}" in told
    assert client.post(address("visit-amend", decided), sent | {"sure": "1"}).status_code == 302
    assert not AssessmentOverride.objects.exists()
    assert Assessment.objects.get(encounter=decided, programme="hypertension").klass == "uncontrolled"


def test_emptied_it_is_taken_back(world: World, decided: Encounter) -> None:
    empty = deciding(override_reason="", override_hypertension_class="", override_hypertension_action="")
    sent = corrected(decided, **empty, sure="1")
    assert world.browser("doctor").post(address("visit-amend", decided), sent).status_code == 302
    assert not AssessmentOverride.objects.exists()
    assert AssessmentOverrideHistory.objects.count() == 1
    assert Assessment.objects.get(encounter=decided, programme="hypertension").klass == "uncontrolled"


def test_whoever_is_no_doctor_is_not_asked_and_decides_nothing(world: World, decided: Encounter) -> None:
    client = world.browser("nurse")
    assert "override_reason" not in text(client.get(address("visit-amend", decided)))
    sent = corrected(
        decided, systolic="154", override_due_on="2030-01-01", override_reason="改期随访吧", sure="1"
    )
    assert client.post(address("visit-amend", decided), sent).status_code == 302
    kept = AssessmentOverride.objects.get()
    assert (kept.by, kept.reason, kept.klass) == (world.doctor, OWN, "controlled")


def test_while_typing_the_decision_is_shown_as_it_will_count(world: World, decided: Encounter) -> None:
    path, client = reverse("workbench:visit-decision", args=[decided.patient_id]), world.browser("doctor")
    sent = corrected(decided, systolic="154", **deciding()) | {"visit": str(decided.pk)}
    assert OWN in text(client.post(path, sent))
    assert OWN not in text(client.post(path, sent | {"systolic": "186"}))
    assert OWN in text(client.post(path, sent | {"systolic": "172", "override_reason": OWN + "，已复核"}))
