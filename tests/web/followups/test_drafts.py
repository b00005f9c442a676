"""What is typed is kept on the server until it is saved or thrown away, for its author alone."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from followups.models import VisitDraft
from followups.visits import drafts
from patients import enrolment
from patients.models import Encounter, Patient
from patients.programmes import Programme
from tests.web.followups.test_visit_page import filled, page, post, text
from tests.world import World


@pytest.fixture
def patient(world: World) -> Patient:
    return world.patient("李佩兰", Programme.HYPERTENSION)


def keep(client: Any, patient: Patient, **typed: Any) -> dict[str, Any]:
    sent = filled(patient, **typed)
    answer = client.post(reverse("workbench:visit-draft", args=[patient.pk]), sent)
    assert answer.status_code == 200
    return sent


def test_a_draft_is_restored_with_its_moment_and_everything_typed(world: World, patient: Patient) -> None:
    client = world.browser("doctor")
    typed = {"systolic": "148", "symptoms": ["none"], "note": "家属陪同", "csrfmiddlewaretoken": "x"}
    sent = keep(client, patient, **typed)
    shown = text(client.get(page(patient)))
    assert 'value="148"' in shown
    assert "家属陪同" in shown
    assert sent["visit"] in shown
    assert f"{timezone.localtime():%m-%d}" in shown
    assert "草稿" in shown
    assert "csrfmiddlewaretoken" not in VisitDraft.objects.get().content


def test_what_a_doctor_means_to_decide_otherwise_is_kept_with_the_draft(
    world: World, patient: Patient
) -> None:
    client = world.browser("doctor")
    keep(client, patient, systolic="148", override_reason="家中自测稳定，诊室白大衣现象")
    assert "家中自测稳定，诊室白大衣现象" in text(client.get(page(patient)))


def test_a_draft_is_its_authors_alone(world: World, patient: Patient) -> None:
    keep(world.browser("doctor"), patient, note="家属陪同")
    assert "家属陪同" not in text(world.browser("colleague").get(page(patient)))
    outsider = world.browser("outsider")
    address = reverse("workbench:visit-draft", args=[patient.pk])
    assert outsider.post(address, filled(patient, note="x")).status_code == 404
    assert outsider.post(reverse("workbench:visit-draft-discard", args=[patient.pk])).status_code == 404
    assert VisitDraft.objects.count() == 1


def test_saving_and_throwing_away_end_the_draft(world: World, patient: Patient) -> None:
    client = world.browser("doctor")
    keep(client, patient, systolic="148")
    client.post(reverse("workbench:visit-draft-discard", args=[patient.pk]))
    assert not VisitDraft.objects.exists()
    keep(client, patient, systolic="148")
    assert post(client, patient, systolic="148", diastolic="84").status_code == 302
    assert not VisitDraft.objects.exists()


def test_a_draft_that_arrives_after_its_visit_was_saved_is_not_kept(world: World, patient: Patient) -> None:
    client = world.browser("doctor")
    sent = filled(patient, systolic="148", diastolic="84")
    assert client.post(page(patient), sent).status_code == 302
    client.post(reverse("workbench:visit-draft", args=[patient.pk]), sent)
    assert not VisitDraft.objects.exists()
    assert Encounter.objects.count() == 1


def test_a_draft_too_large_for_the_form_is_not_kept(world: World, patient: Patient) -> None:
    keep(world.browser("doctor"), patient, note="x" * 20_001)
    assert not VisitDraft.objects.exists()


def test_old_drafts_are_not_restored_and_the_night_deletes_them(world: World, patient: Patient) -> None:
    client = world.browser("doctor")
    keep(client, patient, note="家属陪同")
    later = timezone.now() + timedelta(days=3, minutes=1)
    assert drafts.draft_of(patient, by=world.doctor, at=later) is None
    assert drafts.forget(at=timezone.now()) == 0
    assert drafts.forget(at=later) == 1


def test_nothing_is_kept_about_the_dead(world: World, patient: Patient) -> None:
    keep(world.browser("doctor"), patient, note="家属陪同")
    enrolment.died(patient, on=date.today(), by=world.doctor)
    assert not VisitDraft.objects.exists()
