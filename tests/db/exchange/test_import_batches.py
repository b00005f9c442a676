"""An import that is interrupted, started twice, forgotten or hindered."""

import threading
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from exchange import tasks
from exchange.imports import batches, residents, walk
from exchange.imports import visits as imported_visits
from exchange.models import ImportBatch, ImportRow
from followups.calendar import appointments
from followups.models import Appointment, AppointmentReason
from patients.models import Encounter, Patient
from patients.sealing import unseal
from tests.db.exchange.conftest import NOW, ON, nanquan, world  # noqa: F401
from tests.rosters import SAMPLE, resident, roster_of, visit


class PowerCut(BaseException):
    """What no `except Exception` catches: the process is gone."""


@pytest.fixture
def queued(nanquan):  # noqa: F811
    """The sample, uploaded and confirmed."""
    admin = nanquan.users["centre_admin"]
    batch = batches.preview(SAMPLE.read_bytes(), "名册.xlsx", nanquan.centre, by=admin, on=ON, at=NOW)
    return batches.confirm(batch, by=admin)


def cut_after(monkeypatch, module, calls, error=PowerCut):
    """Let `module.write` work so many times, then fail."""
    real, done = module.write, []

    def write(*arguments, **named):
        if len(done) == calls:
            raise error
        done.append(1)
        return real(*arguments, **named)

    monkeypatch.setattr(module, "write", write)


def test_an_interrupted_import_leaves_whole_batches_and_goes_on_to_the_same_result(queued, monkeypatch):
    monkeypatch.setattr(walk, "PEOPLE", 100)
    with monkeypatch.context() as patch:
        cut_after(patch, imported_visits, 2)
        with pytest.raises(PowerCut):
            batches.load(queued, by=None, on=ON, at=NOW)
    queued.refresh_from_db()
    assert (queued.status, Patient.objects.count()) == ("running", 1155)
    kept = Encounter.objects.count()
    assert kept == queued.report["written"]["随访记录"] > 0
    assert Encounter.objects.values("patient").distinct().count() == 200
    assert batches.is_interrupted(queued)

    done = batches.load(queued, by=None, on=ON, at=NOW)

    assert done.status == "done"
    assert Encounter.objects.count() == 1836
    assert [(s["accepted"], s["unchanged"], s["rejected"]) for s in done.report["sheets"]] == [
        (1155, 0, 45),
        (1836, 0, 92),
    ]


def test_an_error_says_so_on_the_batch_names_no_cell_and_can_be_gone_on_from(queued, monkeypatch):
    with monkeypatch.context() as patch:
        cut_after(patch, residents, 0, error=DatabaseError("Key (name)=(李佩兰) already exists"))
        with pytest.raises(DatabaseError):
            batches.load(queued, by=None, on=ON, at=NOW)
    queued.refresh_from_db()
    assert (queued.status, Patient.objects.count()) == ("failed", 0)
    assert "李佩兰" not in queued.error
    assert queued.file_sealed is not None

    batches.confirm(queued, by=None)
    assert batches.load(queued, by=None, on=ON, at=NOW).status == "done"


def test_loading_twice_imports_once(queued):
    batches.load(queued, by=None, on=ON, at=NOW)
    again = batches.load(queued, by=None, on=ON, at=NOW)

    assert again.report["sheets"][0]["accepted"] == 1155
    assert Patient.objects.count() == 1155


def test_the_kept_faults_are_those_of_the_import_not_twice(queued):
    before = ImportRow.objects.count()
    batches.load(queued, by=None, on=ON, at=NOW)

    assert ImportRow.objects.count() == before == 45 + 10 + 92
    assert ImportRow.objects.exclude(digest="").count() == before


def test_a_discarded_batch_cannot_be_confirmed_and_an_imported_one_not_discarded(nanquan, queued):  # noqa: F811
    batches.load(queued, by=None, on=ON, at=NOW)
    with pytest.raises(batches.ImportEndedError):
        batches.discard(queued, by=None, at=NOW)
    with pytest.raises(batches.ImportEndedError):
        batches.confirm(queued, by=None)


@pytest.mark.django_db(transaction=True)
def test_one_import_of_an_organization_runs_at_a_time(committed_world):
    content = roster_of([resident()], [visit()])
    holding, release = threading.Event(), threading.Event()

    def hold():
        with batches._only_one(committed_world.centre.pk):
            holding.set()
            release.wait(20)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert holding.wait(20)
        with pytest.raises(batches.ImportRunningError):
            batches.import_now(content, "x.xlsx", committed_world.centre, by=None, on=ON, at=NOW)
        assert not Patient.objects.exists()
        # Another centre is not kept waiting.
        batches.import_now(content, "x.xlsx", committed_world.other_centre, by=None, on=ON, at=NOW)
    finally:
        release.set()
        thread.join()
    assert Patient.objects.get().organization == committed_world.other_centre


@pytest.mark.django_db(transaction=True)
def test_a_running_import_is_not_called_interrupted(committed_world):
    batch = ImportBatch.objects.create(organization=committed_world.centre, file_name="x", status="running")
    with batches._only_one(committed_world.centre.pk):
        assert not batches.is_interrupted(batch)
    assert batches.is_interrupted(batch)


def test_the_workbook_is_sealed_and_opens_only_with_the_key(queued):
    queued.refresh_from_db()

    assert unseal(queued.file_sealed) == SAMPLE.read_bytes()


def test_workbooks_are_forgotten_after_thirty_days(queued):
    created = ImportBatch.objects.get().created_at

    assert batches.forget_uploads(at=created + timedelta(days=29)) == 0
    assert batches.forget_uploads(at=created + timedelta(days=31)) == 1
    assert ImportBatch.objects.get().file_sealed is None


def test_beat_sends_waiting_and_interrupted_imports_again_and_leaves_ended_ones(queued, monkeypatch):
    sent = []
    monkeypatch.setattr(tasks.import_batch, "delay", lambda *arguments: sent.append(arguments[0]))
    tasks.tend_imports()
    ImportBatch.objects.update(status="running")
    tasks.tend_imports()
    ImportBatch.objects.update(status="done")
    tasks.tend_imports()

    assert sent == [str(queued.pk)] * 2


def test_the_task_run_twice_imports_once(queued):
    tasks.import_batch(str(queued.pk))
    tasks.import_batch(str(queued.pk))

    assert (Patient.objects.count(), ImportBatch.objects.get().status) == (1155, "done")
    assert ImportBatch.objects.get().finished_at <= timezone.now()


def test_a_follow_up_asked_for_by_a_hospital_is_not_fulfilled_by_an_older_visit(load):
    load([resident()], [visit()])
    patient = Patient.objects.get()
    appointments.cancel(patient, by=None, at=NOW, why="test")
    due_on = ON + timedelta(days=7)
    appointments.book(patient, due_on=due_on, reason=AppointmentReason.RETURNED, by=None, on=ON)

    load([resident()], [visit(), visit(visited_on="2026-11-10")])

    patient.refresh_from_db()
    assert patient.last_visit_on == date(2026, 11, 10)
    standing = Appointment.objects.booked().get()
    assert (standing.reason, standing.due_on) == ("returned", due_on)
