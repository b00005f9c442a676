"""A doctor decides otherwise than the protocol: both words are kept, the doctor's counts downstream."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from alliances.models import Role
from followups.entry.override import Override, Wish
from followups.entry.visit import VisitInput, VisitRefused
from followups.models import (
    Appointment,
    Assessment,
    AssessmentOverride,
    AssessmentOverrideHistory,
)
from followups.visits import amending
from journal.models import AuditEvent
from patients.models import Encounter, Patient, Task
from patients.programmes import Programme
from tests.db.followups.recording import save
from tests.world import World

WHY = "家中自测稳定，诊室白大衣现象"


def day(ago: int) -> str:
    return (timezone.localdate() - timedelta(days=ago)).isoformat()


@pytest.fixture
def patient(world: World) -> Patient:
    return world.patient("李佩兰", Programme.HYPERTENSION, Programme.DIABETES)


def wish(
    klass: str = "", action: str = "", *, on: str = "hypertension", due: date | None = None, why: str = WHY
) -> Override:
    return Override(why, {on: Wish(klass, action)} if klass or action else {}, due)


HIGH = {"systolic": 156, "diastolic": 88, "fasting_glucose": 6.1}


def test_both_words_are_kept_and_the_doctors_counts(world: World, patient: Patient) -> None:
    done = save(world, patient, day(0), **HIGH, override=wish("controlled", "routine"))
    row = Assessment.objects.get(encounter=done.encounter, programme="hypertension")
    assert (row.klass, row.action) == ("controlled", "routine")
    assert WHY in str(row.reasons[0])
    kept = AssessmentOverride.objects.get()
    assert (kept.protocol_klass, kept.protocol_action) == ("uncontrolled", "adjust")
    assert (kept.klass, kept.action, kept.reason) == ("controlled", "routine", WHY)
    assert (kept.by, kept.care_team) == (world.doctor, patient.care_team)
    other = Assessment.objects.get(encounter=done.encounter, programme="diabetes")
    assert other.klass == "controlled"
    assert "override" not in str(other.reasons)


def test_the_next_date_follows_the_action_that_counts(world: World, patient: Patient) -> None:
    save(world, patient, "2026-01-10", **HIGH, override=wish("", "routine"))
    assert Appointment.objects.booked().get().due_on == date(2026, 4, 10)
    assert AssessmentOverride.objects.get().programme == "hypertension"


def test_a_date_of_the_doctors_own(world: World, patient: Patient) -> None:
    due = timezone.localdate() + timedelta(days=40)
    save(world, patient, day(0), systolic=130, diastolic=80, fasting_glucose=6.1, override=wish(due=due))
    appointment = Appointment.objects.booked().get()
    assert (appointment.due_on, appointment.reason) == (due, "routine")
    kept = AssessmentOverride.objects.get()
    assert (kept.programme, kept.due_on) == ("", due)
    assert kept.protocol_due_on is not None


def test_a_stricter_action_leaves_the_advice_with_the_doctors_reason(world: World, patient: Patient) -> None:
    done = save(world, patient, day(0), **HIGH, override=wish("", "refer", why="合并靶器官损害，需专科评估"))
    assert done.advice is not None
    assert "合并靶器官损害" in str(Task.objects.get(pk=done.advice.pk).reasons)


def test_an_emergency_taken_back_leaves_no_advice_and_is_never_controlled(world: World) -> None:
    patient, crisis = world.patient("王建国", Programme.HYPERTENSION), {"systolic": 182, "diastolic": 96}
    with pytest.raises(VisitRefused) as refused:
        save(world, patient, day(0), **crisis, override=wish("controlled", "adjust"))
    assert [fault.code for fault in refused.value.faults] == ["emergency"]
    done = save(world, patient, day(0), **crisis, override=wish("", "adjust"))
    assert done.advice is None
    row = Assessment.objects.get(encounter=done.encounter, programme="hypertension")
    assert (row.klass, row.action, row.red_flags) == ("uncontrolled", "adjust", ["systolic>=180"])


def test_the_database_keeps_an_emergency_from_being_called_controlled(world: World, patient: Patient) -> None:
    save(world, patient, day(0), systolic=182, diastolic=96, override=wish("", "adjust"))
    with pytest.raises(IntegrityError, match="override_emergency"), transaction.atomic():
        AssessmentOverride.objects.update(klass="controlled")


def test_what_the_doctor_says_as_the_protocol_does_is_no_override(world: World, patient: Patient) -> None:
    save(world, patient, day(0), **HIGH, override=wish("uncontrolled", "adjust"))
    assert not AssessmentOverride.objects.exists()


@pytest.mark.parametrize(
    ("override", "field"),
    [
        (wish("controlled", why="可以"), "override.reason"),
        (wish(), "override"),
        (wish("controlled", on="copd"), "override.programmes.copd"),
        (wish("not_assessed"), "override.programmes.hypertension.class"),
        (wish("", "wait"), "override.programmes.hypertension.action"),
        (wish(due=timezone.localdate()), "override.next_due_on"),
        (wish(due=timezone.localdate() + timedelta(days=400)), "override.next_due_on"),
    ],
)
def test_what_cannot_be_is_named(world: World, patient: Patient, override: Override, field: str) -> None:
    with pytest.raises(VisitRefused) as refused:
        save(world, patient, day(0), **HIGH, override=override)
    assert [fault.field for fault in refused.value.faults] == [field]
    assert not Encounter.objects.exists()


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.GENERAL_PRACTITIONER, True), (Role.TEAM_LEAD, True), (Role.VILLAGE_DOCTOR, True),
        (Role.TCM_PHYSICIAN, True), (Role.NURSE, False), (Role.HEALTH_MANAGER, False), (Role.PHARMACIST, False),
    ],
)  # fmt: skip
def test_doctors_may_and_others_may_not(world: World, patient: Patient, role: Role, may: bool) -> None:
    by = world.user("somebody", role, world.centre, care_team=world.team)
    if may:
        save(world, patient, day(0), **HIGH, by=by, override=wish("controlled"))
        assert AssessmentOverride.objects.get().by == by
        return
    with pytest.raises(VisitRefused) as refused:
        save(world, patient, day(0), **HIGH, by=by, override=wish("controlled"))
    assert refused.value.faults[0].code == "not_allowed"


def test_a_doctor_elsewhere_who_is_a_nurse_here_may_not(world: World, patient: Patient) -> None:
    by = world.user("both", Role.NURSE, world.centre, care_team=world.team)
    from alliances.models import PractitionerRole

    elsewhere = PractitionerRole.objects.get(user=by)
    elsewhere.pk, elsewhere.role = None, Role.GENERAL_PRACTITIONER
    elsewhere.organization, elsewhere.care_team = world.other_centre, world.other_team
    elsewhere.save(force_insert=True)
    with pytest.raises(VisitRefused):
        save(world, patient, day(0), **HIGH, by=by, override=wish("controlled"))


def test_a_system_hands_in_a_doctors_word_but_takes_no_emergency_back(world: World, patient: Patient) -> None:
    about: dict[str, Any] = {"by": world.api_client, "source": "api"}
    save(world, patient, day(1), **HIGH, **about, override=wish("controlled"))
    assert AssessmentOverride.objects.get().by is None
    with pytest.raises(VisitRefused):
        save(world, patient, day(0), systolic=185, diastolic=90, **about, override=wish("", "adjust"))


def test_sent_again_with_another_decision_it_is_a_conflict(world: World, patient: Patient) -> None:
    from journal.keys import new_key

    key = new_key()
    save(world, patient, day(0), **HIGH, id=key, override=wish("controlled"))
    assert save(world, patient, day(0), **HIGH, id=key, override=wish("controlled")).status == "identical"
    assert save(world, patient, day(0), **HIGH, id=key, override=wish("", "refer")).status == "conflict"
    assert save(world, patient, day(0), **HIGH, id=key).status == "conflict"


def test_later_visits_are_judged_by_readings_whatever_the_doctor_said(world: World, patient: Patient) -> None:
    save(world, patient, day(20), **HIGH, override=wish("controlled", "routine"))
    done = save(world, patient, day(0), **HIGH)
    assert done.decision is not None
    assert done.decision.programmes["hypertension"].action == "refer"


def test_the_trail_names_what_was_overridden_without_the_reason(world: World, patient: Patient) -> None:
    save(world, patient, day(0), **HIGH, override=wish("controlled"))
    line = AuditEvent.objects.get(action="visit.record")
    assert line.detail["overridden"] == ["hypertension"]
    assert WHY not in str(line.detail)


# ---- corrections


def amend(world: World, visit: Encounter, reading: VisitInput) -> None:
    visit.refresh_from_db()
    amending.amend(
        visit, reading, on=visit.on, method="clinic", by=world.colleague, recorded_at=timezone.now(), version=visit.version
    )  # fmt: skip


def test_a_correction_that_leaves_the_ground_keeps_the_decision(world: World, patient: Patient) -> None:
    done = save(world, patient, day(0), **HIGH, override=wish("controlled", "routine"))
    assert done.encounter is not None
    amend(world, done.encounter, VisitInput(observations={**HIGH, "systolic": 155}))
    assert Assessment.objects.get(encounter=done.encounter, programme="hypertension").klass == "controlled"
    kept = AssessmentOverride.objects.get()
    assert kept.by == world.doctor
    assert not AssessmentOverrideHistory.objects.exists()


def test_a_correction_that_changes_the_judgement_ends_the_decision_and_keeps_its_history(
    world: World, patient: Patient
) -> None:
    done = save(world, patient, day(0), **HIGH, override=wish("controlled", "routine"))
    assert done.encounter is not None
    amend(world, done.encounter, VisitInput(observations={**HIGH, "systolic": 185}))
    row = Assessment.objects.get(encounter=done.encounter, programme="hypertension")
    assert (row.klass, row.action) == ("uncontrolled", "emergency")
    assert not AssessmentOverride.objects.exists()
    assert AssessmentOverrideHistory.objects.get().reason == WHY


def test_a_correction_may_bring_a_decision_of_its_own(world: World, patient: Patient) -> None:
    done = save(world, patient, day(0), **HIGH)
    assert done.encounter is not None
    amend(world, done.encounter, VisitInput(observations=HIGH, override=wish("controlled", "routine")))
    kept = AssessmentOverride.objects.get()
    assert (kept.by, kept.klass) == (world.colleague, "controlled")
    amend(world, done.encounter, VisitInput(observations={**HIGH, "weight": 60}, override=wish("", "refer")))
    assert AssessmentOverride.objects.get().action == "refer"
    assert AssessmentOverrideHistory.objects.get().action == "routine"
