"""How `manage.py demo` builds: repeatably, and what it refuses."""

import hashlib
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from followups.models import Appointment, Assessment
from patients.models import Contract, Encounter, MedicationStatement, Observation, Patient, Task
from referrals.models import ReferralStatus, ServiceRequest
from workbench import demo

TODAY = date(2026, 11, 22)


def digest() -> dict[str, str]:
    """A fingerprint a table, over what repeats: keys and values, organizations and people by their names."""
    shapes = {
        Patient: ("id", "name", "birth_date", "archive_number", "organization__code", "care_team__name", "programmes"),
        Encounter: ("id", "patient_id", "on", "method", "systolic", "diastolic", "fasting_glucose", "weight",
                    "practitioner__username", "recorded_at", "medication_adherence", "symptoms", "findings"),
        Assessment: ("encounter_id", "programme", "klass", "action", "rule"),
        Appointment: ("id", "patient_id", "due_on", "status", "fulfilled_by_id", "reason"),
        ServiceRequest: ("id", "patient_id", "state", "due_at", "target_department__name", "reason"),
        ReferralStatus: ("request_id", "event", "at", "by__username", "text"),
        Contract: ("id", "patient_id", "signed_on", "period"),
        Task: ("id", "kind", "status", "outcome"),
        Observation: ("id", "encounter_id", "code", "value", "at", "source"),
        MedicationStatement: ("id", "name", "started_on", "ended_on"),
    }  # fmt: skip
    found = {}
    for model, fields in shapes.items():
        rows = sorted(map(repr, model.objects.values_list(*fields)))
        assert rows, model
        found[model.__name__] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


@pytest.mark.django_db
def test_the_same_seed_and_day_give_the_same_rows_and_another_seed_others():
    runs = []
    for seed in ("t", "t", "u"):
        with transaction.atomic():
            demo.build(residents=90, months=12, seed=seed, today=TODAY)
            runs.append(digest())
            transaction.set_rollback(True)
    assert runs[0] == runs[1]
    assert all(runs[0][table] != runs[2][table] for table in runs[0])


def test_the_command_says_what_it_wrote(db):
    out = StringIO()
    call_command(
        "demo",
        "--residents=12",
        "--months=3",
        "--seed=x",
        "--today=2026-05-04",
        stdout=out,
        stderr=StringIO(),
    )
    assert "12 Patient" in out.getvalue()
    assert Encounter.objects.filter(on__gte=date(2026, 5, 4)).count() == 0
    assert Encounter.objects.filter(on__lt=date(2026, 2, 4)).count() == 0


@pytest.mark.parametrize("wrong", ["--residents=0", "--months=x", "--today=tomorrow"])
def test_wrong_usage_is_refused(wrong):
    with pytest.raises((CommandError, SystemExit)):
        call_command("demo", wrong)
