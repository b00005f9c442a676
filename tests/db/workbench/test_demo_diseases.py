"""The demo's residents beyond hypertension and diabetes: every programme has somebody, controlled and not."""

from collections import defaultdict
from datetime import date

import pytest

from followups.entry.visit import faults_of
from followups.models import Assessment
from followups.visits.stored import reading_of
from patients.models import Condition, Encounter, Enrolment, MedicationStatement, Patient
from patients.programmes import Programme
from referrals.models import ServiceRequest
from tests.undone import undone
from workbench import demo
from workbench.demo.organs import FURTHER


@pytest.fixture(scope="module")
def once(django_db_setup, django_db_blocker):
    """Built once for all. Among fewer residents a programme may have nobody."""
    with django_db_blocker.unblock(), undone():
        yield demo.build(residents=450, months=12, seed="t", today=date(2026, 11, 22))


@pytest.fixture
def built(once, db):
    return once


@pytest.fixture
def visits(built):
    """Those of the further diseases."""
    rows = Encounter.objects.filter(programmes__overlap=[str(name) for name in FURTHER])
    return list(rows.prefetch_related("further_observations"))


def test_every_programme_has_residents_alone_and_beside_hypertension(built):
    running = Enrolment.objects.filter(period__endswith=None)
    counts = {name: running.filter(programme=name).count() for name in Programme.values}
    assert min(counts.values()) >= 6, counts
    for name in FURTHER:
        assert Patient.objects.filter(programmes=[name]).exists(), name
        assert Patient.objects.filter(programmes__contains=[name, "hypertension"]).exists(), name
    assert running.filter(programme__in=FURTHER, period__startswith__gt=date(2026, 1, 1)).exists()


def test_some_are_controlled_and_some_are_not(built):
    found = defaultdict(set)
    for programme, klass in Assessment.objects.values_list("programme", "klass").distinct():
        found[programme].add(klass)
    assert all({"controlled", "uncontrolled"} <= found[name] for name in FURTHER if name != Programme.ELDERLY)
    assert "controlled" in found[Programme.ELDERLY]


def test_a_visit_is_what_the_form_takes_and_answers_what_its_disease_asks(visits):
    measured = set()
    for visit in visits:
        reading = reading_of(visit)
        assert faults_of(reading) == []
        assert "copd" not in visit.programmes or "inhaler" in reading.findings
        assert "stroke" not in visit.programmes or "mrs" in reading.findings
        assert "chd" not in visit.programmes or "angina" in reading.findings
        measured |= reading.further().keys()
    asked = {"cat", "mmrc", "exacerbations_since_last", "spo2", "fev1", "fev1_percent", "fev1_fvc", "ldl", "hdl",
             "total_cholesterol", "triglycerides", "acr", "creatinine", "potassium"}  # fmt: skip
    assert asked <= measured


def test_managed_is_who_was_diagnosed_but_for_old_age(built):
    diagnosed = set(Condition.objects.values_list("patient_id", "code"))
    managed = Enrolment.objects.exclude(programme=Programme.ELDERLY).values_list("patient_id", "programme")
    assert set(managed) <= diagnosed
    elderly = Patient.objects.filter(enrolments__programme=Programme.ELDERLY)
    assert {patient.age(on=date(2026, 11, 22)) >= 65 for patient in elderly} == {True}


def test_nobody_takes_two_medicines_of_one_kind(built):
    taken = MedicationStatement.objects.filter(status="active").values_list("patient_id", "atc")
    kinds = [(patient_id, atc[:5]) for patient_id, atc in taken]
    assert len(kinds) == len(set(kinds))


def test_a_referral_goes_to_a_department_of_its_disease(built):
    rows = ServiceRequest.objects.exclude(programme=Programme.ELDERLY).select_related("target_department")
    assert all(one.programme in one.target_department.programmes for one in rows)
    assert rows.filter(programme__in=FURTHER).exists()
