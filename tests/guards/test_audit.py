"""A commit that touched a clinical table without an audit line fails, and the trail itself cannot be changed."""

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from journal import audit
from journal.models import AuditEvent
from patients import enrolment
from patients.models import Condition, Patient
from patients.programmes import Programme
from tests.guards.audit import audited_commits
from tests.world import World


def test_a_planted_unaudited_write_is_refused_at_commit(committed_world: World) -> None:
    patient = committed_world.patient("甲")
    with (
        audited_commits(),
        pytest.raises(DatabaseError, match="unaudited INSERT of patients_condition"),
        transaction.atomic(),
    ):
        Condition.objects.create(patient=patient, organization=patient.organization, code="diabetes")
    assert not Condition.objects.exists()


def test_a_planted_unaudited_bulk_update_is_refused_at_commit(committed_world: World) -> None:
    committed_world.patient("甲")
    refused = pytest.raises(DatabaseError, match="unaudited UPDATE of patients_patient")
    with audited_commits(), refused, transaction.atomic():
        Patient.objects.update(community="x")


def test_audited_use_cases_pass(committed_world: World) -> None:
    patient = committed_world.patient("甲")
    with audited_commits():
        enrolment.enrol(patient, Programme.DIABETES, on=date(2024, 1, 1), by=committed_world.doctor)
        enrolment.died(patient, on=date(2025, 1, 1), by=committed_world.doctor)
    assert Patient.objects.get(pk=patient.pk).programmes == []


@pytest.mark.parametrize("statement", [
    "UPDATE journal_auditevent SET action = 'x'",
    "DELETE FROM journal_auditevent",
    "TRUNCATE journal_auditevent",
])  # fmt: skip
def test_the_trail_refuses_change(world: World, statement: str) -> None:
    audit.record("x.y", by=world.doctor)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert AuditEvent.objects.filter(action="x.y").count() == 1


def test_an_agent_that_was_never_saved_is_refused(world: World) -> None:
    with pytest.raises(audit.AnonymousAgent):
        audit.record("x.y", by=type(world.doctor)(name="nobody"))
